"""On real exports almost nothing is replaced that is not personal, and ids stay."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scrub import TextKind
from tests.scrub.scrubbing import SCRUBBER

EXPORTS = Path(__file__).parents[2].parent / "shared" / "fixtures" / "exports"
_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<!\w)(?:[0-9a-f]{32}|[0-9a-f]{16})(?!\w)"
)
_PLACEHOLDER = re.compile("<[A-Z]+_\ue000[a-z2-7]+\ue001>|<SECRET>")

pytestmark = pytest.mark.skipif(not EXPORTS.exists(), reason="the exports of other tools are not beside this copy")


def _langfuse() -> Iterator[object]:
    for file in sorted((EXPORTS / "langfuse").glob("*.json")):
        yield json.loads(file.read_text())


def _mlflow() -> Iterator[object]:
    for line in (EXPORTS / "mlflow-demo" / "traces.jsonl").read_text().splitlines():
        yield json.loads(line)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Strings with the key that they stand under; keys themselves under no key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield "", str(name)
            yield from _leaves(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)


def _clean(trace: object) -> object:
    with SCRUBBER.trace("t") as one:
        one.learn(trace)
        return one.data(trace)[0]


@pytest.mark.parametrize(("export", "most"), [(_langfuse, 0.01), (_mlflow, 0.005)])
def test_hardly_a_letter_is_replaced(export: Callable[[], Iterator[object]], most: float) -> None:
    characters = replaced = 0
    for trace in export():
        for (_, before), (_, after) in zip(_leaves(trace), _leaves(_clean(trace)), strict=True):
            letters = sum(map(str.isalnum, before))
            characters += letters
            replaced += max(0, letters - sum(map(str.isalnum, _PLACEHOLDER.sub("", after))))
    assert characters > 100_000
    assert 0 < replaced <= most * characters


@pytest.mark.parametrize("export", [_langfuse, _mlflow])
def test_no_key_model_tool_or_step_is_renamed(export: Callable[[], Iterator[object]]) -> None:
    compared = 0
    for trace in export():
        for (key, before), (_, after) in zip(_leaves(trace), _leaves(_clean(trace)), strict=True):
            if key in {"", "name", "type"} or key.lower().endswith(("model", "model_name", "toolname", "tool_name")):
                compared += 1
                assert after == before, key
    assert compared > 1_000


@pytest.mark.parametrize("export", [_langfuse, _mlflow])
def test_every_trace_span_and_order_id_stays(export: object) -> None:
    assert callable(export)
    for trace in export():
        with SCRUBBER.trace("t") as one:
            clean, _ = one.data(trace)
        before = [found for text in _strings(trace) for found in _ID.findall(text)]
        after = {found for text in _strings(clean) for found in _ID.findall(text)}
        hashed = set(re.findall(r"[sp]k-lf-([0-9a-f-]{36})", json.dumps(trace)))
        assert {found for found in before if found not in after and found not in hashed} <= _of_users(trace)


def _of_users(value: object) -> set[str]:
    """Ids of users and sessions are personal: they become keyed hashes."""
    found: set[str] = set()
    for match in re.finditer(r'"(?:user|session)_?[iI]d\\*": \\*"([^"\\]+)', json.dumps(value)):
        found.update(_ID.findall(match[1]))
    return found


def test_the_words_of_the_bank_and_airline_policies_stay() -> None:
    talks = json.loads((EXPORTS / "tau-bench" / "gpt-4o-airline.json").read_text())
    policies = {message["content"] for talk in talks for message in talk["traj"] if message["role"] == "system"}
    for policy in policies:
        assert SCRUBBER.text(policy, TextKind.DATA).counts == {}


def test_people_of_the_airline_are_replaced_in_every_message() -> None:
    talks = json.loads((EXPORTS / "tau-bench" / "gpt-4o-airline.json").read_text())[:40]
    for talk in talks:
        names = set(
            re.findall(r'"first_name\\*": \\*"(\w+)\\*", \\*"last_name\\*": \\*"(\w+)', json.dumps(talk["traj"]))
        )
        with SCRUBBER.trace("t") as one:
            one.learn(talk["traj"])
            clean = json.dumps(one.data(talk["traj"])[0])
        assert [name for name in names if f"{name[0]} {name[1]}" in clean] == []
