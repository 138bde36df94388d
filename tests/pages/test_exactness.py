"""A percentile says what it was read from."""

import pytest

from pages.parts.opened import Opened
from tests.metrics.built import BuiltWarehouse, llm
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import words_of


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"tenant": "north"}, "p95: from hourly figures, within 1 %."),
        ({"tenant": "north", "model": "gpt-4o"}, "p95: exact."),
    ],
)
def test_latency_says_whether_its_percentiles_are_exact(asked: dict[str, str], said: str, open_page: OpenPage) -> None:
    rows = [llm(f"t{place}", at_s=place * 1800, tenant="north") for place in range(60)]

    app = open_page(
        "traffic/latency", Opened(warehouse=BuiltWarehouse().load(rows), home=f"exact{len(asked)}"), **asked
    )

    assert not app.exception
    assert said in words_of(app)
