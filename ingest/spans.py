"""From a raw span to the row of the schema: every column that the client's attributes can fill, unscrubbed."""

from typing import Any

from ingest import messages
from ingest.content import Row, fill_content, system_words
from ingest.documents import Documents
from ingest.events import split_events
from ingest.mapping import Sorted, Table
from ingest.pricing import Prices
from ingest.raw import Arrival, Attributes, RawSpan
from ingest.scores import scores_of_span
from ingest.usage import complete_usage
from ingest.values import Bounded, moment_ns, money, parsed, real, text_of, whole_number
from storage.schema import SPANS, Holds, Kind

MAX_LINKS = 128
_KINDS = {column.name: column.kind for column in SPANS}
_PERSONS = frozenset(column.name for column in SPANS if column.holds is Holds.PERSON_KEY)
_UNITS = {"seconds": 1e9, "milliseconds": 1e6}
_FIRST_TOKEN = ("First Token Stream Event", "gen_ai.first_token")
_USAGE = frozenset({"tok_in", "tok_in_uncached", "tok_out", "tok_out_plain", "tok_cache_read", "tok_cache_write"})


class SpanMapper:
    """Maps spans by one table. Keep one per request: it remembers the request's resources."""

    def __init__(self, table: Table, prices: Prices) -> None:
        self._table = table
        self._prices = prices
        self._documents = Documents(table.documents)
        self._resources: dict[int, tuple[Attributes, Row, Attributes]] = {}

    def row(self, raw: RawSpan) -> tuple[Row, list[Attributes]]:
        """The span's row, keyed by lake column, and the scores that came with it."""
        limits = Bounded()
        attributes = dict(raw.attributes)
        events, said = split_events(raw.events, attributes, self._table.chunk_events, limits)
        found = self._table.plan.sort(attributes)
        base, resource_rest = self._resource(raw.resource)
        row: Row = dict(base)
        self._columns(row, found)
        row["kind"] = self._kind(row, found)
        _fill_facts(row, raw)
        _fill_status(row, raw, found, events)
        self._fill_model(row, found)
        fill_content(row, found, said, self._documents, limits)
        _fill_usage(row, found)
        self._fill_names(row, found)
        _fill_tools(row)
        _fill_first_token(row, found, events)
        self._prices.fill(row)
        scores = scores_of_span(raw, row, found, limits)
        _fill_rest(row, raw, found.rest, resource_rest, limits)
        if events:
            row["events"] = events
        row["truncated"] = True if limits.cut or _cut_by_client(row, raw) else None
        return row, scores

    def forget(self) -> None:
        """Drop what is remembered of a request's resources."""
        self._resources.clear()

    # -- columns ---------------------------------------------------------------------------------------------------

    def _resource(self, resource: Attributes) -> tuple[Row, Attributes]:
        known = self._resources.get(id(resource))
        if known is None or known[0] is not resource:
            found = self._table.plan.sort(resource)
            base: Row = {}
            self._columns(base, found)
            rest = {key: value for key, value in found.rest.items() if value is not None}
            if base.get("app", "").startswith("unknown_service"):
                del base["app"]
            known = self._resources[id(resource)] = (resource, base, rest)
        return known[1], known[2]

    def _columns(self, row: Row, found: Sorted) -> None:
        for slot, candidates in found.slots.items():
            kind = _KINDS.get(slot)
            if kind is None or slot in ("kind", "messages_in", "messages_out"):
                continue
            for place, one in enumerate(candidates):
                value = _as_column(kind, one.value, one.unit)
                if value is None:
                    continue
                row[slot] = value
                for other in candidates[place + 1 :]:
                    if slot in _PERSONS:
                        continue  # another id of a person or session would stand there unhashed
                    if other.value != one.value and _as_column(kind, other.value, other.unit) != value:
                        found.rest[other.source] = other.value
                break

    def _kind(self, row: Row, found: Sorted) -> str:
        for word in found.all_of("kind"):
            kind = self._table.kinds.get(str(word).strip().lower())
            if kind is not None:
                return kind
        if row.get("tool_name") is not None and row.get("tok_in") is None:
            return "tool"
        if "retrieved" in found.slots:
            return "retriever"
        has_model = row.get("model") is not None or row.get("model_request") is not None
        if has_model and (row.get("tok_in") is not None or found.slots.keys() & {"messages_in", "messages_out"}):
            return "llm"
        return "span"

    def _fill_model(self, row: Row, found: Sorted) -> None:
        if row.get("model") is None and row.get("model_request") is not None:
            row["model"] = row["model_request"]
        if isinstance(provider := row.get("provider"), str):
            word = provider.strip().lower()
            known = self._table.providers
            row["provider"] = known.get(word) or known.get(word.partition(".")[0], provider)
        reason = row.get("finish_reason")
        if reason is None:
            reason = next((text_of(message.get("finish_reason")) for message in _first_out(found)), None)
        if isinstance(reason, str):
            row["finish_reason"] = self._table.finish_reasons.get(reason.lower(), reason)
        if row.get("system_text") is not None:
            row["system_text"] = system_words(row["system_text"])

    def _fill_names(self, row: Row, found: Sorted) -> None:
        if isinstance(reason := row.get("finish_reason"), str):
            row["finish_reason"] = self._table.finish_reasons.get(reason.lower(), reason)
        name = found.take("entity_name")
        if row["kind"] == "agent" and row.get("agent_name") is None and name:
            row["agent_name"] = text_of(name)
        if row["kind"] == "tool" and row.get("tool_name") is None:
            row["tool_name"] = row.get("name")
        prompt = parsed(found.take("prompt_object"))
        if isinstance(prompt, dict):
            for column, key in (("prompt_name", "name"), ("prompt_version", "version")):
                if row.get(column) is None and prompt.get(key) is not None:
                    row[column] = text_of(prompt[key])


