"""What a team sets: rows of the table in front of ours, and its own prices."""

from decimal import Decimal

import pytest

from errors import UsageError
from ingest.mapping import read_table
from tests.ingest.built import row, unscrubbed


def test_the_teams_own_rows_stand_in_front_of_the_table() -> None:
    by = unscrubbed(mapping={"tenant": ["metadata.org_id", "our.tenant"], "input_text": ["our.question"]})
    said = row({"metadata": '{"org_id": "bank-7", "tenant": "other"}', "our.question": "q", "input.value": "r"}, by=by)

    assert (said["tenant"], said["input_text"]) == ("bank-7", "q")
    assert said["attributes"] == {"metadata.tenant": "other", "input.value": "r"}


def test_a_row_for_a_column_that_is_none_is_refused_with_the_columns_that_are() -> None:
    with pytest.raises(UsageError, match=r"\[mapping\] tennant is no column.*tenant"):
        read_table({"tennant": ["x"]})


def test_the_teams_own_prices_override() -> None:
    by = unscrubbed(prices={"house-llm": {"input_mtok": 1.0, "output_mtok": 4.0, "cache_read_mtok": 0.5}})
    said = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "house-llm",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.output_tokens": 100,
        },
        by=by,
    )

    # 600 x $1 + 400 x $0.5 + 100 x $4, per million
    assert (said["cost_total"], said["cost_source"]) == (Decimal("0.0012"), "override")


def test_a_price_is_that_of_the_day_of_the_span() -> None:
    def cost(day_ns: int) -> Decimal:
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "o3",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 0,
        }
        found = row(attributes, start_time_unix_nano=day_ns, end_time_unix_nano=day_ns + 1)["cost_total"]
        assert isinstance(found, Decimal)
        return found

    may, september = 1_746_100_000 * 10**9, 1_757_000_000 * 10**9
    assert cost(may) == 5 * cost(september)


def test_an_unknown_model_has_no_cost_and_a_reason() -> None:
    said = row(
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "nobody-knows", "gen_ai.usage.input_tokens": 3}
    )

    assert (said["cost_total"], said["cost_source"], said["cost_missing"]) == (None, None, "unknown model")
