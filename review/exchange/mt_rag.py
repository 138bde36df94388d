"""MT-RAG's human ratings: each answer was rated by three of seven annotators, with the time they took.

The file defines its criteria, so its rubric is made from it. All answers of the file were rated, so that the file is
its own frame: figures from it stand for these answers, not for any traffic. Answers to turns of one conversation are
one cluster.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from errors import UsageError
from review.exchange.rows import Stratum
from review.rubric.criteria import Scale
from review.rubric.files import LONGEST_LINE, rubric_of
from review.rubric.rubric import Rubric, Unit

NAME = "mt-rag"
STRATUM = "all"
_MARKS = (b'"metrics"', b'"models"', b'"aggregator"')


def recognises(head: bytes) -> bool:
    """Whether the file begins like MT-RAG's evaluations."""
    return all(mark in head for mark in _MARKS)


def trace_id(task: str, model: str) -> str:
    """The id that `ingest` gives one model's answer to one task; a test holds the two together."""
    return hashlib.blake2b(f"mt-rag\0{task}\0{model}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def whole_file(said: Mapping[str, Any]) -> Stratum:
    """The one stratum: every answer, all of them rated."""
    answers = max(1, len(_listed(said.get("evaluations"))))
    return Stratum(answers, answers)


def rubric(said: Mapping[str, Any]) -> Rubric:
    """The criteria that people rated by. Raises `UsageError` when the file says none that could be."""
    try:
        criteria = [_criterion(one) for one in _metrics(said)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UsageError("a metric of people lacks its name or its scale") from error
    return rubric_of({"name": NAME, "unit": Unit.TRACE.value, "criteria": criteria})


def _criterion(metric: Mapping[str, Any]) -> dict[str, Any]:
    anchors = {int(one["numeric_value"]): str(one["display_value"]) for one in _listed(metric.get("values"))}
    low, high = (min(anchors), max(anchors)) if anchors else (int(metric["range"][0]), int(metric["range"][1]))
    return {
        "name": str(metric["name"]),
        "question": str(metric.get("description") or metric["name"])[:LONGEST_LINE],
        "scale": Scale.INTEGER.value,
        "low": low,
        "high": high,
        "anchors": anchors,
        "required": False,
    }


def rows(said: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, object]]]:
    """Position and columns of each rating by a person."""
    people = {str(one.get("name")) for one in _metrics(said)}
    for number, evaluation in enumerate(map(_table, _listed(said.get("evaluations"))), 1):
        task, model = str(evaluation.get("task_id") or ""), str(evaluation.get("model_id") or "")
        of_all: dict[str, object] = {
            "item": trace_id(task, model),
            "sample": NAME,
            "rubric": NAME,
            "stratum": STRATUM,
            "probability": 1.0,
            "cluster": task.partition("<::>")[0],
        }
        for name, given in _table(evaluation.get("annotations")).items():
            if name in people:
                for annotator, rating in _table(given).items():
                    yield f"evaluation {number}, {name}", of_all | _rating(name, annotator, _table(rating))


def _rating(name: str, annotator: str, rating: Mapping[str, Any]) -> dict[str, object]:
    stamp = rating.get("timestamp")
    try:
        at = dt.datetime.fromtimestamp(stamp, dt.UTC).isoformat() if isinstance(stamp, int | float) else None
    except (OverflowError, ValueError, OSError):
        at = str(stamp)  # no time, and refused as that
    return {
        "criterion": name,
        "reviewer": annotator,
        "value": rating.get("value"),
        "labelled_at": at,
        "seconds": rating.get("duration"),
    }


def _metrics(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in map(_table, _listed(said.get("metrics"))) if one.get("author") == "human"]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
