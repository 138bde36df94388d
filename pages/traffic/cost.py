"""Cost: what each step spends, and how much of it has a price."""

import streamlit as st

from charts.over_time import Axis, stacked
from metrics import words
from metrics.budgets.limits import Figure
from metrics.cost import spend
from pages.parts import board, budgets, reads, states, tables

MOST_NAMED = 5

asked = board.open_page("Cost")
wanted, cut = asked.wanted, board.cut(asked.wanted)
by_group = reads.cost_by_group(wanted, asked.group)
if by_group.empty:
    states.nothing_matches(wanted, what="model calls")

unmetered = reads.cost_unmetered(wanted, by_group)
app, judging = (spend(by_group, purpose=purpose, unmetered=unmetered) for purpose in ("app", "evaluation"))
traces = int(reads.volume_total(wanted)["traces"])
one, two, three = st.columns(3)
board.card(
    one,
    "Spend of the app",
    words.usd(app.cost_usd),
    f"priced {words.count(app.priced_spans)} of {words.counted(app.spans, 'model call')}",
)
board.card(
    two,
    "Per trace",
    words.usd(None if app.cost_usd is None or not traces else app.cost_usd / traces),
    f"mean over {words.counted(traces, 'trace')}",
)
board.card(
    three,
    "Spend on judging",
    words.usd(judging.cost_usd),
    f"priced {words.count(judging.priced_spans)} of {words.counted(judging.spans, 'model call')} under an evaluator",
)

if not (app.is_complete and judging.is_complete):
    unknown = app.unpriced_spans + judging.unpriced_spans
    st.warning(
        f"Not in these sums: {words.counted(unknown, 'model call')} without a known cost.", icon=":material/help:"
    )
    if st.toggle("Show why", key="why", bind="query-params"):
        names = {"reason": "reason", "model": "model", "unpriced_spans": "model calls"}
        tables.table(reads.cost_unknown(wanted), names, key="cost_unknown", alt="Why costs are unknown")

if unmetered is not None and len(unmetered):
    of = ", ".join(dict.fromkeys(str(model) for model in unmetered["model"].head(MOST_NAMED)))
    free = words.counted(int(unmetered["unmetered_spans"].sum()), "call")
    st.text(f"{free} of models that report no tokens to price are not counted here: {of}.")

purposes = ["app", "evaluation"] if judging.spans else ["app"]
st.header(f"Cost by {asked.group}", anchor=False)
purpose = "app"
if judging.spans:
    purpose = st.segmented_control(
        "Cost of", purposes, default="app", key="purpose", bind="query-params", required=True
    )
drawn = by_group[by_group["purpose"] == purpose]
over_time = reads.cost_over_time(wanted, asked.group, series=board.drawn_series(drawn), bucket_ns=cut.width_ns)
over_time = over_time[(over_time["purpose"] == purpose) & over_time["cost_usd"].notna()]
board.say_what_is_drawn(drawn, ordered_by="cost")
figure = stacked(
    over_time,
    Axis("cost_usd", "Cost (US dollars)", "$.4~g", "priced_spans", "priced calls"),
    width_ns=cut.width_ns,
    width_words=cut.words,
)
if purpose == "app":
    budgets.mark(figure, asked, cut, of=Figure.COST)
board.chart(
    figure,
    asked,
    cut,
    key="cost",
    alt=f"Cost in US dollars over time, stacked by {asked.group}",
    order=board.Order(sort="dearest"),
)

budgets.show(asked, cut, of=Figure.COST)
budgets.beside_human(asked)

if board.wants_table():
    shown = by_group.assign(cost=[words.usd(each) for each in by_group["cost_usd"]])
    names = {
        "series": str(asked.group),
        "purpose": "purpose",
        "cost": "cost",
        "priced_spans": "priced calls",
        "unpriced_spans": "calls without a price",
    }
    tables.table(shown, names, key="cost_table", alt=f"Cost by {asked.group}")
