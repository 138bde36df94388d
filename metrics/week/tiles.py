"""The week in words: what pages and reports draw as tiles. It may hold names from traces: draw it as text only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from metrics import words
from metrics.alerts.evaluate import Level
from metrics.alerts.states import Alert
from metrics.outcomes.shares import Outcome
from metrics.week.causes import Cause, WentLive
from metrics.week.compared import Compared, Direction, Figure
from metrics.week.quality import PEOPLE, Quality
from metrics.week.summary import COST, TIME, InTime, ReviewProgress, Summary, Traffic
from metrics.week.weeks import Week

MOST_ALERTS = 2
"""Alerts that a tile names; the page Alerts has all of them."""
MOST_MORE = 2
"""Criteria that a tile names besides the first."""
_LONGEST, _LONGEST_NAME = 48, 40


class Mood(StrEnum):
    """How a tile is coloured; its verdict says the same in words."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The page that shows what is behind a tile, by its address, and what its link says besides window and filters."""

    page: str
    words: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One answer: `verdict` in a word or two, `notes` a line each."""

    key: str
    title: str
    value: str
    verdict: str
    mood: Mood
    notes: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Told:
    """The whole screen: a sentence, the tiles, and what went live in the two weeks, a line each."""

    headline: str
    tiles: tuple[Tile, ...]
    went_live: tuple[str, ...] = field(default=())


OUTCOMES = {
    Outcome.CONTAINED: "Helped without a person",
    Outcome.ESCALATED: "Handed to a person",
    Outcome.SOLVED: "Solved",
    Outcome.REPEATED: "Had to ask again",
}
"""Outcomes with a tile; who had to ask again stands in for solved where nobody said what is."""
QUALITY_KEY, _THIRD = "quality", "third"
KEYS = (Outcome.CONTAINED.value, Outcome.ESCALATED.value, _THIRD, QUALITY_KEY, COST, TIME, "alerts", "review")
"""Places of the tiles, in their order."""
QUALITY, _ALERTS = "Answer quality", "Alerts that ask for action"
_MOODS = {Direction.BETTER: Mood.GOOD, Direction.SLIGHTLY_BETTER: Mood.GOOD,
          Direction.WORSE: Mood.BAD, Direction.SLIGHTLY_WORSE: Mood.BAD}  # fmt: skip
Worded = Callable[[float | None], str]


def told(summary: Summary, *, now: datetime, human_cost: float | None = None) -> Told:
    """The summary in words. `now` (UTC) tells which alerts are quiet; `human_cost` is a person's, in US dollars."""
    *outcomes, cost, time = traffic_tiles(summary.traffic, human_cost=human_cost)
    figures = [*outcomes, quality_tile(summary), cost, time]
    tiles = [*figures, alerts_tile(summary.alerts, now=now), review_tile(summary.review, summary.week)]
    return Told(headline(summary.week, figures), tuple(tiles), tuple(_live_words(one) for one in summary.went_live))


def place_of(tile: Tile) -> str:
    """Which of `KEYS` a tile has: two outcomes take turns in the third."""
    return tile.key if tile.key in KEYS else _THIRD


def dates(week: Week) -> str:
    """`9 to 15 Nov 2026`."""
    last = week.until - timedelta(microseconds=1)
    first = f"{week.since.day}" if week.since.month == last.month else f"{week.since.day} {week.since:%b}"
    return f"{first} to {last.day} {last:%b %Y}" if week.since.date() != last.date() else f"{last.day} {last:%b %Y}"


def headline(week: Week, tiles: Sequence[Tile]) -> str:
    """One sentence: what is worse, what is better, than the week before; or that most figures cannot tell."""
    parts = [
        f"{name}: {', '.join(tile.title.lower() for tile in tiles if tile.mood is mood)}"
        for name, mood in (("Worse", Mood.BAD), ("Better", Mood.GOOD))
        if any(tile.mood is mood for tile in tiles)
    ]
    alike = sum(tile.verdict == Direction.SAME for tile in tiles)
    told = ". ".join(parts) or ("No sure difference" if 2 * alike >= len(tiles) else "Not enough data to tell")
    against = "the same part of the week before" if week.is_so_far else "the week before"
    return f"{told}. {week.name}, {dates(week)}, against {against}."


def traffic_tiles(traffic: Traffic, *, human_cost: float | None) -> list[Tile]:
    """How conversations ended, what they cost, how long answers took."""
    figures = traffic.figures
    third = Outcome.SOLVED if figures[Outcome.SOLVED].now is not None else Outcome.REPEATED
    tiles = [_outcome_tile(traffic, one) for one in (Outcome.CONTAINED, Outcome.ESCALATED, third)]
    return [*tiles, _cost_tile(traffic, human_cost=human_cost), _time_tile(traffic)]


