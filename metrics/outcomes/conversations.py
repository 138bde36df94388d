"""How conversations ended: contained, handed over to a person, abandoned, asked again, solved.

What it cannot tell: a user who leaves content and one who gives up look alike unless a score or a failed last turn
says so; and only the first 120 characters of a turn are compared.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.outcomes.rules import Rules
from metrics.questions import Warehouse

_SQL = Path(__file__).parent / "session_outcomes.sql"
_FLAGS = ("is_open", "is_escalated", "is_abandoned", "is_contained", "is_repeated", "is_corrected")


def conversations(warehouse: Warehouse, wanted: TrafficFilter, rules: Mapping[str | None, Rules]) -> pd.DataFrame:
    """A row per conversation that began in the window, oldest first.

    Columns: conversation_id, session_id, first_trace, start_ts (UTC), turns, app, app_version, model, prompt_version,
    retrieval_config, tenant, environment (the last turn's), is_open (still going on),
    is_escalated, human_turn (from 1; the turn that handed over), is_abandoned (the last turn failed or has no answer),
    is_contained (neither), is_repeated (a question was asked again), is_corrected (the user set an answer right),
    is_solved (None where nobody said), solved_by (source of the score), thumbs_up, thumbs_down.
    """
    own = [app for app in rules if app is not None]
    frames = [_asked(warehouse, wanted, rules[app], apps=[app] if app else [], others=[] if app else own)
              for app in rules]  # fmt: skip
    found = pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)
    if found.empty:
        return found
    found = found.astype(dict.fromkeys(_FLAGS, bool))
    for column, asked in (("app", wanted.apps), ("environment", wanted.environments), ("tenant", wanted.tenants),
                          ("model", wanted.models), ("prompt_version", wanted.prompt_versions)):  # fmt: skip
        if asked:
            found = found[found[column].isin(asked)]
    moments = pd.to_datetime(found["start_ts"], format="ISO8601", utc=True)
    return found.assign(start_ts=moments).sort_values(["start_ts", "conversation_id"], ignore_index=True)


def _asked(
    warehouse: Warehouse, wanted: TrafficFilter, rules: Rules, *, apps: list[str], others: list[str]
) -> pd.DataFrame:
    window = {name: value for name, value in wanted.parameters().items() if name in ("since_ns", "until_ns")}
    return warehouse.frame(_SQL.read_text(), **window, **rules.parameters(), apps=apps, other_apps=others)
