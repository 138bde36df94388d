"""The page Versions and the marks on charts: what nobody registered can be registered in one click."""

from datetime import timedelta

import pytest

from metrics.versions.deployments import deployments
from pages.parts.opened import Opened
from review.people import SHELL, Role, add_person
from storage.ledger_database import Database
from tests.metrics.built import START, BuiltWarehouse, llm
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import words_of

DAY_S = 86_400


@pytest.fixture
def changed(ledger: Database) -> Opened:
    """Traffic in which prompt v2 came on the third day, and a ledger that knows nothing of it."""
    rows = [llm(f"t{day}", at_s=day * DAY_S, prompt_version="v1" if day < 3 else "v2") for day in range(8)]
    add_person(ledger, "Eli", Role.ENGINEER, by=SHELL, now=START)
    return Opened(warehouse=BuiltWarehouse().load(rows), home="versions", database=ledger)


def test_a_version_that_nobody_said_is_registered_from_the_page(
    changed: Opened, ledger: Database, open_page: OpenPage
) -> None:
    app = open_page("traffic/versions", changed, "Eli", window="all")
    assert "prompt v2 is in traffic and nobody said that it went live" in words_of(app)

    next(button for button in app.button if button.label == "Register it").click().run()

    (kept,) = deployments(ledger)
    assert (kept.words, kept.by, kept.deployment.app) == ("prompt v2", "Eli", "bank")
    assert kept.deployment.at == START + timedelta(days=3)
    assert "Every version that came into traffic in this window was registered." in words_of(app)


def test_charts_over_time_say_when_a_version_came(changed: Opened, open_page: OpenPage) -> None:
    app = open_page("traffic/latency", changed, window="all")

    (chart,) = app.get("plotly_chart")
    assert '"text":"prompt v2"' in chart.proto.spec.replace(" ", "").replace("promptv2", "prompt v2")


def two_prompts() -> Opened:
    """Two prompts that were live together; v2 takes three times the tokens."""
    rows = [
        llm(f"{version}-{n}", at_s=60 * n, prompt_version=version, session_id=f"{version}-{n}", tok_in=tokens + n % 3)
        for version, tokens in (("v1", 100), ("v2", 300)) for n in range(30)
    ]  # fmt: skip
    return Opened(warehouse=BuiltWarehouse().load(rows), home="two prompts")


def test_two_versions_are_side_by_side_once_both_are_chosen(open_page: OpenPage) -> None:
    app = open_page("traffic/versions", two_prompts(), window="all", before="prompt=v1")
    assert "Choose two versions" in words_of(app)

    app.selectbox(key="after").set_value("prompt=v2").run()

    assert not app.exception
    said = words_of(app)
    assert "After: prompt=v2, 30 traces in 30 conversations" in said
    assert "Not matched: tenants, languages and topics do not differ for sure" in said
    assert "Nobody labelled a sample of this traffic" in said
    (table,) = [one.value for one in app.dataframe if "after against before (95 %)" in one.value]
    tokens = table[(table["step"] == "synthesis") & (table["figure"] == "tokens in")]
    assert tokens["after against before (95 %)"].iloc[0].startswith("x 2.98")
    assert set(table["verdict"]) == {"higher"}


def test_versions_that_share_traffic_are_refused_in_words(open_page: OpenPage) -> None:
    app = open_page("traffic/versions", two_prompts(), window="all", before="prompt=v1", after="model=gpt-4o")

    assert not app.exception
    assert [one.value for one in app.warning] == ["These two cannot be compared."]
    assert "the two versions share traffic; name two that exclude each other" in words_of(app)


def test_a_version_named_to_harm_is_shown_as_text(open_page: OpenPage) -> None:
    hostile = "![x](https://evil.example/x.png)<img src=x>"
    rows = [llm(f"t{n}", at_s=60 * n, prompt_version=hostile if n % 2 else "v1", session_id=f"s{n}") for n in range(60)]
    opened = Opened(warehouse=BuiltWarehouse().load(rows), home="hostile")

    both = {"before": f"prompt={hostile}", "after": "prompt=v1"}
    compared = open_page("traffic/versions", opened, window="all", **both)
    none_left = open_page("traffic/versions", opened, window="all", tenant="nobody", **both)

    for app in (compared, none_left):
        assert not app.exception
        rendered = [*app.markdown, *app.warning, *app.info, *app.success, *app.caption]
        assert not any("evil.example" in one.value for one in rendered)
    assert "evil.example" in words_of(compared)
    assert f"no traffic of prompt={hostile}" in words_of(none_left)
