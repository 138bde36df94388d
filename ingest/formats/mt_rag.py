"""MT-RAG's evaluations: answers of several models to the same turns, with documents, and metrics as scores.

One object `{documents, tasks, metrics, evaluations}`. Each evaluation is a trace: a turn with a retrieval and a model
call, and no session: what was said before came from a script, not from earlier answers of the model, and stands in
the messages. There are no times. What people rated is no score but labels: `benchbook labels import` reads those.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from errors import Malformed
from ingest.formats.otlp_spans import refused
from ingest.formats.said_scores import said
from ingest.json_values import as_list, as_table, as_text, present
from ingest.raw import Attributes, Raws, RawScore, RawSpan
from ingest.values import json_text, read_json

NAME = "mt-rag"
_MARKS = (b'"metrics"', b'"models"', b'"filters"')
_ROLES = {"user": "user", "agent": "assistant"}
_AUTOMATIC = ("system", "composite")


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like MT-RAG's evaluations: models and metrics, before documents and tasks."""
    return head.lstrip()[:1] == b"{" and all(mark in head for mark in _MARKS) and b'"aggregator"' in head


def trace_id(task: str, model: str) -> str:
    """The id of one model's answer to one task: the file has none."""
    return hashlib.blake2b(f"mt-rag\0{task}\0{model}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def read(stream: BinaryIO) -> Raws:
    """The spans and scores of every evaluation."""
    content = stream.read()
    try:
        said_ = as_table(read_json(content))
    except Malformed:
        yield refused("line 1", "not JSON", content)
        return
    tasks = {as_text(one["task_id"]): one for one in _tables(said_.get("tasks")) if as_text(one.get("task_id"))}
    documents = {as_text(one.get("document_id")): one for one in _tables(said_.get("documents"))}
    metrics = {as_text(one.get("name")): one for one in _tables(said_.get("metrics"))}
    for number, evaluation in enumerate(as_list(said_.get("evaluations")), 1):
        sent = as_table(evaluation)
        task = tasks.get(as_text(sent.get("task_id")))
        if task is None or not as_text(sent.get("model_id")):
            yield refused(f"evaluation {number}", "an evaluation without its task or model", json_text(evaluation))
            continue
        answer = _Answer(task, sent, documents)
        yield from answer.spans()
        yield from answer.scores(metrics)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One model's answer on its way into spans."""

    task: Mapping[str, Any]
    sent: Mapping[str, Any]
    documents: Mapping[str, Mapping[str, Any]]

    @property
    def trace_id(self) -> str:
        return trace_id(as_text(self.task["task_id"]), as_text(self.sent["model_id"]))

    def spans(self) -> Iterator[RawSpan]:
        messages = [
            {"role": _ROLES.get(as_text(one.get("speaker")), "user"), "content": as_text(one.get("text"))}
            for one in _tables(self.task.get("input"))
        ]
        asked = next((one["content"] for one in reversed(messages) if one["role"] == "user"), "")
        answered = as_text(self.sent.get("model_response"))
        root = self._span("turn", "CHAIN", {"input.value": asked, "output.value": answered}, parent=None)
        yield root
        retrieved = {
            "input.value": asked,
            "retrieval_config": as_text(self.task.get("Collection")),
            "retrieval.documents": self._retrieved(),
        }
        yield self._span("retrieve", "RETRIEVER", retrieved, parent=root.span_id)
        called = {
            "gen_ai.input.messages": messages,
            "gen_ai.output.messages": [{"role": "assistant", "content": answered}],
            "llm.model_name": as_text(self.sent["model_id"]),
        }
        yield self._span("answer", "LLM", called, parent=root.span_id)

    def _retrieved(self) -> list[Attributes]:
        listed = [as_text(one.get("document_id")) for one in _tables(self.task.get("contexts"))]
        return [dict(self.documents.get(each, {"document_id": each})) for each in listed]

    def _span(self, name: str, kind: str, attributes: Attributes, *, parent: str | None) -> RawSpan:
        task = as_text(self.task["task_id"])
        of_all = {
            "openinference.span.kind": kind,
            "tags": [*as_list(self.task.get("Question Type")), *as_list(self.task.get("Answerability"))],
        }
        return RawSpan(
            trace_id=self.trace_id,
            span_id=hashlib.blake2b(f"{self.trace_id}\0{name}".encode(), digest_size=8).hexdigest(),
            name=name,
            parent_span_id=parent,
            attributes=present(of_all | attributes),
            resource={"service.name": "mt-rag"},
            source_ids={"task_id": task, "conversation_id": task.partition("<::>")[0]},
        )

    def scores(self, metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[RawScore]:
        for name, given in as_table(self.sent.get("annotations")).items():
            metric = metrics.get(name, {})
            for author in _AUTOMATIC:
                value = as_table(as_table(given).get(author)).get("value")
                if value is None:
                    continue
                about = as_text(metric.get("description"))
                is_judge = "judge" in about.lower()
                yield RawScore(
                    {
                        "id": hashlib.blake2b(
                            f"{self.trace_id}\0{name}".encode("utf-8", "replace"), digest_size=16
                        ).hexdigest(),
                        "target_level": "trace",
                        "trace_id": self.trace_id,
                        "name": name,
                        "source": "judge" if is_judge else "code",
                        "judge_name": name,
                    }
                    | said(value)
                    | present({"rubric_scale": _scale(metric), "metadata": {"description": about} if about else None})
                )


def _scale(metric: Mapping[str, Any]) -> Attributes | None:
    low_high = as_list(metric.get("range"))
    return {"low": low_high[0], "high": low_high[1]} if len(low_high) >= 2 else None


def _tables(value: Any) -> list[dict[str, Any]]:
    return [one for one in as_list(value) if isinstance(one, dict)]