def quality_tile(summary: Summary) -> Tile:
    """What people, and judges held against them, say of the answers; else what judges say on their own."""
    if not summary.checked:
        return _uncalibrated_tile(summary)
    is_of_week = [one for one in summary.checked if one.week == summary.week.name]
    shown = sorted(is_of_week or summary.checked, key=lambda one: not one.compared.is_sure)
    first, rest = shown[0], shown[1:]
    evidence = Evidence("judge", "How it was corrected", (("criterion", first.criterion), ("part", "Over time")))
    notes = [f"{first.criterion}; {_likely(first.compared, _scored(first))}"]
    notes += [f"{one.criterion} {_value_was(one.compared, _scored(one))}" for one in rest[:MOST_MORE]]
    now = first.compared.now
    checked = f"people checked {now.n if now else 0} answers" + (" of all applications" if summary.wanted.apps else "")
    if first.week != summary.week.name:
        alone = next((one for one in summary.judged if one.criterion == first.criterion), None)
        notes.append(f"{checked} of {first.week}")
        if alone is not None:
            notes.append(f"judge alone {_value_was(alone.compared, _scored(alone))}: uncalibrated")
        return Tile("quality", QUALITY, _now(first.compared, _scored(first)), "week not checked yet",
                    Mood.NEUTRAL, tuple(notes), evidence)  # fmt: skip
    notes.append(checked + ("" if first.judge == PEOPLE else "; a judge makes it sharper"))
    direction = first.compared.direction
    verdict = direction.value if first.compared.before else "nothing to compare with"
    return Tile("quality", QUALITY, _now(first.compared, _scored(first)), verdict,
                _MOODS.get(direction, Mood.NEUTRAL), tuple(notes), evidence)  # fmt: skip


def alerts_tile(alerts: tuple[Alert, ...] | None, *, now: datetime) -> Tile:
    """What asks for somebody, and who has it."""
    evidence = Evidence("alerts", "All alerts")
    if alerts is None:
        return Tile("alerts", _ALERTS, words.UNKNOWN, "not kept here", Mood.NEUTRAL, (), evidence)
    loud = [one for one in alerts if not one.is_quiet(now)]
    loud.sort(key=lambda one: (one.level is not Level.ACT, one.opened_at))
    acting = [one for one in loud if one.level is Level.ACT]
    free = sum(not one.acknowledged_by for one in acting)
    notes = [_alert_words(one) for one in loud[:MOST_ALERTS]]
    left, quiet = len(loud) - len(notes), len(alerts) - len(loud)
    if left or quiet:
        notes.append(", ".join(f"{many} {what}" for many, what in ((left, "more"), (quiet, "kept quiet")) if many))
    if not alerts:
        notes = ["no rule has found anything"]
    verdict = "somebody has each" if acting else "none asks for action"
    if free:
        verdict = "nobody has any" if free == len(acting) else f"nobody has {free} of them"
    return Tile("alerts", _ALERTS, str(len(acting)), verdict,
                Mood.BAD if free else Mood.NEUTRAL, tuple(notes), evidence)  # fmt: skip


def review_tile(review: ReviewProgress | None, week: Week) -> Tile:
    """How far people are with the week's sample."""
    title = "Review of this week"
    if review is None:
        return Tile("review", title, words.UNKNOWN, "no sample drawn", Mood.NEUTRAL,
                    (f"nothing of {week.name} waits to be checked",), Evidence("samples", "Samples"))  # fmt: skip
    done = review.labelled >= review.wanted
    share = review.labelled / review.wanted if review.wanted else 0.0
    verdict = "done" if done else words.share(share).replace(".0 %", " %") if review.labelled else "not begun"
    note = "labels of the week's sample" + ("" if share >= 0.5 else "; it counts from half of them on")
    evidence = Evidence("samples", "The sample", (("sample", review.sample), ("section", "drawn")))
    return Tile("review", title, f"{review.labelled} of {review.wanted}", verdict,
                Mood.GOOD if done else Mood.NEUTRAL, (note,), evidence)  # fmt: skip


def _outcome_tile(traffic: Traffic, outcome: Outcome) -> Tile:
    compared = traffic.figures[outcome]
    evidence = Evidence("outcomes", "The conversations", (("outcome", outcome.value), ("by", "app_version")))
    notes = [_likely(compared, words.share), _of(compared, "conversation")]
    return _tile(outcome.value, OUTCOMES[outcome], compared, words.share, evidence,
                 [*notes, *_since(traffic.causes.get(outcome), words.share)])  # fmt: skip


def _cost_tile(traffic: Traffic, *, human_cost: float | None) -> Tile:
    compared = traffic.figures[COST]
    notes = [_likely(compared, words.usd)]
    if traffic.priced < traffic.conversations:
        notes.append(
            f"price known of {words.count(traffic.priced)} of {words.counted(traffic.conversations, 'conversation')}"
        )
    else:
        notes.append(_of(compared, "conversation"))
    if human_cost is not None:
        notes.append(f"a person costs {words.usd(human_cost)}")
    evidence = Evidence("cost", "What it is spent on", (("group", "step"),))
    notes += _since(traffic.causes.get(COST), words.usd)
    return _tile(COST, "Cost of a conversation", compared, words.usd, evidence, notes)


