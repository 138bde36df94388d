"""Files into the lake: recognised, cut, prepared by worker processes, committed in order, recorded in the ledger."""

import hashlib
import json
import os
import secrets
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from errors import Malformed
from ingest.numbering import numbered
from ingest.part import Part
from ingest.part_pool import Job, Workers
from ingest.pieces import PIECE_BYTES, PIECE_RECORDS, pieces
from ingest.prepared import Prepared
from ingest.raw import Arrival, Rejected
from ingest.recognise import DAMAGED, Format, named_format, opened, recognise
from ingest.report import FileResult, IngestReport, Outcome, Progress, ProgressCallback
from ingest.scrubbing import OTHER_LANGUAGE
from ingest.sources import Source, sources
from scrub import Numberer, Policy
from settings import Settings
from storage.key import home_key
from storage.lake import Lake
from storage.ledger import IngestRecord, Ledger, State

COMMIT_SPANS = 4_000
"""Spans of one commit; a run of small files fills one together."""
COMMIT_SECONDS = 3.0
"""A commit is not put off longer, so that a slow ingest shows what it has done."""
PARTS_OF_JOB = 32
HERE_BYTES = 2**20
"""Less than this is prepared in this process: starting workers would take longer."""
_HASHED_AT_ONCE = 2**20


def ingest_paths(  # noqa: PLR0913  # the stores and three options of the command line
    paths: Iterable[Path],
    *,
    settings: Settings,
    lake: Lake,
    ledger: Ledger,
    format: str | None = None,  # noqa: A002  # the word of the command line
    progress: ProgressCallback | None = None,
    processes: int | None = None,
) -> IngestReport:
    """Take the files at `paths` (folders are walked) into the lake.

    A file whose content was taken whole before is not read again; its spans count as duplicates. What cannot be taken
    is refused with its place and reason, the rest is kept. When this is interrupted, running it again completes it.
    `processes` prepare beside this one; by default as many as `server.workers`, none for little.

    Raises `UsageError` for a path that is not there, `UnknownFormat` for a `format` that we do not have, `StoreFailed`.
    """
    forced = named_format(format, "--format") if format is not None else None
    key = home_key(settings.key_path)
    found = sources(paths, settings=settings, key=key)
    run = _Run(settings, lake, ledger, key, forced, found, progress)
    return run.report(_processes(found, settings) if processes is None else processes)


def _processes(found: list[Source], settings: Settings) -> int:
    size = sum(source.path.stat().st_size for source in found)
    return 0 if size < HERE_BYTES else min(settings.server.workers, os.cpu_count() or 1)


@dataclass(slots=True)
class _File:
    """A file under way: counted while its parts come back, finished when the last is committed."""

    source: Source
    result: FileResult
    digest: str = ""
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    parts_cut: int = 0
    parts_kept: int = 0
    is_cut: bool = False
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def is_committed(self) -> bool:
        return self.is_cut and self.parts_kept == self.parts_cut


