"""What is read from the users' words of conversations: language, topic and mood. Numbers and names leave, no text does.

Only the beginning of each turn is looked at (120 characters, as the warehouse keeps them).
"""

import zlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from metrics.filters import TrafficFilter, nanoseconds
from metrics.outcomes.language import ENGLISH, NOT_SURE, language
from metrics.outcomes.mood import mood
from metrics.outcomes.rules import Rules
from metrics.outcomes.topics import topics
from metrics.questions import Warehouse

_SQL = Path(__file__).parent / "words_of_conversations.sql"
MOST_READ = 5_000
"""Conversations of a window that are read: a fixed part where there are more, some three seconds of work."""
COLUMNS = ("language", "topic", "mood_first", "mood_last", "mood_change")


def with_wording(
    warehouse: Warehouse,
    wanted: TrafficFilter,
    found: pd.DataFrame,
    rules: Mapping[str | None, Rules],
    *,
    most: int = MOST_READ,
) -> pd.DataFrame:
    """`found` (of `conversations`) with `language, topic, mood_first, mood_last, mood_change` beside each.

    Language and topic are None for conversations that were not read: those beyond `most`, by a hash of their id. Moods
    are in -1 to 1, of the first and last turn with words; not measured (NaN) where the language is not English. The
    change is between two turns, so a conversation of one has none. The topic is the one given by a score or tag (rules
    of the apps together), else one fitted on the conversations that were given none.
    """
    if found.empty:
        return found.assign(**dict.fromkeys(COLUMNS))
    picked = sorted(found["conversation_id"], key=lambda one: (zlib.crc32(str(one).encode()), one))[:most]
    rows = warehouse.frame(
        _SQL.read_text(), since_ns=nanoseconds(wanted.since), conversations=picked, **_given_topics(rules)
    )
    read = _read(rows, most_topics=rules[None].topics).set_index("conversation_id")
    return found.join(read, on="conversation_id")


def _given_topics(rules: Mapping[str | None, Rules]) -> dict[str, list[str]]:
    of_all = rules.values()
    return {
        "topic_scores": sorted({name.lower() for one in of_all for name in one.topic_scores}),
        "topic_tags": sorted({name.lower() for one in of_all for name in one.topic_tags}),
    }


def _read(rows: pd.DataFrame, *, most_topics: int) -> pd.DataFrame:
    """`conversation_id` and the columns of `COLUMNS`."""
    worded = rows["worded_turns"] > 0
    of = rows["words"].where(worded, "").astype(str)
    spoken = pd.Series([language(words) for words in of], index=rows.index, dtype=object).where(worded, NOT_SURE)
    english = worded & (spoken == ENGLISH)
    first = pd.Series([mood(words) for words in rows["first_words"][english]], index=rows.index[english], dtype=float)
    last = pd.Series([mood(words) for words in rows["last_words"][english]], index=rows.index[english], dtype=float)
    given = rows["given_topic"].astype(object)
    alone = given.isna()
    fitted = pd.Series(topics(list(of[alone]), most=most_topics), index=rows.index[alone], dtype=object)
    return pd.DataFrame({
        "conversation_id": rows["conversation_id"], "language": spoken, "topic": given.where(~alone, fitted),
        "mood_first": first.reindex(rows.index), "mood_last": last.reindex(rows.index),
        "mood_change": (last - first).where(rows["worded_turns"] > 1).reindex(rows.index),
    })  # fmt: skip
