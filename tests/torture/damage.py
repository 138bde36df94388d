"""Files of a home cut short, overwritten or gone: what is derived is made anew, of the rest nothing is lost quietly."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.torture.attack import OneRound, Place
from tests.torture.shell import SESSIONS, SPANS, Said, Shell, filled

Harm = Callable[[Path, random.Random], None]


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to which files of the home. Of `derived` ones nothing may be missing afterwards.

    Of others either nothing is missing, or the failure is told in words.
    """

    name: str
    files: str
    harm: Harm
    derived: bool = False


def cut(path: Path, dice: random.Random) -> None:
    """The file ends early."""
    os.truncate(path, dice.randint(0, max(path.stat().st_size - 1, 0)))


def scribble(path: Path, dice: random.Random) -> None:
    """Some hundred bytes of it are others, as on a failing disk."""
    with path.open("r+b") as file:
        for _ in range(dice.choice((1, 4, 30))):
            file.seek(dice.randrange(max(path.stat().st_size, 1)))
            file.write(dice.randbytes(dice.choice((1, 16, 512))))


def empty(path: Path, _dice: random.Random) -> None:
    """A file of length 0: what a power cut leaves of a name without content."""
    os.truncate(path, 0)


def zeros(path: Path, dice: random.Random) -> None:
    """Whole blocks of zeros in it."""
    with path.open("r+b") as file:
        for _ in range(3):
            file.seek(dice.randrange(max(path.stat().st_size // 4096, 1)) * 4096)
            file.write(bytes(4096))


def gone(path: Path, _dice: random.Random) -> None:
    """It is not there."""
    path.unlink()


def folder_instead(path: Path, _dice: random.Random) -> None:
    """A folder has its name."""
    path.unlink()
    path.mkdir()


_HARMS: tuple[Harm, ...] = (cut, scribble, empty, zeros, gone)
DAMAGES = tuple(
    Damage(f"{what}: {harm.__name__.replace('_', ' ')}", files, harm, derived)
    for what, files, derived in (
        ("warehouse", "warehouse.duckdb", True),
        ("text index", "text.idx", True),
        ("a template", "warehouse.spans.parquet", True),
        ("the last log entry", "lake/spans/_delta_log/*.json", False),
        ("the checkpoint", "lake/spans/_delta_log/*.checkpoint.parquet", False),
        ("the pointer to the checkpoint", "lake/spans/_delta_log/_last_checkpoint", False),
        ("a file of the lake", "lake/spans/*.parquet", False),
        ("the ledger", "ledger.db", False),
        ("the key", "key", False),
        ("the settings", "benchbook.toml", False),
        ("a folder instead of the warehouse", "warehouse.duckdb", False),
    )
    for harm in (_HARMS if "instead" not in what else (folder_instead,))
)


@contextmanager
def damaged(place: Place) -> Iterator[OneRound]:
    """Each round copies a good home, harms one file of it, and uses it."""
    template = filled(place.folder)
    _with_checkpoint(template)
    chosen = place.dice("order").sample(DAMAGES, len(DAMAGES))

    def one_round() -> None:
        dice, damage = place.dice(), chosen[place.round % len(chosen)]
        home = place.folder / f"home-{place.round}"
        shutil.copytree(template, home)
        hurt = sorted(home.glob(damage.files))
        assert hurt, f"the template has no {damage.files}"
        damage.harm(hurt[-1], dice)
        place.count("files harmed")
        _use(place, damage, Shell(home))
        shutil.rmtree(home, ignore_errors=True)

    yield one_round


def _with_checkpoint(home: Path) -> None:
    from storage.lake import Lake

    (home / "benchbook.toml").write_text("[drift]\nstale_days = 90\n# what a home's owner has written into it\n")
    Lake(str(home / "lake")).checkpoint("spans")


@dataclass(frozen=True, slots=True)
class _Used:
    """What was told by a home with a damage: spans before and after one more was taken in, and how that went."""

    before: int | Said
    taken: Said
    after: int | Said
    labels: Said

    @property
    def told(self) -> list[Said]:
        """What failed, in its words."""
        return [
            said for said in (self.before, self.taken, self.after, self.labels) if isinstance(said, Said) and said.code
        ]


def _use(place: Place, damage: Damage, shell: Shell) -> None:
    """Ask, take in a span, ask again, look at labels."""
    more = shell.home.parent / "more.jsonl"
    ids = {"trace_id": f"{9_999:032x}", "span_id": f"{1:016x}"}
    more.write_text(json.dumps({**ids, "name": "more", "start_ts": "2026-11-12T09:00:00Z"}) + "\n")
    before = shell.spans()
    taken = shell.run("ingest", str(more), "--json")
    used = _Used(before, taken, shell.spans(), shell.run("labels", "export", "--json"))
    for said in used.told:
        place.expect(said.is_plain, f"{damage.name}: {said.words}")
    if damage.derived:
        _judge_derived(place, damage, used, shell)
    elif used.told:
        place.count("failures told in words", len(used.told))
    else:
        _judge_untold(place, damage, used)


def _judge_derived(place: Place, damage: Damage, used: _Used, shell: Shell) -> None:
    """Nothing is missing: at once, or after `rebuild` where somebody was told to."""
    after = used.after
    if isinstance(used.before, Said) and "benchbook rebuild" in used.before.words:
        place.count("rebuilt as was said")
        said = shell.run("rebuild")
        place.expect(said.code == 0, f"{damage.name}: rebuild fails: {said.words}")
        after = shell.spans()
    else:
        place.expect(used.before == SPANS, f"{damage.name}: {_words(used.before)} of {SPANS} spans are told")
        place.expect(used.taken.code == 0, f"{damage.name}: taking in fails: {used.taken.words}")
    many = f"{damage.name}: {_words(after)} of {SPANS + 1} spans after one more"
    place.expect(after == SPANS + 1, many, zero=_lost(used.taken.code, after))


def _judge_untold(place: Place, damage: Damage, used: _Used) -> None:
    """Nobody was told of anything: then nothing may be missing."""
    for found, wanted in ((used.before, SPANS), (used.after, SPANS + 1)):
        missing = f"{damage.name}: {_words(found)} of {wanted} spans, and nobody is told"
        place.expect(found == wanted, missing, zero=_lost(0, found))
    kept = len(used.labels.json())
    missing = f"{damage.name}: {kept} of {SESSIONS} labels, and nobody is told"
    place.expect(kept == SESSIONS, missing, zero="acknowledged labels lost")


def _lost(code: int, spans: object) -> str | None:
    return "acknowledged spans lost" if code == 0 and isinstance(spans, int) and spans < SPANS else None


def _words(spans: object) -> str:
    return str(spans) if isinstance(spans, int) else f"none ({getattr(spans, 'words', '')})"
