"""Part of an ingest: pieces of files in, prepared rows out; in the worker processes, or here when there is little."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

from errors import Malformed
from ingest.formats import chat_messages
from ingest.formats.otlp_spans import refused
from ingest.pieces import Piece, halves
from ingest.prepare import Preparer
from ingest.prepared import Prepared
from ingest.raw import Raw, RawScore, RawSpan, Rejected
from ingest.receive.boundary import place_of
from ingest.recognise import named_format
from settings import Settings
from storage.key import home_key

_POSITION = re.compile(r"(?:line|item|row) (\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One piece with what is needed to prepare it."""

    piece: Piece
    format_name: str
    batch: str
    received_at: datetime


class Reader:
    """Reads and prepares parts. One per process."""

    def __init__(self, settings: Settings) -> None:
        self._key = home_key(settings.key_path)
        self._preparer = Preparer(settings, self._key)

    def prepared(self, part: Part) -> list[Prepared]:
        """The rows of a part: one `Prepared`, or several when a record met an error of ours and was set apart."""
        try:
            return [self._prepared(part)]
        except Exception as error:  # noqa: BLE001  # one strange record must not cost a file; nothing of it is quoted
            if part.piece.is_lines and b"\n" in part.piece.content:
                return [done for half in halves(part.piece) for done in self.prepared(replace(part, piece=half))]
            fault = f"could not be read ({place_of(error)})"
            return [self._prepared(replace(part, piece=replace(part.piece, fault=fault)))]

    def _prepared(self, part: Part) -> Prepared:
        return self._preparer.prepare(
            self._raws(part), source_format=part.format_name, batch=part.batch, received_at=part.received_at
        )

    def _raws(self, part: Part) -> Iterator[Raw]:
        piece = part.piece
        if piece.fault:
            yield refused(f"{piece.unit} {piece.first}", piece.fault, piece.content)
            return
        raws = named_format(part.format_name, "").read(BytesIO(piece.content))
        if part.format_name == chat_messages.NAME:
            raws = (self._with_keyed_ids(raw) for raw in raws)
        try:
            for raw in raws:
                yield _placed(raw, piece) if isinstance(raw, Rejected) else raw
        except Malformed as error:
            yield refused(f"{piece.unit} {piece.first}", str(error), piece.content)

    def _with_keyed_ids(self, raw: Raw) -> Raw:
        """Ids that were made from content, keyed: an open hash of a short text can be guessed."""
        match raw:
            case RawSpan():
                raw.trace_id, raw.span_id = self._keyed(raw.trace_id), self._keyed(raw.span_id)
                raw.parent_span_id = self._keyed(raw.parent_span_id) if raw.parent_span_id else None
            case RawScore():
                raw.fields["id"] = self._keyed(raw.fields["id"])
        return raw

    def _keyed(self, made: str) -> str:
        size = 8 if len(made) == 16 else 16
        return hashlib.blake2b(made.encode(), key=self._key, digest_size=size, person=b"made id").hexdigest()


def _placed(rejected: Rejected, piece: Piece) -> Rejected:
    """The reject with its position in the file instead of in the piece."""
    found = _POSITION.match(rejected.position)
    if found is None:
        return rejected
    place = f"{piece.unit} {piece.first + int(found[1]) - 1}"
    return replace(rejected, position=place + rejected.position[found.end() :])
