"""Overview: better or worse than last week, since which change, what is alerting, how far the week's review is."""

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from metrics.week import weeks
from metrics.week.summary import Summary
from metrics.week.tiles import KEYS, QUALITY_KEY, told
from pages.parts import controls, reads, states, week_reads, week_tiles
from pages.parts.opened import opened

head = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
head.title("Overview", anchor=False, width="stretch")
loaded = reads.loaded(controls.now())
states.stop_if_nothing_loaded(int(loaded["traces"]))
first, newest = week_reads.oldest(loaded), week_reads.newest(loaded)
with head:
    chosen, wanted = week_tiles.asked(first, newest)
week = weeks.week(chosen, newest=newest)
with head:
    week_tiles.report_buttons(week, wanted)
headline = st.empty()
places = week_tiles.places(KEYS)

live = week_reads.went_live(week, wanted)
traffic = week_reads.traffic(week, wanted, live)
if not traffic.conversations and not traffic.still_open:
    week_tiles.say_nothing_began(week, wanted)
now, human_cost = datetime.now(UTC), opened().human_cost
summary = Summary(
    week, wanted, traffic, (), week_reads.judged(week, wanted), live, week_reads.alerts(), week_reads.review(week)
)
early = told(summary, now=now, human_cost=human_cost)  # what people say of the answers takes the longest to read
headline.text(early.headline)
shared = week_tiles.query(week, wanted)
week_tiles.draw(places, [tile for tile in early.tiles if tile.key != QUALITY_KEY], shared)
week_tiles.draw_below(early, shared)
whole = told(replace(summary, checked=week_reads.checked(week)), now=now, human_cost=human_cost)
headline.text(whole.headline)
week_tiles.draw(places, [tile for tile in whole.tiles if tile.key == QUALITY_KEY], shared)
