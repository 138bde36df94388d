"""What an ingest did: per file, and in all."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    KNOWN = "taken before"
    NOT_TRACES = "not traces"
    REFUSED = "refused"


@dataclass(slots=True)
class FileResult:
    """One file: what was received from it. `spans` and `scores` count everything that was read, also what was known."""

    source: str
    format: str
    batch: str
    outcome: Outcome
    spans: int = 0
    documents: int = 0
    scores: int = 0
    rejected: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    other_languages: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come. `bytes` as the files lie on disk."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int
    spans: int


ProgressCallback = Callable[[Progress], None]


class Loaded(Protocol):
    """What the warehouse's load found new in one batch."""

    @property
    def traces(self) -> int: ...
    @property
    def spans(self) -> int: ...
    @property
    def documents(self) -> int: ...
    @property
    def scores(self) -> int: ...


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The whole of an ingest. Until the warehouse has loaded it, all that was received and not known counts as new.

    `files` are those that hold traces or scores; `duplicates` are spans that were received and were there already.
    """

    files: int
    traces: int
    spans: int
    documents: int
    scores: int
    duplicates: int
    rejected: int
    entities: dict[str, int]
    seconds: float
    results: list[FileResult]
    skipped_metrics: int = 0
    other_languages: dict[str, int] = field(default_factory=dict)
    """Spans with text in a language that the policy does not name, by its code."""
    from_logs_alone: int = 0
    """Spans of which only log events told, in traces of which no span came: each is one, though no file holds it."""

    @property
    def batches(self) -> list[str]:
        """Batches that were written to the lake in this run."""
        return [result.batch for result in self.results if result.outcome is Outcome.TAKEN]

    @property
    def received(self) -> int:
        """Spans that the files hold, those of files taken before included."""
        return sum(result.spans for result in self.results)

    def as_json(self) -> dict[str, object]:
        """What `benchbook ingest --json` prints."""
        names = ("files", "traces", "spans", "documents", "scores", "duplicates", "rejected", "entities", "seconds")
        return {name: getattr(self, name) for name in (*names, "other_languages")}

    def in_words(self) -> list[str]:
        """What `benchbook ingest` prints: the sums, and every file that something was wrong with."""
        new = f"{self.spans:,} new spans in {self.traces:,} traces, {self.documents:,} documents, {self.scores} scores"
        lines = [f"{new} from {self.files:,} files in {self.seconds:.1f} s"]
        if self.duplicates:
            lines.append(f"{self.duplicates:,} spans were here already")
        if self.skipped_metrics:
            lines.append(f"{self.skipped_metrics:,} files of metrics were left alone: only traces are kept")
        if self.entities:
            lines.append(f"{sum(self.entities.values()):,} pieces of personal data were replaced")
        if self.other_languages:
            said = ", ".join(f"{code} ({spans:,})" for code, spans in self.other_languages.items())
            lines.append(
                f"spans with text in a language that scrub.languages does not name, where names may be missed: {said}"
            )
        for result in self.results:
            lines += [f"refused in {result.source}: {reason} ({times})" for reason, times in result.reasons.items()]
        return lines

    def counted(self, by_batch: Mapping[str, Loaded]) -> "IngestReport":
        """The report with what the warehouse found to be new in our batches, and the rest as duplicates."""
        ours = [by_batch[batch] for batch in self.batches if batch in by_batch]
        spans = sum(one.spans for one in ours)
        return IngestReport(
            files=self.files,
            traces=sum(one.traces for one in ours),
            spans=spans,
            documents=sum(one.documents for one in ours),
            scores=sum(one.scores for one in ours),
            duplicates=max(0, self.received + self.from_logs_alone - spans),
            rejected=self.rejected,
            entities=self.entities,
            seconds=self.seconds,
            results=self.results,
            skipped_metrics=self.skipped_metrics,
            other_languages=self.other_languages,
            from_logs_alone=self.from_logs_alone,
        )