@dataclass(slots=True)
class _Run:
    """One call of `ingest_paths`."""

    settings: Settings
    lake: Lake
    ledger: Ledger
    key: bytes
    forced: Format | None
    found: list[Source]
    progress: ProgressCallback | None
    _id: str = field(default_factory=lambda: f"files-{secrets.token_hex(6)}")
    _files: dict[str, _File] = field(default_factory=dict)  # by batch
    _by_digest: dict[str, _File] = field(default_factory=dict)
    _twins: list[tuple[FileResult, _File]] = field(default_factory=list)
    _results: list[FileResult] = field(default_factory=list)
    _numberer: Numberer = field(default_factory=Numberer)
    _waiting: list[tuple[_File, list[Prepared]]] = field(default_factory=list)
    _waiting_spans: int = 0
    _committed_at: float = field(default_factory=time.monotonic)
    _traces: set[int] = field(default_factory=set)
    _of_content: set[tuple[int, int]] = field(default_factory=set)  # trace and span that log events brought content of
    _bytes_done: int = 0
    _version: str = ""

    def report(self, processes: int) -> IngestReport:
        began = time.monotonic()
        self._version = _version(self.settings)
        with Workers(self.settings, processes=processes) as workers:
            for job, answers in workers.prepared(self._jobs()):
                for part, prepared in zip(job, answers, strict=True):
                    self._take(self._files[part.batch], prepared)
                if self._waiting_spans >= COMMIT_SPANS or time.monotonic() - self._committed_at > COMMIT_SECONDS:
                    self._commit()
            self._commit()
        for result, first in self._twins:
            result.spans, result.scores, result.documents = (
                first.result.spans,
                first.result.scores,
                first.result.documents,
            )
        self._tell()
        return self._summed(time.monotonic() - began)

    # -- out: files to parts --------------------------------------------------------------------------------------

    def _jobs(self) -> Iterator[Job]:
        """Parts of all files in order, several small ones together."""
        job: Job = []
        for source in self.found:
            for part in self._parts(source):
                job.append(part)
                if _is_enough(job):
                    yield job
                    job = []
        if job:
            yield job

    def _parts(self, source: Source) -> Iterator[Part]:
        """The parts of one file; none when it holds no traces or was taken before."""
        try:
            format_ = self.forced or recognise(source.path)
            file = self._opened(source, format_)
            if file is None or format_ is None:
                return
            for piece in pieces(source.path, format_):
                file.parts_cut += 1
                yield Part(piece, format_.name, file.result.batch, datetime.now(UTC))
            file.is_cut = True
        except Malformed as error:
            self._refuse(source, str(error))
        except OSError as error:
            self._refuse(source, f"cannot be read: {error.strerror or 'input/output error'}")
        finally:
            self._bytes_done += source.path.stat().st_size if source.path.exists() else 0

    def _opened(self, source: Source, format_: Format | None) -> _File | None:
        """The file as one to be read; None when there is nothing to read in it."""
        result = FileResult(source.label, format_.name if format_ else "", f"{self._id}.{len(self._results) + 1}",
                            Outcome.TAKEN)  # fmt: skip
        if format_ is None:
            if source.is_promised and source.path.stat().st_size:
                self._refuse(source, "no known trace format")
                return None
            result.outcome = Outcome.NOT_TRACES
        elif not format_.is_traces:
            result.outcome = Outcome.NOT_TRACES
        self._results.append(result)
        if format_ is None or result.outcome is Outcome.NOT_TRACES:
            return None
        file = _File(source, result, self._digest(source.path, format_))
        if self._is_known(file):
            return None
        self._files[result.batch] = self._by_digest[file.digest] = file
        return file

    def _is_known(self, file: _File) -> bool:
        """Whether the same content was taken before, in an earlier run or in this one."""
        if first := self._by_digest.get(file.digest):
            self._twins.append((file.result, first))
        elif record := self.ledger.taken(file.digest):
            counts = {name: value for name, value in record.counts.items() if isinstance(value, int)}
            file.result.spans, file.result.scores = counts.get("spans", 0), counts.get("scores", 0)
            file.result.documents = counts.get("documents", 0)
        else:
            return False
        file.result.outcome = Outcome.KNOWN
        return True

    def _digest(self, path: Path, format_: Format) -> str:
        """Keyed hash of what the file says, decompressed, and of how we read it."""
        digest = hashlib.blake2b(key=self.key, digest_size=16, person=b"file")
        digest.update(f"{format_.name}\0{self._version}\0".encode())
        try:
            with opened(path) as stream:
                while chunk := stream.read(_HASHED_AT_ONCE):
                    digest.update(chunk)
        except DAMAGED:
            digest.update(b"\0cut short")
        return digest.hexdigest()

    def _refuse(self, source: Source, reason: str) -> None:
        """Record a file of which nothing can be taken."""
        result = FileResult(source.label, "", f"{self._id}.{len(self._results) + 1}", Outcome.REFUSED, rejected=1)
        result.reasons[reason] += 1
        self._results.append(result)
        at = datetime.now(UTC)
        self.ledger.add_rejects([Rejected("file", reason)], batch=result.batch, source=result.source, at=at)

    # -- back: prepared rows to the lake --------------------------------------------------------------------------

    def _take(self, file: _File, prepared: list[Prepared]) -> None:
        for one in prepared:
            file.result.spans += _whole_spans(one.spans)
            file.result.scores += one.scores.num_rows
            file.result.documents += _documents(one.spans)
            file.result.rejected += sum(rejected.spans for rejected in one.rejected)
            file.result.entities.update(one.entities)
            file.result.other_languages.update(_other_languages(one.spans))
            file.result.reasons.update(rejected.reason for rejected in one.rejected)
            file.rejected.extend(one.rejected)
            self._waiting_spans += one.spans.num_rows
            content = pc.equal(one.spans["arrival"], Arrival.CONTENT.value)
            self._traces.update(_hashes(pc.unique(one.spans.filter(pc.invert(content))["trace_id"])))
            of_content = one.spans.filter(content)
            self._of_content.update(zip(_hashes(of_content["trace_id"]), _hashes(of_content["span_id"]), strict=True))
        self._waiting.append((file, prepared))

    def _commit(self) -> None:
        """Append what waits, spans first, then record the files that are whole now."""
        waiting, self._waiting, self._waiting_spans = self._waiting, [], 0
        ready = [one for _, prepared in waiting for one in prepared]
        for table, parts in (("spans", [one.spans for one in ready]), ("scores", [one.scores for one in ready])):
            rows = [part for part in parts if part.num_rows]
            if rows:
                self.lake.append(table, numbered(pa.concat_tables(rows), self._numberer))
        for file, _ in waiting:
            file.parts_kept += 1
        self._committed_at = time.monotonic()
        for batch in [batch for batch, file in self._files.items() if file.is_committed]:
            self._record(self._files.pop(batch))
        self._tell()

    def _record(self, file: _File) -> None:
        result, now = file.result, datetime.now(UTC)
        if file.rejected:
            self.ledger.add_rejects(file.rejected, batch=result.batch, source=result.source, at=now)
        counts: dict[str, int | Mapping[str, int]] = {
            name: getattr(result, name) for name in ("spans", "scores", "documents", "rejected")
        }
        counts["entities"] = dict(result.entities)
        counts["other_languages"] = dict(result.other_languages)
        digest = "" if file.rejected else file.digest  # not taken whole: it is read again, and says again what is wrong
        self.ledger.record_ingest(
            IngestRecord(result.batch, result.source, result.format, digest, State.DONE, counts, file.started_at, now)
        )

    # -- what is said ---------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        if self.progress is None:
            return
        size = sum(source.path.stat().st_size for source in self.found if source.path.exists())
        spans = sum(result.spans for result in self._results)
        done = len(self._results) - len(self._files)
        self.progress(Progress(done, len(self.found), self._bytes_done, size, spans))

    def _summed(self, seconds: float) -> IngestReport:
        entities, other_languages = Counter[str](), Counter[str]()
        for result in self._results:
            entities.update(result.entities)
            other_languages.update(result.other_languages)
        taken = [result for result in self._results if result.outcome is Outcome.TAKEN]
        known = [result for result in self._results if result.outcome is Outcome.KNOWN]
        alone = {(trace, span) for trace, span in self._of_content if trace not in self._traces}
        return IngestReport(
            files=len(taken) + len(known),
            traces=len(self._traces | {trace for trace, _ in alone}),
            spans=sum(result.spans for result in taken) + len(alone),
            documents=sum(result.documents for result in taken),
            scores=sum(result.scores for result in taken),
            duplicates=sum(result.spans for result in known),
            rejected=sum(result.rejected for result in self._results),
            entities=dict(sorted(entities.items())),
            seconds=round(seconds, 3),
            results=self._results,
            skipped_metrics=sum(result.format.endswith("-metrics") for result in self._results),
            other_languages=dict(other_languages.most_common()),
            from_logs_alone=len(alone),
        )