def _first_out(found: Sorted) -> list[messages.Message]:
    best = found.slots.get("messages_out")
    listed = parsed(best[0].value) if best else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _as_column(kind: Kind, value: Any, unit: str) -> Any:
    """The value in a column's type, or None when it cannot be that."""
    match kind:
        case Kind.TEXT:
            if isinstance(value, list):
                value = value[0] if len(value) == 1 else value
            return text_of(value)
        case Kind.INTEGER:
            if unit:
                number = real(value)
                return whole_number(number * _UNITS[unit]) if number is not None else None
            return whole_number(value) if not isinstance(value, dict | list | bool) else None
        case Kind.MONEY:
            return money(value)
        case Kind.JSON:
            opened = parsed(value)
            return None if opened in ({}, [], "") else opened
        case Kind.TEXTS:
            opened = parsed(value)
            listed = opened if isinstance(opened, list) else [opened]
            return [text for item in listed if (text := text_of(item))] or None
    return value


def _fill_facts(row: Row, raw: RawSpan) -> None:
    problems = list(raw.problems)
    row["trace_id"], row["span_id"], row["parent_span_id"] = raw.trace_id, raw.span_id, raw.parent_span_id
    row["start_ns"], row["end_ns"] = raw.start_ns, raw.end_ns
    if raw.start_ns is not None and raw.end_ns is not None:
        if raw.end_ns >= raw.start_ns:
            row["duration_ns"] = raw.end_ns - raw.start_ns
        else:
            problems.append("end_before_start")
    row["name"] = raw.name or None
    row["scope"] = raw.scope or None
    row["arrival"] = raw.arrival.value
    row["updated_ns"] = raw.updated_ns
    row["dropped_attributes"] = raw.dropped_attributes or None
    if problems:
        row["problems"] = problems
    if row["name"] is None and raw.arrival is Arrival.CONTENT:
        row["name"] = " ".join(filter(None, (row.get("kind"), row.get("model_request")))) or None


