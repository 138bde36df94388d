"""Tokens and cost of a trace are what its client said in total, and spans that repeat others are counted once."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.journey.conftest import FIXTURES, Shell

LANGFUSE = FIXTURES / "exports" / "langfuse"
MLFLOW_DEMO = FIXTURES / "exports" / "mlflow-demo" / "traces.jsonl"
MLFLOW_SDK = FIXTURES / "otlp" / "mlflow-trace-json"
UNDERSTATED = "84dd72168701880f7364a648099d72d7"
"""MLflow's total of this trace holds the cost of the first of its three calls only, and the tokens of all three."""

pytestmark = pytest.mark.skipif(
    not FIXTURES.exists(), reason="the collection of real traces is not beside the checkout"
)


def totals(shell: Shell) -> dict[str, tuple[int, int, object]]:
    """Tokens in, tokens out and cost in US dollars of each trace; tokens that nobody counted are 0."""
    rows = shell.sql("SELECT trace_id, tok_in, tok_out, cost_total FROM traces")
    return {str(row["trace_id"]): (_number(row["tok_in"]), _number(row["tok_out"]), row["cost_total"]) for row in rows}


def _number(said: object) -> int:
    return said if isinstance(said, int) else 0


def counted_by_langfuse(observations: Iterable[dict[str, Any]]) -> tuple[int, int, float]:
    """What the generations used that have no generation below them: the rest are wrappers around these."""
    known = {one["id"]: one for one in observations}
    wrappers = set()
    for one in known.values():
        above = known.get(one["parentObservationId"]) if one["type"] == "GENERATION" else None
        while above is not None:
            wrappers.add(above["id"])
            above = known.get(above["parentObservationId"])
    own = [one for one in known.values() if one["type"] == "GENERATION" and one["id"] not in wrappers]
    return (
        sum(one["inputUsage"] or 0 for one in own), sum(one["outputUsage"] or 0 for one in own),
        sum(one["totalCost"] or 0.0 for one in own),
    )  # fmt: skip


def test_ten_langfuse_traces_have_the_totals_of_their_generations_without_the_wrappers(shell: Shell) -> None:
    shell.json("ingest", str(LANGFUSE))
    ours = totals(shell)

    exports = [json.loads(path.read_text()) for path in sorted(LANGFUSE.glob("*.json"))]
    for export in exports:
        tok_in, tok_out, cost = counted_by_langfuse(export["observations"])
        found = ours.pop(export["trace"]["id"])
        assert found == (tok_in, tok_out, pytest.approx(cost, abs=1e-9)), export["trace"]["name"]
    assert ours == {}
    wrappers = shell.sql("SELECT name FROM spans WHERE usage_is_rollup ORDER BY name")
    assert [row["name"] for row in wrappers] == [
        "OpenAIChat.invoke", "OpenAIChat.invoke", "ai.generateText", "qa_agent run",
    ]  # fmt: skip


def test_mlflow_traces_have_the_totals_that_mlflow_wrote_down(shell: Shell) -> None:
    shell.json("ingest", str(MLFLOW_DEMO), str(MLFLOW_SDK))
    ours = totals(shell)

    files = [MLFLOW_DEMO.read_text().splitlines(), *([path.read_text()] for path in sorted(MLFLOW_SDK.glob("*.json")))]
    said = [json.loads(line)["info"] for lines in files for line in lines]
    assert len(said) == 43
    for one in said:
        trace, told = one["trace_id"].removeprefix("tr-"), one["trace_metadata"]
        tokens, cost = (json.loads(told[f"mlflow.trace.{name}"]) for name in ("tokenUsage", "cost"))
        tok_in, tok_out, cost_usd = ours.pop(trace)
        assert (tok_in, tok_out) == (tokens["input_tokens"], tokens["output_tokens"]), trace
        if trace == UNDERSTATED:
            assert cost_usd == pytest.approx(0.000837 + 0.001035 + 0.001752, abs=1e-9)
        else:
            assert cost_usd == pytest.approx(cost["total_cost"], abs=1e-9), trace
    assert ours == {}


def test_the_same_run_over_otlp_and_as_mlflows_own_file_costs_the_same(shell: Shell, tmp_path: Path) -> None:
    over_otlp = Shell(tmp_path / "other")
    shell.json("ingest", str(MLFLOW_SDK))
    over_otlp.json("ingest", str(FIXTURES / "otlp" / "mlflow-otlp-sdk139"))

    assert list(totals(shell).values()) == list(totals(over_otlp).values())
