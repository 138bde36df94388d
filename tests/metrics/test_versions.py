"""Versions: what traffic shows, what was registered, and where the two differ."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from errors import NotAllowed, UsageError
from metrics.filters import TrafficFilter
from metrics.versions.deployments import Deployment, Registered, changed_of, deployments, register
from metrics.versions.flags import Flag, flags
from metrics.versions.sightings import sightings
from review.audit import audit_log
from review.people import SHELL, Role, add_person
from storage.ledger_database import Database
from tests.command_line.test_commands import Shell
from tests.metrics.built import START, BuiltWarehouse, llm, span

DAY_S = 86_400
EVER = TrafficFilter(START - timedelta(days=1), START + timedelta(days=100))


def traffic(*spans: dict[str, Any]) -> BuiltWarehouse:
    return BuiltWarehouse().load(spans)


def on_day(day: int, **said: Any) -> dict[str, Any]:
    return llm(f"t{day}", at_s=day * DAY_S, **said)


def gone_live(day: float, app: str | None = "bank", **changed: str) -> Registered:
    return Registered(Deployment(START + timedelta(days=day), changed, app), number=1, by="Ana")


def test_each_version_is_seen_from_its_first_to_its_last_span() -> None:
    built = traffic(
        on_day(0, model="gpt-4o-2024-08-06", model_request="gpt-4o", prompt_version="v1", app_version="1"),
        on_day(9, model="gpt-4o-2024-08-06", model_request="gpt-4o", prompt_version="v2", app_version="1"),
        on_day(10, model="gpt-4o-2024-11-20", model_request="gpt-4o", prompt_version="v2", app_version="1"),
        span("t10", at_s=10 * DAY_S, retrieval_config="dense"),
    )

    seen = sightings(built, EVER).set_index(["what", "value"])

    assert list(seen.index) == [("app_version", "1"), ("model", "gpt-4o-2024-08-06"), ("model", "gpt-4o-2024-11-20"),
                                ("prompt", "v1"), ("prompt", "v2"), ("retrieval", "dense")]  # fmt: skip
    old = seen.to_dict("index")["model", "gpt-4o-2024-08-06"]
    assert (old["asked"], old["spans"], old["share_of_week"]) == ("gpt-4o", 2, 0.5)
    assert (old["first_seen"], old["last_seen"]) == (START, START + timedelta(days=9))
    assert seen["is_from_the_start"].to_dict() == {
        ("app_version", "1"): True, ("model", "gpt-4o-2024-08-06"): True, ("model", "gpt-4o-2024-11-20"): False,
        ("prompt", "v1"): True, ("prompt", "v2"): False, ("retrieval", "dense"): True,
    }  # fmt: skip


def test_no_traffic_shows_no_version() -> None:
    assert sightings(traffic(), EVER).empty


def found(built: BuiltWarehouse, *registered: Registered) -> list[tuple[str, str]]:
    odd = flags(sightings(built, EVER), registered)
    return [(str(row["flag"]), str(row["value"])) for row in odd.to_dict("records")]


def test_a_version_that_nobody_registered_is_named_and_one_that_was_is_not() -> None:
    built = traffic(on_day(0, prompt_version="v1"), on_day(9, prompt_version="v2"))

    assert found(built) == [(Flag.UNREGISTERED, "v2")]
    assert found(built, gone_live(8.5, prompt="v2")) == []
    assert found(built, gone_live(8.5, app=None, prompt="v2")) == []
    assert found(built, gone_live(8.5, app="another", prompt="v2")) == [(Flag.UNREGISTERED, "v2")]
    assert found(built, gone_live(8.5, retrieval="v2")) == [(Flag.UNREGISTERED, "v2")]
    assert found(built, gone_live(9.9, prompt="v2")) == [], "clocks and canaries: a day early is the same deployment"
    assert found(built, gone_live(10.1, prompt="v2")) == [(Flag.UNREGISTERED, "v2")]


def test_a_model_that_changed_by_itself_is_named_as_such() -> None:
    def asked(day: int, answered: str, request: str = "gpt-4o") -> dict[str, Any]:
        return on_day(day, model=answered, model_request=request)

    built = traffic(asked(0, "gpt-4o-08"), asked(5, "gpt-4o-11"), asked(0, "haiku-1", "haiku-1"))

    assert found(built) == [(Flag.SILENT, "gpt-4o-11"), (Flag.UNPINNED, "gpt-4o-11"), (Flag.UNPINNED, "gpt-4o-08")]
    assert (Flag.SILENT, "gpt-4o-11") not in found(built, gone_live(5, model="gpt-4o-11"))
    why = flags(sightings(built, EVER), ())["why"].iloc[0]
    assert why == "gpt-4o-11 answers for gpt-4o, before it was gpt-4o-08; nobody deployed that"


def test_a_deployment_is_kept_once_with_who_registered_it(database: Database) -> None:
    add_person(database, "Ana", Role.ENGINEER, by=SHELL, now=START)
    said = Deployment(START, {"prompt": "v4", "model": "gpt-4o"}, "bank", "a dozen examples")

    first = register(database, said, by="Ana", now=START + timedelta(hours=1))
    again = register(database, said, by="Ana", now=START + timedelta(hours=2))
    other = register(database, Deployment(START, {"prompt": "v4"}, None), by=SHELL, now=START)

    assert first == again != other
    kept = deployments(database)
    assert [(one.number, one.by, one.deployment.app) for one in kept] == [(first, "Ana", "bank"), (other, SHELL, None)]
    assert kept[0].deployment == Deployment(START, {"model": "gpt-4o", "prompt": "v4"}, "bank", "a dozen examples")
    lines = audit_log(database)
    assert lines[lines["action"] == "version.deployed"]["actor"].tolist() == [SHELL, "Ana"]
    assert "dozen" not in str(lines["detail"].tolist())


def test_a_reviewer_may_not_register_a_deployment(database: Database) -> None:
    add_person(database, "Ben", Role.REVIEWER, by=SHELL, now=START)

    with pytest.raises(NotAllowed, match="register deployments"):
        register(database, Deployment(START, {"prompt": "v4"}), by="Ben", now=START)

    assert deployments(database) == ()


@pytest.mark.parametrize("spelt", ["prompt", "prompt=", "colour=red", "=v4", f"prompt={'v' * 201}"])
def test_what_is_no_deployment_is_refused_with_the_kinds_there_are(spelt: str) -> None:
    with pytest.raises(UsageError, match="one of app_version, model, prompt, retrieval"):
        changed_of([spelt])


def test_several_changes_are_one_deployment() -> None:
    assert changed_of(["prompt = v4", "retrieval=dense=2"]) == {"prompt": "v4", "retrieval": "dense=2"}


def test_a_version_that_looks_personal_is_refused_and_not_kept(tmp_path: Path) -> None:
    shell = Shell(tmp_path)

    said = shell.json("deploy", "prompt=maria.lopez@example.com", expect=2)

    assert "looks personal" in said["error"]
    assert "maria" not in str(said)
    assert shell.json("versions")["deployments"] == []
