"""Whatever the files hold: figures that are numbers, a reason for each one that is missing, or an error by row."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import UsageError
from review.calibration.assessment import Options, assess, people
from review.calibration.files import read_study
from review.calibration.report import as_json
from review.calibration.scale import Kind

CANARY = "Xanthippe"
"""Stands in odd cells; no error may repeat it."""
ODD = ("", " ", CANARY, "nan", "inf", "-inf", "1e308", "-1e308", "1e-320", "1_0", "\u0663", "0x1", "99999", "-7", "4.5",
       "2,5", '"', "'=1+1", "\u2028", "yes", "NO", "true", "cannot tell", "3 ", "1e999", "0.1")  # fmt: skip
CHANCES = ("", "0", "1", "0.5", "1e-9", "1e-12", "2", "-1", "nan", CANARY)


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text


@st.composite
def files(draw: st.DrawFn) -> dict[str, bytes]:
    """Labels, scores and maybe a frame, most cells plausible, some odd; the frame of the file odd now and then."""
    levels = draw(st.sampled_from([("1", "2", "3", "4", "5"), ("yes", "no"), ("3",), ("0", "100"), ("1.5", "2.5")]))
    odd_share = draw(st.sampled_from([0, 0, 0, 1, 10, 50]))
    usual = st.sampled_from(levels)

    def value() -> str:
        return draw(st.sampled_from(ODD) if draw(st.integers(0, 99)) < odd_share else usual)

    items = draw(st.integers(1, 45))
    raters = draw(st.integers(1, 3))
    extra = draw(
        st.lists(st.sampled_from(["stratum", "probability", "cluster", "corrected_at"]), unique=True, max_size=2)
    )
    head = ["item_id", "reviewer", "value", *extra]
    rows = []
    for item in range(items):
        chance = draw(st.sampled_from(CHANCES)) if odd_share > 1 else draw(st.sampled_from(["0.5", "1", "1e-9"]))
        of_item = {
            "stratum": draw(st.sampled_from("xyz")), "cluster": draw(st.sampled_from(["", "c"])), "probability": chance,
            "corrected_at": "",
        }  # fmt: skip
        rows += [[f"t{item}", f"r{rater}", value(), *(of_item[name] for name in extra)] for rater in range(raters)]
    if draw(st.booleans()) and odd_share:
        rows.append(rows[0][:])
    judged = [[f"t{item}", "j", value()] for item in range(draw(st.integers(0, items * 2)))]
    made = {"labels": _written(draw, head, rows, odd=odd_share > 1),
            "scores": _written(draw, ["item_id", "judge", "value"], judged, odd=odd_share > 1)}  # fmt: skip
    if "stratum" in extra and draw(st.booleans()):
        usual_sizes = ["45", "90", "1000"]
        size = st.sampled_from([*usual_sizes, "0", "x", "-1", "1e300"] if odd_share > 1 else usual_sizes)
        sizes = [[name, draw(size)] for name in "xyzw"]
        made["frame"] = _written(draw, ["stratum", "size"], sizes, odd=False)
    return made


def _written(draw: st.DrawFn, head: list[str], rows: list[list[str]], *, odd: bool) -> bytes:
    end = draw(st.sampled_from(["\n", "\r\n"]))
    if odd and draw(st.integers(0, 9)) == 0:
        how = draw(st.sampled_from(["twice", "lost", "short", "long", "nothing", "open", "latin"]))
        if how == "nothing":
            return b""
        head = [*head, head[-1]] if how == "twice" else head[:-1] if how == "lost" else head
        rows = [[*row, row[-1]] if how == "twice" else row[:-1] if how == "lost" else row for row in rows]
        rows = [*rows, ["t0"] if how == "short" else ["t0"] * 9] if how in {"short", "long"} else rows
        text = end.join(",".join(map(cell, row)) for row in [head, *rows])
        return (text + end + ('"open' if how == "open" else "")).encode("utf-8") + (b"\xe4" if how == "latin" else b"")
    mark = "\ufeff" if draw(st.booleans()) else ""
    return (mark + end.join(",".join(map(cell, row)) for row in [head, *rows]) + end).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files=files(), kind=st.sampled_from(Kind))
def test_odd_files_give_figures_or_reasons_or_an_error_that_quotes_nothing(
    folder: Path, files: dict[str, bytes], kind: Kind
) -> None:
    paths = {name: folder / f"{name}.csv" for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    try:
        study = read_study(paths["labels"], scores=paths["scores"], frame=paths.get("frame"), kind=kind)
    except UsageError as error:
        assert CANARY not in str(error)  # noqa: PT017 - the other way out is as good
        return
    among = people(study)
    found = as_json(study, among, [assess(study, one, among, Options()) for one in study.judges])
    for path, number in numbers(found):
        assert math.isfinite(number), path
    check(found)


def numbers(found: object, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(found, dict):
        for name, each in found.items():
            yield from numbers(each, f"{path}/{name}")
    elif isinstance(found, list):
        for each in found:
            yield from numbers(each, path)
    elif isinstance(found, float):
        yield path, found


def check(found: dict[str, object]) -> None:
    for part in (found["human_human"], found["human_mean"]):
        in_order(part)
    judges = found["judges"]
    assert isinstance(judges, dict)
    for judge in judges.values():
        for name, figure in judge.items():
            value = figure.get("value", figure.get("winning_rate", 0)) if isinstance(figure, dict) else figure
            assert value is not None or judge["notes"].get(name), name
            in_order(figure)
        used = (
            [sum(row) for row in judge["confusion"]["counts"]],
            [sum(column) for column in zip(*judge["confusion"]["counts"], strict=True)],
        )
        if any(sum(count > 0 for count in side) < 2 for side in used):  # somebody always said the same
            assert judge["kappa"]["value"] in {None, 0.0}


def in_order(figure: object) -> None:
    """An interval holds its value, and agreement without disagreement is not certain."""
    if not isinstance(figure, dict) or figure.get("low") is None:
        return
    value: float = figure["alpha"] if "alpha" in figure else figure["value"]
    assert figure["low"] <= value + 1e-9
    assert value <= figure["high"] + 1e-9
    if "weights" in figure or "alpha" in figure:
        assert figure["low"] < 1
