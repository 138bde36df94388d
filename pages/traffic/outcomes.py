"""Outcomes: are people helped without a person, since when, and in which part of the traffic not."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from charts.marks import marked
from charts.over_time import Axis, lines
from charts.palette import MOST_SERIES
from charts.survival import survival
from metrics import words
from metrics.buckets import DAY_NS
from metrics.outcomes.mood import UNHAPPY
from metrics.outcomes.over_time import over_time
from metrics.outcomes.shares import FEWEST, FROM_WORDS, SEGMENTS, Outcome, shares
from metrics.outcomes.until_a_person import until_a_person
from pages.parts import board, conversation_list, fairness, links, moods, reads, states, tables, worded_reads

CARDS = {
    Outcome.CONTAINED: "Contained",
    Outcome.ESCALATED: "Handed to a person",
    Outcome.ABANDONED: "Broke off",
    Outcome.REPEATED: "Asked again",
    Outcome.SOLVED: "Solved",
}
WORDS = {name: name.replace("_", " ") for name in SEGMENTS}
OUTCOMES = [one.value for one in Outcome]
FLAGS = {Outcome.SOLVED: "is_solved", Outcome.SOLVED_BY_JUDGE: "is_solved"}


def _interval(row: pd.Series) -> str:
    return f"{words.share(row['low'])} to {words.share(row['high'])}"


def having(found: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """The conversations that count as hits of an outcome."""
    if outcome is Outcome.THUMBS_UP:
        return found[(found["thumbs_up"] > 0) & (found["thumbs_down"] == 0)]
    if outcome is Outcome.UNHAPPY:
        return found[found["mood_last"] <= UNHAPPY] if "mood_last" in found else found.head(0)
    return found[found[FLAGS.get(outcome, f"is_{outcome.value}")].eq(True)]  # noqa: FBT003 - a value, not a switch


asked = board.open_page("Outcomes", grouped=False)
wanted = asked.wanted
found = reads.conversations(wanted)
if found.empty:
    states.nothing_matches(wanted, what="conversations")

overall = {str(row["outcome"]): row for _, row in shares(found).iterrows()}
for place, (one, title) in zip(st.columns(len(CARDS)), CARDS.items(), strict=True):
    row = overall[one]
    if row["lacks"]:
        board.card(place, title, words.UNKNOWN, str(row["lacks"]))
    else:
        board.card(place, title, words.share(row["share"]), _interval(row), f"of {words.count(row['trials'])}")
still_open = int(found["is_open"].sum())
said = f"{words.counted(len(found) - still_open, 'conversation')}; 95 % intervals."
if still_open:
    said += f" {words.counted(still_open, 'conversation')} that may still go on are left out."
st.text(said)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    by = st.selectbox("Told apart by", SEGMENTS, index=1, key="by", bind="query-params", format_func=WORDS.__getitem__)
    outcome = Outcome(st.selectbox("Outcome", OUTCOMES, index=1, key="outcome", bind="query-params"))
    asks_words = st.toggle("Read the users' words: mood, language, topic, fairness", key="words", bind="query-params")
reads_words = asks_words or by in FROM_WORDS or outcome is Outcome.UNHAPPY
if reads_words:
    found = worded_reads.worded(wanted)
    overall = {str(row["outcome"]): row for _, row in shares(found).iterrows()}
    read = int(found["language"].notna().sum())
    if read < len(found):
        of = words.counted(len(found), "conversation")
        st.text(f"Words were read of {words.count(read)} of {of}, a fixed part of them.")
told = shares(found, by=[by])
of_it = told[told["outcome"] == outcome]

st.header(f"{outcome.capitalize()} by {WORDS[by]}", anchor=False)
drawn = of_it[of_it["share"].notna()].head(2 * MOST_SERIES)
if drawn.empty:
    st.info(f"No segment has enough conversations for a figure: {of_it['lacks'].iloc[0]}.")
else:
    chart = pd.DataFrame({
        "name": drawn[by], "series": "share", **{name: 100 * drawn[name] for name in ("low", "high")},
        "value": 100 * drawn["share"],
        "text": [f"{row[by]}: {words.share(row['share'])} of {row['trials']:.0f}, {_interval(row)}"
                 for _, row in drawn.iterrows()],
    })  # fmt: skip
    whole = overall[outcome]["share"]
    st.plotly_chart(
        intervals(chart, axis=f"{outcome} (%)", lines=[(100 * float(whole), "all")]),
        config={"displayModeBar": False}, key="by_segment", alt=f"Share {outcome} by {WORDS[by]}, with intervals",
    )  # fmt: skip
    apart = drawn[drawn["q"] < 0.05]
    for _, row in apart.iterrows():
        st.text(
            f"{row[by]} stands apart: {row['gap'] * 100:+.1f} points against all others "
            f"({row['gap_low'] * 100:+.1f} to {row['gap_high'] * 100:+.1f}; q {max(row['q'], 0.001):.3f})"
        )
    if apart.empty and len(drawn) > 1:
        st.text("None stands apart from the others (false discovery rate 5 %).")

st.header("Over time", anchor=False)
names = tuple(str(name) for name in drawn[by].head(MOST_SERIES))
cut = board.cut(wanted, most_points=max(2, min(60, len(found) // (30 * max(1, len(names))))))
cut = cut if cut.width_ns >= DAY_NS else board.Cut(DAY_NS)
line = over_time(found.dropna(subset=[by]), outcome, by=by, series=names, bucket_ns=cut.width_ns)
line = line.assign(**{name: 100 * line[name] for name in ("share", "low", "high")})
if line.empty:
    st.info(
        f"No {cut.words} has {FEWEST} conversations of a segment: too few to draw.", icon=":material/hourglass_empty:"
    )
figure = lines(
    line, Axis("share", f"{outcome} (%)", ".1f", "trials", "conversations"), width_ns=cut.width_ns,
    width_words=cut.words, band=("low", "high"),
)  # fmt: skip
marked(figure, board.went_live(wanted))
answer = st.plotly_chart(
    figure, config={"displayModeBar": False}, key="over_time", on_select="rerun", selection_mode="points",
    alt=f"Share {outcome} over time, one line per {WORDS[by]}",
)  # fmt: skip
picked = answer["selection"]["points"]
point = links.point_of(picked[0].get("customdata"), width_ns=cut.width_ns) if picked else None

curve = until_a_person(found)
if len(curve):
    st.header("Until a person is asked for", anchor=False)
    st.plotly_chart(
        survival(curve, across="turn of the conversation", up="need no person so far (%)"),
        config={"displayModeBar": False}, key="survival", alt="Share of conversations without a person, turn by turn",
    )  # fmt: skip
    st.text("Conversations that end without a person count up to their last turn. The band is the 95 % interval.")

st.header("Conversations behind it", anchor=False)
behind = having(found, outcome)
if point is None:
    st.text("Select a point above to see those of that time alone.")
else:
    began = (behind["start_ts"] >= point.since) & (behind["start_ts"] < point.until)
    behind = behind[began & (behind[by] == point.series)]
    st.text(f"{words.counted(len(behind), 'conversation')} of {point.series}, {words.window(point.since, point.until)}")
conversation_list.draw(behind, by=by, key="behind", alt="Conversations behind the figures, newest first")

if reads_words:
    st.header("Mood of the users", anchor=False)
    moods.draw(found, by=by)
    st.header("Who is served worse", anchor=False)
    fairness.draw(wanted, found)

if board.wants_table():
    shown = told.assign(
        share=[words.share(value) for value in told["share"]],
        interval=["" if row["lacks"] else _interval(row) for _, row in told.iterrows()],
        gap=[
            tables.apart(100 * row["gap"], 100 * row["gap_low"], 100 * row["gap_high"], digits=1)
            for row in told.to_dict("records")
        ],
        q=["" if pd.isna(value) else f"{value:.3f}" for value in told["q"]],
    )
    columns = {by: WORDS[by], "outcome": "outcome", "share": "share", "interval": "95 % interval", "trials": "of",
               "gap": "against the rest (points)", "q": "q", "lacks": "why no figure"}  # fmt: skip
    tables.table(shown, columns, key="outcomes_table", alt=f"Outcomes by {WORDS[by]}")
