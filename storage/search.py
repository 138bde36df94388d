"""Word search over the text of traces: an SQLite FTS5 index beside the warehouse, made from the lake and rebuildable.

It knows which traces hold a word, not where: phrases are checked against the text in the lake. A row of it is a block:
what one step of feeding took of one trace. By span it would be 1.7 times as large, for an answer nobody asks for.
"""

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from errors import StoreFailed
from storage.sqlite_files import emptied_log, make_private_file

ROWS_AT_ONCE = 20_000
"""Lake rows between two commits of the index."""
CHARACTERS_AT_ONCE = 2**25
"""Text that waits in memory to become blocks."""
MOST_HITS = 50_000
"""Newest blocks that are looked at for a word; one that occurs more often finds those."""
_LAYOUT = "2"
_WORDS = "body, content='', detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 2'"
_MAKE = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (id INTEGER PRIMARY KEY, trace_id NOT NULL); -- 16 bytes, or text if it is not hex
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5({_WORDS});
INSERT INTO words (words, rank) VALUES ('hashsize', 67108864); -- 64 MB of words in memory: half the time
INSERT OR IGNORE INTO state VALUES ('position', '0'), ('layout', '{_LAYOUT}');
COMMIT;
"""  # noqa: S608 - our own words

_WHICH_LAYOUT = "SELECT value FROM state WHERE name = 'layout'"
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_UNREADABLE = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
"""Of SQLITE_IOERR; making room would not mend these, making the index anew does."""

Rows = Callable[[int, int], Iterator[list[tuple[str, str]]]]
"""Texts of the lake rows with sequence numbers in (after, up to], in batches of (trace_id, text)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody typed: `words` that must all occur (a last `*` stands for any ending), `phrases` verbatim."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]

    @property
    def queries(self) -> list[str]:
        """One for each word, for FTS5: quoted, so that nothing in it is syntax."""
        return [f'"{word.removesuffix("*")}"' + ("*" if word.endswith("*") else "") for word in self.words]


def wanted(text: str) -> Wanted:
    """Read a search: words, and phrases in double quotes."""
    phrases = [phrase.strip() for phrase in re.findall(r'"([^"]+)"', text) if len(_words(phrase)) > 1]
    return Wanted(tuple(dict.fromkeys(_words(text))), tuple(phrases))


def _words(text: str) -> list[str]:
    """Split as FTS5 does: to it a word that it would split is a phrase, which this index cannot look for."""
    marked = "".join(c if _is_of_a_word(c) or c == "*" else " " for c in text)
    return [word for part in marked.split() for word in _with_ending(part)]


def _with_ending(part: str) -> list[str]:
    pieces = [piece for piece in part.split("*") if piece]
    if pieces and part.endswith("*"):
        pieces[-1] += "*"
    return pieces


@lru_cache(maxsize=65_536)
def _is_of_a_word(character: str) -> bool:
    """As FTS5 itself says, since only it knows which marks it takes for a letter's own: few of India's scripts."""
    category = unicodedata.category(character)
    if character.isascii() or not (category[0] in "LNM" or category == "Co"):
        return character.isalnum()
    try:
        with _one_at_a_time:
            _tokenizer().execute("SELECT 1 FROM words WHERE words MATCH ?", (f'"a{character}a"',)).fetchall()
    except sqlite3.OperationalError:  # to FTS5 it is a phrase
        return False
    return True


_one_at_a_time = threading.Lock()


