"""The checks of the release gate as lines to read, step by step, each with how it came out."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import streamlit as st

from review.calibration.gate_checks import State, Step

_STEPS = {
    Step.LABELS: "0 Labels",
    Step.RUBRIC: "1 People agree",
    Step.AGREEMENT: "2 Judge agrees",
    Step.BIAS: "3 Judge is fair",
    Step.CONDUCT: "4 Judge is steady",
    Step.RELEASE: "5 Candidate",
}
_MARKS = {
    State.PASS: "✓ pass",
    State.FAIL: "✕ fail",
    State.NOT_ENOUGH_EVIDENCE: "? not enough evidence",
    State.NOT_ASKED: "· not asked",
}


def lines(checks: Iterable[Mapping[str, Any]]) -> None:
    """Draw checks (`step, state, said, labels_needed`, as a decision keeps them)."""
    for step, of_step in groupby(checks, key=lambda one: str(one["step"])):
        name, said = st.columns([1, 5], gap="small")
        name.text(_STEPS.get(Step(step), step))
        said.text("\n".join(_line(one) for one in of_step))


def _line(one: Mapping[str, Any]) -> str:
    more = f" ({one['labels_needed']} more)" if one["labels_needed"] else ""
    return f"{_MARKS[State(one['state'])]}: {one['said']}{more}"
