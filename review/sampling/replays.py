"""Drawing a stored sample again, from the frame as it stood: the proof that nobody chose the items."""

from dataclasses import dataclass

from review.sampling.draws import drawn
from review.sampling.frames import Stratum, Warehouse, read_frame
from review.sampling.samples import DrawnStratum, Sample


@dataclass(frozen=True, slots=True)
class Replay:
    """What drawing again gave. `missing` are stored items that were not drawn again, `added` the other way round.

    `changed_strata` are those whose size is not the stored one, or that only one of both has. What was erased since is
    in none of them: `erased_items` of the sample's own, `erased_units` of all that it was drawn from.
    `touched_sessions` lost a trace and are still there: where one stands in another stratum now, the draw differs.
    """

    missing: tuple[str, ...]
    added: tuple[str, ...]
    changed_strata: tuple[str, ...]
    erased_items: int = 0
    erased_units: int = 0
    touched_sessions: int = 0

    @property
    def is_same(self) -> bool:
        return not (self.missing or self.added or self.changed_strata)


def replayed(sample: Sample, warehouse: Warehouse) -> Replay:
    """`warehouse` holds what had arrived up to the sample's sequence numbers (`storage.replay.as_of`).

    The units with the lowest numbers are drawn, so those that were drawn and stay are the lowest of all that stay: of a
    stratum that lost items to erasures so many fewer are drawn again.
    """
    stored = {one.name: one for one in sample.strata}
    strata = _strata_now(sample, warehouse)
    items = {name: one.drawn - one.erased_items for name, one in stored.items()}
    again = {unit for one in strata for unit in drawn(one.units, items.get(one.name, 0), seed=sample.seed)}
    return Replay(
        missing=tuple(unit for unit in sample.items if unit not in again),
        added=tuple(sorted(again - set(sample.items))),
        changed_strata=_changed(strata, stored),
        erased_items=sum(one.erased_items for one in sample.strata),
        erased_units=sum(one.erased_units for one in sample.strata),
        touched_sessions=sum(one.touched_sessions for one in sample.strata),
    )


def _strata_now(sample: Sample, warehouse: Warehouse) -> tuple[Stratum, ...]:
    """The frame cut again; after an erasure into the strata by name, since the largest may be others now."""
    lost = sum(one.erased_units + one.touched_sessions for one in sample.strata)
    if lost and lost >= sum(one.population for one in sample.strata):
        return ()
    named = [one.name for one in sample.strata] if lost else None
    return read_frame(warehouse, sample.plan, week=sample.week, named=named).strata


def _changed(strata: tuple[Stratum, ...], stored: dict[str, DrawnStratum]) -> tuple[str, ...]:
    now = {one.name: (one.size, one.certainty) for one in strata}
    then = {name: (one.population - one.erased_units, one.certainty) for name, one in stored.items()}
    then = {name: said for name, said in then.items() if said[0]}
    return tuple(sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name)))