def _fill_status(row: Row, raw: RawSpan, found: Sorted, events: list[Attributes]) -> None:
    status = raw.status
    level = str(found.take("level") or "").upper()
    if status in ("unset", "running") and (level == "ERROR" or (row.get("error_type") and status == "unset")):
        status = "error"
    row["status"] = status
    if status != "error":
        if raw.status_message:
            found.rest["status.message"] = raw.status_message
        if (message := row.pop("error_message", None)) is not None:
            found.rest["error.message"] = message
        return
    said = [text for text in (raw.status_message, row.pop("error_message", None)) if text]
    for event in events:
        inside = event["attributes"]
        if event["name"] in ("exception", "gen_ai.client.operation.exception") and isinstance(inside, dict):
            row["error_type"] = row.get("error_type") or text_of(inside.get("exception.type"))
            said += [str(inside.pop(key)) for key in ("exception.message", "exception.stacktrace") if inside.get(key)]
    once: list[str] = []
    for text in said:
        if not any(text in known for known in once):
            once.append(text)
    row["error_message"] = "\n".join(once) or None


def _fill_tools(row: Row) -> None:
    """Tool definitions out of their wrapper, and not a second time among the parameters."""
    tools = row.get("tools")
    if isinstance(tools, list):
        row["tools"] = [_definition(tool) for tool in tools]
    parameters = row.get("model_params")
    if tools is not None and isinstance(parameters, dict) and "tools" in parameters:
        row["model_params"] = {key: value for key, value in parameters.items() if key != "tools"} or None


def _definition(tool: object) -> object:
    """OpenInference wraps a definition as `{"tool": {"json_schema": "..."}}`."""
    inner = tool.get("tool") if isinstance(tool, dict) else None
    said = parsed(inner.get("json_schema", inner)) if isinstance(inner, dict) else parsed(tool)
    return {key: parsed(value) if key == "parameters" else value for key, value in said.items()} if isinstance(
        said, dict) else said  # fmt: skip


def _fill_usage(row: Row, found: Sorted) -> None:
    if not _USAGE & found.slots.keys():
        return
    usage = next((value for key, value in found.rest.items() if key.endswith(".usage_details")), None)
    anthropic = any(one.source.endswith("usage_details.cache_creation_input_tokens")
                    for one in found.slots.get("tok_cache_write", ()))  # fmt: skip
    complete_usage(
        row,
        uncached=whole_number(found.take("tok_in_uncached")),
        plain_out=whole_number(found.take("tok_out_plain")),
        usage={"cache_creation_input_tokens": 0} if anthropic else usage,
    )


def _fill_first_token(row: Row, found: Sorted, events: list[Attributes]) -> None:
    first = moment_ns(found.take("first_token_at"))
    if first is None and events:
        told = (event["time_ns"] for event in events if event["name"] in _FIRST_TOKEN or "count" in event["attributes"])
        first = next((time_ns for time_ns in told if isinstance(time_ns, int)), None)
    start = row.get("start_ns")
    if row.get("ttft_ns") is None and first is not None and start is not None and first >= start:
        row["ttft_ns"] = first - start


def _fill_rest(row: Row, raw: RawSpan, rest: Attributes, resource: Attributes, limits: Bounded) -> None:
    if rest:
        decode = "mlflow.traceRequestId" in rest
        row["attributes"] = limits.of({k: parsed(v) if decode else v for k, v in rest.items()})
    if resource:
        row["resource"] = limits.of(resource)
    if raw.links:
        row["links"] = limits.of(raw.links[:MAX_LINKS])
        limits.cut = limits.cut or len(raw.links) > MAX_LINKS
    if raw.source_ids:
        row["source_ids"] = limits.of(raw.source_ids)
    for column in ("tool_args", "tool_result", "tools", "model_params"):
        if row.get(column) is not None:
            row[column] = limits.of(row[column])


def _cut_by_client(row: Row, raw: RawSpan) -> bool:
    """A value that begins as JSON and does not end so was cut at the client's length limit."""
    if raw.dropped_attributes:
        return True
    for column in ("input_text", "output_text"):
        text = row.get(column)
        if isinstance(text, str) and text[:2] in ('{"', "[{", '["') and text[-1] not in "}]" and parsed(text) is text:
            return True
    return False
