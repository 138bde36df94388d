"""Judges of pairs: who flips, and towards which side; a file that breaks a rule is refused by its row."""

import json
from pathlib import Path

import pandas as pd
import pytest

from errors import UsageError
from review.calibration.bias_checks import Verdict
from review.calibration.position import PositionBias, position_bias, read_pairs
from tests.review.calibration.reference import SHARED

LLMBAR = SHARED / "fixtures" / "judges" / "llmbar"
HEAD = "item_id,judge,first,second,winner\n"


def written(folder: Path, rows: str) -> Path:
    path = folder / "pairs.csv"
    path.write_text(HEAD + rows)
    return path


def found(folder: Path, rows: str) -> PositionBias:
    (one,) = position_bias(read_pairs(written(folder, rows)))
    return one


def test_only_pairs_with_another_winner_in_the_other_order_tell(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},j,a,b,{winner}\n{n},j,b,a,{then}\n"
        for n, (winner, then) in enumerate([("a", "b")] * 12 + [("b", "a")] * 2 + [("a", "a")] * 20 + [("a", "tie")])
    )
    one = found(tmp_path, rows + "99,j,a,b,a\n")
    assert (one.pairs, one.single, one.ties, one.first, one.second) == (35, 1, 1, 12, 2)
    assert one.flip_rate.value == pytest.approx(14 / 34)
    assert one.check.effect == pytest.approx(12 / 14 - 0.5)
    assert one.check.verdict is Verdict.OUTSIDE


def test_a_judge_that_is_never_moved_has_no_effect_and_a_reason(tmp_path: Path) -> None:
    one = found(tmp_path, "1,j,a,b,a\n1,j,b,a,a\n")
    assert (one.flips, one.check.effect) == (0, None)
    assert one.check.reason == "no pair was judged differently in the other order"
    assert found(tmp_path, "1,j,a,b,a\n").check.reason == "no pair with a winner in both orders"


@pytest.mark.parametrize(
    ("rows", "why"),
    [("1,j,a,b,a\n1,j,b,a,c\n", "row 3: the winner is neither"), ("1,j,a,a,a\n", "row 2: an answer is compared"),
     ("1,j,a,b,a\n1,j,a,b,b\n", "row 3: the judge had this pair")],
    ids=["winner", "itself", "twice"],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_named(rows: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=why):
        read_pairs(written(tmp_path, rows))


@pytest.mark.skipif(not LLMBAR.exists(), reason="LLMBar is not beside this clone")
def test_chatgpt_on_llmbar_flips_a_third_of_pairs_nearly_all_to_the_first_shown() -> None:
    rows = []
    for path in sorted(LLMBAR.glob("*/ChatGPT/Vanilla/result.json")):
        for number, one in enumerate(json.loads(path.read_text())):
            (result,) = one["results"]
            for swap, (first, second) in (("swap = False", ("1", "2")), ("swap = True", ("2", "1"))):
                winner = str(result[swap]["winner"])
                rows.append({
                    "item_id": f"{path.parts[-4]}-{number}", "judge": "ChatGPT", "first": first, "second": second,
                    "winner": winner if winner in ("1", "2") else None,
                })  # fmt: skip
    (one,) = position_bias(pd.DataFrame(rows))
    assert one.pairs == 419
    assert one.flips / one.pairs == pytest.approx(0.34, abs=0.005)
    assert one.first / one.flips == pytest.approx(0.93, abs=0.005)
    assert one.check.verdict is Verdict.OUTSIDE
