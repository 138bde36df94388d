"""Drawing a stored sample again, from the frame as it stood: the proof that nobody chose the items."""

from dataclasses import dataclass

from review.sampling.frames import Frame, Warehouse, read_frame
from review.sampling.samples import DrawnStratum, Sample, redrawn


@dataclass(frozen=True, slots=True)
class Replay:
    """What drawing again gave. `missing` are stored items that were not drawn again, `added` the other way round.

    `changed_strata` are those whose size is not the stored one, or that only one of both has.
    """

    missing: tuple[str, ...]
    added: tuple[str, ...]
    changed_strata: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not (self.missing or self.added or self.changed_strata)


def replayed(sample: Sample, warehouse: Warehouse) -> Replay:
    """`warehouse` holds what had arrived up to the sample's sequence numbers (`storage.replay.as_of`)."""
    frame = read_frame(warehouse, sample.plan, week=sample.week)
    stored = {one.name: one for one in sample.strata}
    items = {one.name: stored[one.name].drawn if one.name in stored else 0 for one in frame.strata}
    again = set(redrawn(frame, items, seed=sample.seed))
    return Replay(
        missing=tuple(unit for unit in sample.items if unit not in again),
        added=tuple(sorted(again - set(sample.items))),
        changed_strata=_changed(frame, stored),
    )


def _changed(frame: Frame, stored: dict[str, DrawnStratum]) -> tuple[str, ...]:
    now = {one.name: (one.size, one.certainty) for one in frame.strata}
    then = {name: (one.population, one.certainty) for name, one in stored.items()}
    return tuple(sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name)))