def _is_enough(job: Job) -> bool:
    size = sum(len(part.piece.content) for part in job)
    return size >= PIECE_BYTES or sum(part.piece.records for part in job) >= PIECE_RECORDS or len(job) >= PARTS_OF_JOB


def _other_languages(spans: pa.Table) -> Counter[str]:
    """Rows with text in a language that the policy does not name, by its code."""
    problems = pc.list_flatten(spans["problems"]).to_pylist()
    return Counter(problem.removeprefix(OTHER_LANGUAGE) for problem in problems if problem.startswith(OTHER_LANGUAGE))


def _hashes(ids: pa.ChunkedArray) -> Iterator[int]:
    return map(hash, ids.to_pylist())


def _whole_spans(spans: pa.Table) -> int:
    """Spans among the rows: content from log events belongs to spans that come by themselves."""
    content = pc.sum(pc.equal(spans["arrival"], Arrival.CONTENT.value)).as_py()
    return int(spans.num_rows) - int(content or 0)


def _documents(spans: pa.Table) -> int:
    return int(pc.sum(pc.list_value_length(spans["documents"])).as_py() or 0)


def _version(settings: Settings) -> str:
    """What decides how content becomes rows: the mapping table, the team's rows and prices, the scrub rules."""
    table = tomllib.loads(Path(__file__).with_name("mapping.toml").read_text())
    own = json.dumps([settings.mapping, settings.prices], sort_keys=True)
    digest = hashlib.blake2b(own.encode(), digest_size=8).hexdigest()
    return f"{table['version']}-{digest}-{Policy.from_settings(settings.scrub).version}"
