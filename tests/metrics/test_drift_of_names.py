"""Names that calls carry, documents that are returned, and the windows of a deployment."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from errors import UsageError
from metrics.drift.categories import ALL_TOOLS, categories
from metrics.drift.changes import Verdict, changes
from metrics.drift.documents import NO_MORE, documents
from metrics.drift.since_deployment import since_last
from metrics.drift.windows import Windows
from metrics.filters import TrafficFilter
from metrics.versions.deployments import Deployment, Registered
from tests.command_line.test_commands import Shell
from tests.metrics.built import START, BuiltWarehouse, llm, span

DAY_S = 86_400


def day(number: float) -> dt.datetime:
    return START + dt.timedelta(days=number)


WINDOWS = Windows.before(TrafficFilter(day(10), day(20)))


def called(*, models: dict[bool, list[str]]) -> Iterator[dict[str, Any]]:
    """Two calls in each of 6 conversations a day, the model of the first ten days and of the others in turn."""
    for place in range(120):
        listed = models[place >= 60]
        for turn in range(2):
            name, same = f"t{place}-{turn}", {"session_id": f"s{place}", "at_s": place * DAY_S / 6 + 60 * turn}
            yield llm(name, **same, model=listed[place % len(listed)], app_version="1")
            yield span(name, **same, kind="tool", step="look", tool_name="look" if place % 3 else "search")


def test_a_model_that_is_new_and_one_that_is_gone_are_named_with_how_sure_it_is() -> None:
    built = BuiltWarehouse().load(called(models={False: ["a", "b", "b"], True: ["b", "b", "c"]}))

    found = {(row["step"], row["name"]): row for row in categories(built, WINDOWS).to_dict("records")}

    model = found["synthesis", "model"]
    assert (model["values"], model["n_before"], model["n_now"], model["verdict"]) == (3, 120, 120, Verdict.CHANGED)
    assert model["effect"] == pytest.approx(1 / 3)
    assert model["design_effect"] == pytest.approx(2, rel=0.1)
    (new,), (lost,) = model["new"], model["lost"]
    assert (new["value"], new["calls"], new["conversations"]) == ("c", 40, 20)
    assert new["p"] == pytest.approx(np.prod([(60 - i) / (120 - i) for i in range(20)]))
    assert lost["value"] == "a"
    assert found[ALL_TOOLS, "tool"]["verdict"] == Verdict.NONE
    assert (ALL_TOOLS, "app version") not in found, "there is one only"


def test_names_that_stay_show_no_sign_and_too_few_conversations_say_nothing() -> None:
    built = BuiltWarehouse().load(called(models={False: ["a", "b", "b"], True: ["b", "a", "b"]}))

    assert set(categories(built, WINDOWS)["verdict"]) == {Verdict.NONE}
    assert categories(built, Windows.before(TrafficFilter(day(10), day(10.4)))).empty


def retrieved(*, gone: str) -> BuiltWarehouse:
    """Two documents per retrieval; one of them is returned only in the first ten days. Ages are 30 and 100 days."""
    spans, listed = [], []
    for place in range(120):
        one = span(f"t{place}", session_id=f"s{place}", at_s=place * DAY_S / 6, kind="retriever", step="retrieve")
        spans.append(one)
        for rank, document in enumerate(("usual", gone if place < 60 and place % 2 else f"other-{place % 3}")):
            updated = day(place / 6) - dt.timedelta(days=100 if rank else 30)
            of = {name: one[name] for name in ("trace_id", "span_id", "sequence")}
            listed.append(of | {"rank": rank, "role": "retrieved", "doc_id": document, "last_updated": updated})
    return BuiltWarehouse().load(spans, documents=listed)


def test_a_document_that_is_returned_no_more_is_named_in_conversations() -> None:
    found = documents(retrieved(gone="terms"), WINDOWS)

    (row,) = found[found["verdict"] != ""].to_dict("records")
    assert (row["document"], row["before"], row["now"], row["n_before"], row["n_now"]) == ("terms", 30, 0, 60, 60)
    assert row["verdict"] == NO_MORE
    assert row["q"] < 0.001
    assert row["traces"]
    assert documents(BuiltWarehouse(), WINDOWS).empty


def test_the_team_says_from_which_age_on_a_document_is_stale() -> None:
    built = retrieved(gone="terms")
    from_90 = changes(built, WINDOWS, stale_days=90)
    by_default = changes(built, WINDOWS)

    def stale(table: Any) -> list[str]:
        return list(table.loc[table["metric"] == "documents", "value"])

    assert stale(from_90) == ["older than 90 days"]
    assert stale(by_default) == [], "no document is that old, so there is nothing to compare"


def went_live(*days: float, app: str | None = None) -> tuple[Registered, ...]:
    return tuple(
        Registered(Deployment(day(at), {"prompt": f"v{at}"}, app), place, "Eli") for place, at in enumerate(days)
    )


def test_the_last_deployment_s_windows_reach_back_two_weeks_or_to_the_one_before() -> None:
    asked = TrafficFilter(day(0), day(40), apps=("bank",))

    windows, last = since_last(went_live(5, 30), asked)
    assert (last.deployment.at, windows.now.since, windows.now.until) == (day(30), day(30), day(40))
    assert windows.now.apps == ("bank",)
    assert (windows.reference_since, windows.reference_until) == (day(16), day(30))
    assert since_last(went_live(20, 30), asked)[0].reference_since == day(20)
    assert since_last(went_live(29, 30), asked)[0].reference_since == day(23), "a week at least"
    assert since_last(went_live(5, 50), asked)[1].deployment.at == day(5)
    with pytest.raises(UsageError, match="no deployment"):
        since_last(went_live(5, app="another"), asked)


def test_a_shell_compares_the_time_since_the_last_deployment(bank: Shell, tmp_path: Any) -> None:
    import shutil

    shell = Shell(tmp_path)
    shutil.copytree(bank.home, shell.home)
    assert "no deployment" in shell.json("changes", "--since-deployment", expect=2)["error"]
    shell.json("deploy", "app_version=4.4.0", "--at", "2026-11-02")

    said = shell.json("changes", "--since-deployment", "--to", "2026-11-16")

    assert said["deployment"].startswith("app version 4.4.0")
    assert (said["from"][:10], said["reference_from"][:10]) == ("2026-11-02", "2026-10-19")
    assert ("transfer_to_human", "app version 4.4.0") in {(row["step"], row["where"]) for row in said["changes"]}
    assert "4.4.0" in {one["value"] for row in said["names"] for one in row["new"]}
    assert "leave out" in shell.json("changes", "--since-deployment", "--from", "2026-11-02", expect=2)["error"]
    assert "say --from" in shell.json("changes", "--from", "2026-11-02", expect=2)["error"]
