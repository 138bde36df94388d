"""Scores that travel with spans and log events, in the schema's fields. One is never copied to many spans."""

from collections.abc import Mapping
from typing import Any

from ingest.mapping import Sorted
from ingest.raw import Attributes, RawSpan
from ingest.values import Bounded, flag, measured, parsed, text_of

EVALUATION_EVENT = "gen_ai.evaluation.result"
_SOURCES = {"HUMAN": "human", "LLM": "judge", "LLM_JUDGE": "judge", "CODE": "code", "USER": "user", "END_USER": "user"}
_GEN_AI = "gen_ai.evaluation."
WORDS: Mapping[str, frozenset[str]] = {
    "target_level": frozenset({"span", "trace", "session", "document"}),
    "data_type": frozenset({"numeric", "categorical", "boolean", "text", "correction"}),
    "source": frozenset({"judge", "human", "code", "user"}),
}
"""Columns of a score that say one of a few words. They are not scrubbed, so no other word gets into them."""
_SLOTS = frozenset({"scores_of_span", "scores_of_trace", "scores_of_session", "evaluation"})


def scores_of_span(raw: RawSpan, row: Mapping[str, Any], found: Sorted, limits: Bounded) -> list[Attributes]:
    """The scores that a span's attributes and events carry, each aimed at what it judges."""
    if not raw.events and not found.slots.keys() & _SLOTS:
        return []
    scores: list[Attributes] = []
    for level in ("span", "trace", "session"):
        for listed in found.all_of(f"scores_of_{level}"):
            scores += [_aimed(_annotation(item, limits), raw, row, level) for item in _items(listed)]
    if (said := found.take("evaluation")) is not None:
        named = {_GEN_AI + key: value for key, value in _flat(said)}
        scores.append(_aimed(evaluation(named, limits), raw, row, "span"))
    for event in raw.events:
        if event.get("name") == EVALUATION_EVENT:
            scores.append(_aimed(evaluation(event.get("attributes") or {}, limits), raw, row, "span"))
    unique = {repr(sorted(score.items(), key=lambda pair: pair[0])): score for score in scores if score.get("name")}
    return list(unique.values())


def _flat(said: object) -> list[tuple[str, Any]]:
    """`{"score": {"value": 1}}` as `score.value`."""
    if not isinstance(said, dict):
        return []
    flat: list[tuple[str, Any]] = []
    for key, value in said.items():
        if isinstance(value, dict):
            flat += [(f"{key}.{inner}" if inner else key, item) for inner, item in value.items()]
        else:
            flat.append((key, value))
    return flat


def _items(listed: object) -> list[Mapping[str, Any]]:
    listed = parsed(listed)
    items = listed if isinstance(listed, list) else [listed]
    inner = [item.get("annotation") or item.get("evaluation") or item for item in items if isinstance(item, dict)]
    return [item for item in inner if isinstance(item, dict)]


def _annotation(item: Mapping[str, Any], limits: Bounded) -> Attributes:
    """OpenInference's annotation or evaluation."""
    metadata = parsed(item.get("metadata"))
    more = metadata if isinstance(metadata, dict) else {}
    source = _SOURCES.get(str(item.get("annotator_kind") or "").upper(), "judge")
    return {
        "name": text_of(item.get("name")),
        **verdict(item.get("score"), item.get("label")),
        "explanation": text_of(item.get("explanation")),
        "source": source,
        "judge_name": text_of(more.get("judge_name") or item.get("name")) if source == "judge" else None,
        "judge_model": text_of(more.get("judge_model") or more.get("model")),
        "judge_version": text_of(more.get("judge_version") or more.get("prompt_version")),
        "metadata": limits.of({**({"identifier": item["identifier"]} if item.get("identifier") else {}), **more}),
    }


def evaluation(said: Mapping[str, Any], limits: Bounded) -> Attributes:
    """OpenTelemetry's `gen_ai.evaluation.result`, from a span event or a log record."""
    known = {"name", "score.value", "score.label", "explanation"}
    rest = {key: value for key, value in said.items() if key.removeprefix(_GEN_AI) not in known}
    name = text_of(said.get(_GEN_AI + "name"))
    return {
        "name": name,
        **verdict(said.get(_GEN_AI + "score.value"), said.get(_GEN_AI + "score.label")),
        "explanation": text_of(said.get(_GEN_AI + "explanation")),
        "source": "judge",
        "judge_name": name,
        "judge_model": text_of(said.get("gen_ai.request.model")),
        "metadata": limits.of(rest),
    }


def verdict(score: object, label: object) -> Attributes:
    """A score as number, word and yes or no: booleans are 1 and 0, a word alone stays a word."""
    if isinstance(score, bool):
        return {"value": float(score), "bool": score, "label": text_of(label), "data_type": "boolean"}
    number = measured(score)
    word = text_of(label) or (text_of(score) if number is None else None)
    if number is None and word is not None and word.lower() in ("true", "false"):
        answer = flag(word)
        return {"value": float(bool(answer)), "bool": answer, "label": word, "data_type": "boolean"}
    return {"value": number, "label": word, "data_type": "numeric" if number is not None else "categorical"}


def _aimed(score: Attributes, raw: RawSpan, row: Mapping[str, Any], level: str) -> Attributes:
    """The score with its target: an evaluator's span scores the one that it links to, else its parent."""
    judged = raw.trace_id, raw.span_id
    if is_judge := row.get("kind") == "evaluator":
        if len(raw.links) == 1:
            judged = raw.links[0]["trace_id"], raw.links[0]["span_id"]
        elif raw.parent_span_id:
            judged = raw.trace_id, raw.parent_span_id
    target: Attributes = {"target_level": level, "trace_id": judged[0]}
    if level == "span":
        target["span_id"] = judged[1]
    if level == "session":
        target = {"target_level": level, "session_id": row.get("session_id"), "trace_id": None}
    if is_judge:
        target["judge_trace_id"] = raw.trace_id
    made = {"created_at": raw.end_ns or raw.start_ns, **target}
    return {key: value for key, value in {**score, **made}.items() if value not in (None, {}, [])}