def _time_tile(traffic: Traffic) -> Tile:
    compared = traffic.figures[TIME]
    notes = ["95 of 100 answers came sooner", _likely(compared, words.duration), _of(compared, "answer")]
    notes += [_in_time(one) for one in traffic.in_time]
    cause = traffic.causes.get(TIME)
    if cause is not None:
        notes.append(f"since {_live_words(cause.went_live)}: {words.share(cause.with_it)} slow with it, "
                     f"{words.share(cause.without_it)} without")  # fmt: skip
    evidence = Evidence("latency", "Each step's time", (("percentile", "p95"),))
    tile = _tile(TIME, "Time to answer", compared, words.duration, evidence, notes)
    if any(one.is_kept is False for one in traffic.in_time):
        return Tile(TIME, tile.title, tile.value, f"target missed; {tile.verdict}", Mood.BAD, tile.notes, evidence)
    return tile


def _uncalibrated_tile(summary: Summary) -> Tile:
    evidence = Evidence("judges", "Judges")
    if not summary.judged:
        how = "people label a sample on the page Label; a judge's scores come with the traces"
        return Tile("quality", QUALITY, words.UNKNOWN, "nobody judged it", Mood.NEUTRAL, (how,), evidence)
    first, rest = summary.judged[0], summary.judged[1:3]
    notes = [f"{first.criterion}, says {first.judge}; {_likely(first.compared, _scored(first))}"]
    notes += [f"{one.criterion} {_value_was(one.compared, _scored(one))}, says {one.judge}" for one in rest]
    return Tile("quality", QUALITY, _now(first.compared, _scored(first)), "uncalibrated", Mood.NEUTRAL,
                tuple(notes), evidence)  # fmt: skip


def _tile(key: str, title: str, compared: Compared, worded: Worded, evidence: Evidence, notes: Sequence[str]) -> Tile:
    direction = compared.direction
    kept = tuple(note for note in notes if note)
    return Tile(key, title, _now(compared, worded), direction.value, _MOODS.get(direction, Mood.NEUTRAL),
                kept or (compared.lacks,), evidence)  # fmt: skip


def _now(compared: Compared, worded: Worded) -> str:
    return words.UNKNOWN if compared.now is None else worded(compared.now.value)


def _value_was(compared: Compared, worded: Worded) -> str:
    before = "" if compared.before is None else f", was {worded(compared.before.value).partition(' of ')[0]}"
    return f"{_now(compared, worded).partition(' of ')[0]}{before}"


def _likely(compared: Compared, worded: Worded) -> str:
    """`was 6.8 %; likely 13.5 to 27.4 %`."""
    now, before = compared.now, compared.before
    if now is None:
        return compared.lacks
    parts = [] if before is None else [f"was {worded(before.value).partition(' of ')[0]}"]
    if now.low is not None and now.high is not None:
        low, high = worded(now.low), worded(now.high)
        number, _, unit = low.partition(" ")
        first = number if unit and high.endswith(f" {unit}") else low
        parts.append(f"likely {first} to {high.removeprefix('$').partition(' of ')[0]}")
    elif now.low is not None:
        parts.append(f"likely {worded(now.low)} or more")
    return "; ".join(parts)


def _of(compared: Compared, noun: str) -> str:
    now: Figure | None = compared.now
    return "" if now is None else f"of {words.counted(now.n, noun)}"


def _scored(one: Quality) -> Worded:
    """How a criterion's figure is worded: `58.3 %`, `3.45 of 5`, `4.30`."""
    if one.is_share:
        return words.share
    top = "" if one.highest is None else f" of {one.highest:g}"

    def worded(value: float | None) -> str:
        return words.UNKNOWN if value is None else f"{value:.2f}{top}"

    return worded


def _since(cause: Cause | None, worded: Worded) -> list[str]:
    if cause is None:
        return []
    return [
        f"since {_live_words(cause.went_live)}: {worded(cause.with_it)} with it, {worded(cause.without_it)} without"
    ]


def _live_words(one: WentLive) -> str:
    """`app version 4.4.0 (2 Nov, nobody registered it)`."""
    by = "" if one.is_registered else ", nobody registered it"
    return f"{_short(one.words, _LONGEST_NAME)} ({one.at.day} {one.at:%b}{by})"


def _in_time(one: InTime) -> str:
    """`97.1 % within 8 s, target 95 %, was 98.0 %`."""
    was = "" if one.share_before is None else f", was {words.share(one.share_before)}"
    of_app = f" of {one.limit.app}" if one.limit.app else ""
    target = f"target {100 * one.limit.share_within:g} %"
    return f"{words.share(one.share)}{of_app} within {one.limit.limit:g} s, {target}{was}"


def _alert_words(one: Alert) -> str:
    said = str(one.evidence["words"])
    since = datetime.fromisoformat(one.evidence["since"])
    whose = f"{_short(one.acknowledged_by, _LONGEST_NAME)} has it" if one.acknowledged_by else "nobody has it"
    return f"{_short(said, _LONGEST)} ({since.day} {since:%b}; {whose})"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
