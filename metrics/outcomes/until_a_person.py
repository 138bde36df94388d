"""After how many turns is a person asked for? The share of conversations that still need none, turn by turn."""

import warnings

import pandas as pd
from scipy import stats


def until_a_person(found: pd.DataFrame) -> pd.DataFrame:
    """`turn, still_alone, low, high (0-1, 95 %), at_risk, handed_over`, from turn 1 to the last that handed over.

    `found` is `conversations(...)`. A conversation that ended, or still goes on, without a person counts up to its last
    turn and no further. No row where there is no conversation.

    Source: Kaplan and Meier 1958, JASA 53:457-481, in scipy.stats.ecdf; interval with the log(-log) transform.
    """
    if found.empty:
        return pd.DataFrame(columns=["turn", "still_alone", "low", "high", "at_risk", "handed_over"])
    escalated = found["is_escalated"].astype(bool)
    last = found["turns"].where(~escalated, found["human_turn"]).astype(float)
    data = stats.CensoredData(uncensored=last[escalated].to_numpy(), right=last[~escalated].to_numpy())
    curve = stats.ecdf(data).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # there is no interval before the first and after the last
        interval = curve.confidence_interval(0.95, method="log-log")
    turns = range(1, int(last[escalated].max()) + 1 if escalated.any() else 1)
    rows = [
        {
            "turn": turn, "still_alone": float(curve.evaluate(turn)), "low": float(interval.low.evaluate(turn)),
            "high": float(interval.high.evaluate(turn)), "at_risk": int((last >= turn).sum()),
            "handed_over": int((last[escalated] == turn).sum()),
        }
        for turn in turns
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["turn", "still_alone", "low", "high", "at_risk", "handed_over"])
