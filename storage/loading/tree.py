"""What only the shape of a trace tells: which spans repeat their descendants' usage, and which lie on a cycle.

Linear in the number of spans whatever their shape: parents come from outside, so a chain may be 100,000 deep and a
span may be its own ancestor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOBODY = -1
_SAME_CALL_LEVELS = 8  # one call is told by spans close to each other; a bound keeps hostile chains linear


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of any number of traces, one place in each array per span.

    `parents`: place of the parent, `NOBODY` for none or one that has not arrived. `calls`: kind is llm or embedding.
    `uses`: has tokens or cost. `same_use`: a number that is equal for equal model and tokens.
    """

    parents: Rows
    starts_ns: Rows
    calls: Flags
    uses: Flags
    same_use: Rows


def on_a_cycle(parents: Rows) -> Flags:
    """Spans that are their own ancestors: those left when leaves are taken off until there are none."""
    children = np.bincount(parents[parents >= 0], minlength=len(parents))
    left = np.ones(len(parents), dtype=bool)
    leaves = np.flatnonzero(children == 0)
    while len(leaves):
        left[leaves] = False
        above = parents[leaves]
        above = above[above >= 0]
        np.subtract.at(children, above, 1)
        leaves = np.unique(above[children[above] == 0])
    return left


def without_cycles(spans: Spans, cyclic: Flags) -> Rows:
    """The parents, with each cycle cut above its earliest span."""
    parents = spans.parents.copy()
    seen: set[int] = set()
    for place in np.flatnonzero(cyclic).tolist():
        if place in seen:
            continue
        cycle = [place]
        while (following := int(spans.parents[cycle[-1]])) != place:
            cycle.append(following)
        seen.update(cycle)
        parents[min(cycle, key=lambda p: (int(spans.starts_ns[p]), p))] = NOBODY
    return parents


def rollups(spans: Spans, parents: Rows) -> Flags:
    """Spans whose usage is told again by spans below them, so that each call is counted once, at its innermost.

    `parents` has no cycles. Source of the rule: agents and chains sum up their calls (Vercel AI SDK, smolagents), and
    one call is told by 2-3 nested spans (LlamaIndex, kagent).
    """
    repeated = _ancestors(parents, np.flatnonzero(spans.calls & spans.uses)) & (spans.uses | spans.calls)
    outer = _nearest_user(parents, spans.uses & ~repeated)
    below = np.flatnonzero(spans.uses & ~repeated & ~spans.calls & (outer >= 0))
    same = below[spans.same_use[below] == spans.same_use[outer[below]]]
    outer_is_the_call = spans.calls[outer[same]]
    repeated[same[outer_is_the_call]] = True
    repeated[outer[same[~outer_is_the_call]]] = True
    return repeated


def with_all_below(chosen: Flags, parents: Rows) -> Flags:
    """The chosen spans and all below them. `parents` has no cycles."""
    found = chosen.copy()
    if not found.any():
        return found
    above = parents.copy()
    while (going := np.flatnonzero(above >= 0)).size:  # each round looks twice as far up
        found[going] |= found[above[going]]
        above[going] = above[above[going]]
    return found


def _ancestors(parents: Rows, places: Rows) -> Flags:
    found = np.zeros(len(parents), dtype=bool)
    at = np.unique(parents[places])
    while len(at := at[at >= 0]):
        at = at[~found[at]]
        found[at] = True
        at = np.unique(parents[at])
    return found


def _nearest_user(parents: Rows, uses: Flags) -> Rows:
    """For each span with usage the nearest ancestor with usage within a few levels, else `NOBODY`."""
    nearest = np.where(uses, parents, NOBODY)
    for _ in range(_SAME_CALL_LEVELS):
        on = np.flatnonzero((nearest >= 0) & ~uses[nearest])
        nearest[on] = parents[nearest[on]]
    nearest[(nearest >= 0) & ~uses[nearest]] = NOBODY
    return nearest
