"""Raw spans and scores into Arrow tables that may be kept: mapped, priced, scrubbed, hashed, flagged."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

import orjson

from ingest import apart
from ingest.arrow import table_of
from ingest.formats import langfuse_scores, otlp_json, otlp_logs, otlp_protobuf
from ingest.injection import flag_spans
from ingest.mapping import read_table
from ingest.prepared import Prepared
from ingest.pricing import Prices
from ingest.raw import Attributes, Raw, Raws, RawScore, RawSpan, Rejected
from ingest.scores import WORDS
from ingest.scrubbing import scrub_score, scrub_spans
from ingest.spans import SpanMapper
from ingest.steps import step_of
from ingest.values import Bounded, flag, instant, json_text, measured, moment_ns, parsed, text_of
from scrub import Policy, Scrubber
from scrub.injection import Flagger
from scrub.strictest import strictest
from settings import Settings
from storage.key import home_key
from storage.schema import HASH_DIGITS, SCORES, Column, Holds, Kind

Row = dict[str, Any]

MOST_REJECTED = 1_000
"""Rejects told one by one; the last stands for all that follow it."""
_NOT_CONTENT = ("entities", "problems")
_SCORE_COLUMNS = {column.lake_name: column for column in SCORES}
_IN_WORDS = frozenset({Kind.TEXT, Kind.TEXTS, Kind.JSON})


class Preparer:
    """Prepares raws by the home's settings. `scrubber=None` keeps text as it is: for the benchmark only."""

    def __init__(
        self, settings: Settings, key: bytes, *, scrubber: Scrubber | Literal["by the policy"] | None = "by the policy"
    ) -> None:
        self._key = key
        self._policy = Policy.from_settings(settings.scrub)
        self._scrubber = Scrubber(self._policy, key) if scrubber == "by the policy" else scrubber
        self._of_no_app: Scrubber | None = None
        self._flagger = Flagger(settings.injection)
        self._mapper = SpanMapper(read_table(settings.mapping), Prices(settings.prices))

    def prepare(self, raws: Iterable[Raw], *, source_format: str, batch: str, received_at: datetime) -> Prepared:
        """Everything of `raws`, ready to be kept. What the format itself refuses whole (`Malformed`) is raised."""
        rows: list[Row] = []
        scores: list[Row] = []
        rejected: list[Rejected] = []
        for raw in raws:
            match raw:
                case RawSpan():
                    row, said = self._mapper.row(raw)
                    rows.append(row)
                    scores += map(_score_row, said)
                case RawScore():
                    scores.append(_score_row(raw.fields))
                case Rejected() if len(rejected) < MOST_REJECTED:
                    rejected.append(replace(raw, digest=self._digest(raw.digest) if raw.digest else ""))
                case Rejected():
                    rejected[-1] = replace(rejected[-1], spans=rejected[-1].spans + raw.spans)
        self._mapper.forget()
        _set_receipt_times(rows, received_at)
        self._scrub(rows, scores)
        for row in rows:
            self._finish(row)
        flag_spans(self._flagger, rows)
        for score in scores:
            score["id"] = score.get("id") or self._digest(_stable(score))
        entities: Counter[str] = Counter()
        for row in [*rows, *scores]:
            if counts := row.get("entities"):
                entities.update(counts)
        came = {"received_at": received_at, "ingest_batch": batch}
        scrub_version = self._scrubber.version if self._scrubber is not None else None
        return Prepared(
            table_of("spans", rows, **came, source_format=source_format, scrub_version=scrub_version),
            table_of("scores", scores, **came), rejected, dict(entities),
            len(rows) + sum(one.spans for one in rejected),
        )  # fmt: skip

    def _digest(self, content: bytes | str) -> str:
        if self._scrubber is not None:
            return self._scrubber.digest(content)
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return hashlib.blake2b(raw, key=self._key, digest_size=16).hexdigest()

    def _scrub(self, rows: list[Row], scores: list[Row]) -> None:
        if self._scrubber is None:
            return
        traces: dict[str, list[Row]] = {}
        for row in rows:
            traces.setdefault(row["trace_id"], []).append(row)
        of_trace, others = _with_traces(scores, rows)
        for trace_id, together in traces.items():
            app = next((str(row["app"]) for row in together if row.get("app")), None)
            scrub_spans(self._scrubber.for_app(app), trace_id, together, of_trace.get(trace_id, ()))
        for score in others:
            scrub_score(self._of_any_app(self._scrubber), score)

    def _of_any_app(self, scrubber: Scrubber) -> Scrubber:
        """For scores whose trace came in another request: it may be of an application that asks for more than all."""
        if self._of_no_app is None:
            self._of_no_app = Scrubber(strictest(self._policy), self._key) if self._policy.apps else scrubber
        return self._of_no_app

    def _finish(self, row: Row) -> None:
        row["step"] = step_of(row.get("name") or "", row.get("model_request") or row.get("model"))
        content = _stable(row)
        row["content_hash"] = self._digest(content)[:HASH_DIGITS]
        row["redacted"] = True if _is_redacted(content) else None


