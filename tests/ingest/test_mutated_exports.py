"""Real exports with values replaced by odd ones go all the way to rows or to a reject that says why."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.part import Part, Reader
from ingest.pieces import Piece
from settings import Settings
from tests.ingest.built_files import FIXTURES, needs_fixtures

EXPORTS = {
    "mlflow": "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json",
    "langfuse": "exports/langfuse/vercel-aisdk-2025-11-17.trace.json",
    "phoenix": "exports/phoenix-export/support.spans.json",
    "phoenix-otlp": "exports/phoenix-export/support.otlpv1.rest.json",
    "phoenix-annotations": "exports/phoenix-export/support.span_annotations.rest.json",
    "langfuse-scores": "otlp/langfuse-sdk/002-api_public_scores.json",
    "otlp-json": "otlp/openinference-openai-json/001-v1_traces.json",
}
ODD: tuple[object, ...] = (None, True, 0, -1, 2**63, 2**70, 1e308, float("nan"), "", "x" * 50, [], {}, [None], [[1]],
       {"": {"": []}}, "\ud800", "\x00", "null", '{"a":', "2026-13-45T99:99:99Z", "9" * 400, [{}, {}])  # fmt: skip


def mutated(value: object, chosen: random.Random) -> object:
    if chosen.random() < 0.04:
        return chosen.choice(ODD)
    if isinstance(value, dict):
        return {
            key if chosen.random() > 0.01 else chosen.choice(["", "a.b", "0"]): mutated(item, chosen)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [mutated(item, chosen) for item in value]
    return value


@needs_fixtures
@pytest.mark.parametrize(("name", "path"), EXPORTS.items())
@pytest.mark.parametrize("seed", [1, 2])
def test_odd_values_anywhere_cost_at_most_their_record(tmp_path: Path, name: str, path: str, seed: int) -> None:
    chosen = random.Random(f"{name}{seed}")  # noqa: S311  # repeatable, no secret
    whole = json.loads((FIXTURES / path).read_bytes())
    records = whole if isinstance(whole, list) else whole["data"] if isinstance(whole.get("data"), list) else [whole]
    reader = Reader(Settings(home=tmp_path))
    for _ in range(5):
        lines = b"\n".join(json.dumps(mutated(record, chosen)).encode() for record in records[:6])
        part = Part(Piece(lines, "line"), name, "batch", datetime(2026, 5, 1, tzinfo=UTC))
        reasons = [rejected.reason for prepared in reader.prepared(part) for rejected in prepared.rejected]
        assert not [reason for reason in reasons if reason.startswith("could not be read")]