@cache
def _tokenizer() -> sqlite3.Connection:
    """An empty index to ask how FTS5 splits."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(f"CREATE VIRTUAL TABLE words USING fts5({_WORDS})")
    return connection


class TextIndex:
    """The index file. One process feeds it (the one that holds the warehouse); any thread may search."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._prepare()

    def search(self, words: Wanted) -> list[str]:
        """Ids of traces that hold all words, in one span or in several, newest first."""
        newest: dict[bytes | str, int] = {}
        with self._connected("being searched") as connection:
            for number, query in enumerate(words.queries):
                hits = connection.execute(_HITS, (query, MOST_HITS)).fetchall()
                at = dict(reversed(hits))  # of a trace with several blocks the newest stays
                newest = {t: max(newest[t], at[t]) for t in newest.keys() & at.keys()} if number else at
        return [_read_id(kept) for kept in sorted(newest, key=newest.__getitem__, reverse=True)]

    @property
    def position(self) -> int:
        """Highest sequence number that was taken in."""
        with self._connected("being read") as connection:
            return int(connection.execute("SELECT value FROM state WHERE name = 'position'").fetchone()[0])

    def catch_up(self, rows: Rows, *, last_sequence: int) -> int:
        """Take in what is missing up to `last_sequence`; returns the number of rows. Resumable: each step commits."""
        taken = 0
        at = self.position
        if at > last_sequence:  # of another lake
            self.drop()
            at = 0
        while at < last_sequence:
            upto = min(at + ROWS_AT_ONCE, last_sequence)
            with self._connected("being fed") as connection, connection:
                taken += _take_in(connection, rows(at, upto))
                connection.execute("UPDATE state SET value = ? WHERE name = 'position'", (str(upto),))
            at = upto
        return taken

    def forget(self, texts: Iterable[tuple[str, str]]) -> int:
        """Take traces out, given as (trace_id, text) with every text that was ever taken in; how many blocks went.

        Their words stand in the file until `tidy`. Where SQLite refuses, the whole index is dropped; it is fed anew.
        """
        said: dict[bytes | str, set[str]] = {}
        for trace_id, text in texts:
            said.setdefault(_kept_id(trace_id), set()).update(text.split())
        try:
            return self._forget({kept: "\n".join(words) for kept, words in said.items()})
        except StoreFailed:
            self.drop()
            return 0

    def _forget(self, said: Mapping[bytes | str, str]) -> int:
        """A word that a block has not is no harm, until more is taken out of the index than was taken in: so each once.

        FTS5 counts, and takes an index with less than nothing in it for a damaged one.
        """
        with self._connected("being erased from") as connection, connection:
            blocks = [(at, kept) for at, kept in connection.execute("SELECT id, trace_id FROM blocks") if kept in said]
            connection.executemany(_FORGET, ((at, said[kept]) for at, kept in blocks))
            connection.executemany("DELETE FROM blocks WHERE id = ?", ((at,) for at, _ in blocks))
        return len(blocks)

    def tidy(self) -> None:
        """Merge its pieces into one and give the room back to the disk. Takes seconds per million spans.

        What was forgotten is in no byte of it then.
        """
        with self._connected("being tidied") as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
            connection.commit()
            connection.execute("VACUUM")
            emptied_log(connection.execute)

    def drop(self) -> None:
        """Delete it; it is made anew from the lake."""
        self._prepare(anew=True)

    def _unlink(self) -> None:
        for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
            self._path.with_name(name).unlink(missing_ok=True)

    def _prepare(self, *, anew: bool = False) -> None:
        """Make the file where there is none of ours. Raises `StoreFailed`, and leaves none, when it cannot be made."""
        try:
            if anew:
                self._unlink()
            make_private_file(self._path)
            with closing(sqlite3.connect(self._path)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_MAKE)
                is_ours = connection.execute(_WHICH_LAYOUT).fetchall() == [(_LAYOUT,)]
        except sqlite3.DatabaseError as error:
            no_room = _is_for_want_of_room(error)
            if no_room and self._was_made():
                return  # nothing is lost for want of room, and what needs no words goes on
            if no_room or anew:
                with suppress(OSError):
                    self._unlink()  # else the next use would take it for made
                raise StoreFailed("text index", "being made", "is the disk full?") from error
            is_ours = False
        except OSError as error:
            raise StoreFailed("text index", "being opened", error.strerror or "the disk") from error
        if not is_ours:
            self._prepare(anew=True)

    def _was_made(self) -> bool:
        """Whether it is whole and ours, or cannot be looked at: asked without a log, which would need room itself."""
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
                return connection.execute(_WHICH_LAYOUT).fetchall() == [(_LAYOUT,)]
        except sqlite3.DatabaseError as error:
            return _is_for_want_of_room(error) and self._path.stat().st_size > 0

    @contextmanager
    def _connected(self, doing: str) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                self._prepare()
            with closing(sqlite3.connect(self._path, timeout=30)) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except sqlite3.DatabaseError as error:
            with suppress(OSError):
                if "malformed" in str(error) or "not a database" in str(error) or _code(error) in _UNREADABLE:
                    self._path.unlink()
            hint = f"{type(error).__name__}; it is made anew at the next load"
            if _is_for_want_of_room(error):
                hint = "is the disk full? Make room and run it again"
            raise StoreFailed("text index", doing, hint) from error


def _is_for_want_of_room(error: sqlite3.DatabaseError) -> bool:
    return _code(error) not in _UNREADABLE and _code(error) & 0xFF in _NO_ROOM


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's extended code; 0 where Python itself refused."""
    return getattr(error, "sqlite_errorcode", 0)


_FORGET = "INSERT INTO words (words, rowid, body) VALUES ('delete', ?, ?)"
_HITS = """
SELECT blocks.trace_id, blocks.id FROM words JOIN blocks ON blocks.id = words.rowid
WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?
"""


def _take_in(connection: sqlite3.Connection, batches: Iterator[list[tuple[str, str]]]) -> int:
    """A block for each trace in the batches; of a trace with very much text several. Returns the number of rows."""
    rows = characters = 0
    texts: dict[str, list[str]] = {}
    for batch in batches:
        for trace_id, text in batch:
            texts.setdefault(trace_id, []).append(text)
            characters += len(text)
        rows += len(batch)
        if characters > CHARACTERS_AT_ONCE:
            _write_blocks(connection, texts)
            texts, characters = {}, 0
    _write_blocks(connection, texts)
    return rows


def _write_blocks(connection: sqlite3.Connection, texts: dict[str, list[str]]) -> None:
    last = connection.execute("SELECT coalesce(max(id), 0) FROM blocks").fetchone()[0]
    blocks = list(enumerate(texts, last + 1))
    connection.executemany("INSERT INTO blocks VALUES (?, ?)", ((at, _kept_id(trace_id)) for at, trace_id in blocks))
    connection.executemany(
        "INSERT INTO words (rowid, body) VALUES (?, ?)", ((at, "\n".join(texts[trace_id])) for at, trace_id in blocks)
    )


def _kept_id(trace_id: str) -> bytes | str:
    """Half as long when it is OpenTelemetry's 32 hex digits."""
    return bytes.fromhex(trace_id) if re.fullmatch("[0-9a-f]{32}", trace_id) else trace_id


def _read_id(kept: bytes | str) -> str:
    return kept.hex() if isinstance(kept, bytes) else kept