def _with_traces(scores: list[Row], rows: list[Row]) -> tuple[dict[str, list[Row]], list[Row]]:
    """Scores by the trace of these rows that they are about, and those of none of them."""
    if not scores:
        return {}, []
    traces = {row["trace_id"] for row in rows}
    by_span: dict[str, str] = {}
    for row in rows:
        known = by_span.setdefault(row["span_id"], row["trace_id"])
        by_span[row["span_id"]] = known if known == row["trace_id"] else ""  # of two traces nobody knows which
    of_trace: dict[str, list[Row]] = {}
    others: list[Row] = []
    for score in scores:
        trace_id = str(score.get("trace_id") or by_span.get(str(score.get("span_id")), ""))
        (of_trace.setdefault(trace_id, []) if trace_id in traces else others).append(score)
    return of_trace, others


def _stable(row: Row) -> bytes:
    """A row's content, without how and when it came."""
    said = {key: value for key, value in row.items() if value is not None}
    for name in _NOT_CONTENT:
        said.pop(name, None)
    if said.get("time_source") == "receipt":
        said.pop("start_ns", None)
    try:
        return orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError):
        return orjson.dumps({key: json_text(str(value)) for key, value in said.items()}, option=orjson.OPT_SORT_KEYS)


def _is_redacted(content: bytes) -> bool:
    """Whether the client says that it took something out itself."""
    return b"REDACTED" in content or b"[REMOVED]" in content or (b"<" in content and b"<redacted>" in content)


def _set_receipt_times(rows: list[Row], received_at: datetime) -> None:
    """A span without a start begins when it came, in its order; that is said beside it."""
    received_ns = moment_ns(received_at) or 0
    for place, row in enumerate(rows):
        if row["start_ns"] is not None:
            row["time_source"] = "client"
        else:
            row["start_ns"], row["time_source"] = received_ns + place * 1000, "receipt"


def _score_row(fields: Attributes) -> Row:
    """A score's fields in the types of their columns."""
    limits = Bounded()
    made = {name: _score_value(_SCORE_COLUMNS[name], value, limits) for name, value in fields.items()
            if name in _SCORE_COLUMNS and value is not None}  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


def _score_value(column: Column, value: Any, limits: Bounded) -> Any:
    if column.holds is Holds.FACT and column.kind in _IN_WORDS:  # nobody scrubs it: only what we know gets in
        return value if isinstance(value, str) and value in WORDS.get(column.name, ()) else None
    match column.kind:
        case Kind.TEXT:
            text = text_of(value)
            return limits.text(text) if text else None
        case Kind.REAL:
            return measured(value)
        case Kind.FLAG:
            return flag(value)
        case Kind.INSTANT:
            return instant(value)
        case Kind.JSON:
            return limits.of(parsed(value))
    return value


# -- in a worker process ----------------------------------------------------------------------------------------------

_worker: list[Preparer] = []


def prepare_worker_start(settings: Settings) -> None:
    """Make this process ready to prepare requests; called once, before the first."""
    preparer = Preparer(settings, home_key(settings.key_path))
    said = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1, "input.value": "My name is Ada."}
    warm = RawSpan("0" * 31 + "1", "0" * 15 + "1", attributes=said)
    preparer.prepare([warm], source_format="warm", batch="", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    _worker[:] = [preparer]


def prepare_request(
    body: bytes,
    *,
    content: str,
    encoding: str,
    batch: str,
    received_at: datetime,
) -> Prepared:
    """The rows of one request. `content` is traces, logs or scores; `encoding` protobuf or json; never compressed.

    Raises `Malformed` when nothing of it can be read; good spans of a bad request are kept.
    """
    source_format, read = _reader(content, encoding)
    said: _Came = {"source_format": source_format, "batch": batch, "received_at": received_at}
    return apart.prepared(lambda raws: _worker[0].prepare(raws, **said), lambda: read(body))


class _Came(TypedDict):
    source_format: str
    batch: str
    received_at: datetime


def _reader(content: str, encoding: str) -> tuple[str, Callable[[bytes], Raws]]:
    match content, encoding:
        case "traces", "protobuf":
            return otlp_protobuf.NAME, otlp_protobuf.read_request
        case "traces", _:
            return otlp_json.NAME, otlp_json.read_request
        case "logs", "protobuf":
            return "otlp-protobuf-logs", otlp_logs.read_protobuf
        case "logs", _:
            return "otlp-json-logs", otlp_logs.read_json
    return langfuse_scores.NAME, langfuse_scores.read_request
