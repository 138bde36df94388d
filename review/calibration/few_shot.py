"""Which items a judge's prompt may have learned from: they cannot grade it.

Examples are chosen among open items, the worst disagreements first. What is left of those items after the choice would
flatter the judge, so all that stood to choice count as shown, not only the ones that were written out: the held-out
items of the same weeks and the labels of later weeks remain, and both are drawn fairly.

A judge's versions that had scored before an export cannot have seen it. Without a version nobody can tell, and the
judge counts as having seen it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from review import audit, people
from review.calibration.study import Study
from storage.ledger_database import Database, our_errors
from storage.review_tables import anchor_sets, example_exports, held_out_splits, shown_examples
from storage.rights_tables import erasures_done

BETWEEN = " · "
"""Between the parts of a judge's title: its name comes first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An export: `chosen_from` holds the items `written`; `spared` are titles of versions that had scored before."""

    rubric: str
    rubric_version: int
    criterion: str
    judge: str
    spared: tuple[str, ...]
    chosen_from: frozenset[str]
    written: frozenset[str]


def shown_items(database: Database, judge: str) -> set[str]:
    """Items that this judge's prompt may have learned from. `judge` is its title, or its name for any later version."""
    return set().union(*(items for taken, items in _exports(database, judge) if judge not in taken))


def shown_to(database: Database, judges: Iterable[str]) -> dict[str, frozenset[str]]:
    """As `shown_items` for several titles; those without any are left out."""
    found: dict[str, frozenset[str]] = {}
    by_name: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    with_exports = _judges(database)
    for title in judges:
        name = name_of(title)
        if name not in with_exports:
            continue
        by_name.setdefault(name, _exports(database, name))
        items = frozenset[str]().union(*(items for spared, items in by_name[name] if title not in spared))
        if items:
            found[title] = items
    return found


def written_items(database: Database) -> set[str]:
    """Items that were written out as examples, for any judge."""
    asked = sa.select(shown_examples.c.item).where(shown_examples.c.written).distinct()
    with our_errors("being read"), database.reading() as connection:
        return set(connection.execute(asked).scalars())


def prompts_version(database: Database) -> tuple[int, ...]:
    """Another one whenever something was held out, taken out, frozen or erased; for caches."""
    counted = [sa.select(sa.func.count()).select_from(table).scalar_subquery()
               for table in (held_out_splits, example_exports, anchor_sets)]  # fmt: skip
    counted.append(erasures_done())
    with our_errors("being read"), database.reading() as connection:
        return tuple(int(number) for number in connection.execute(sa.select(*counted)).one())


def remember(database: Database, taken: Taken, *, by: str, now: dt.datetime) -> int:
    """Keep what was taken out, before it leaves; returns the export's number. Raises `NotAllowed`."""
    row = {"at": now, "by": by, "rubric": taken.rubric, "rubric_version": taken.rubric_version,
           "criterion": taken.criterion, "judge": name_of(taken.judge), "spared": list(taken.spared)}  # fmt: skip
    with our_errors("keeping what was taken out"), database.writing() as connection:
        people.require(connection, by, people.Right.EXPORT)
        number = connection.execute(sa.insert(example_exports).returning(example_exports.c.id), [row]).scalar_one()
        listed = [{"export": number, "item": item, "written": item in taken.written}
                  for item in sorted(taken.chosen_from | taken.written)]  # fmt: skip
        if listed:
            connection.execute(sa.insert(shown_examples), listed)
        detail = {"criterion": taken.criterion, "examples": len(taken.written), "chosen_from": len(listed)}
        audit.record(connection, actor=by, action=audit.Action.EXAMPLES_EXPORTED, subject=name_of(taken.judge),
                     detail=detail, now=now)  # fmt: skip
    return int(number)


def unshown(study: Study, judge: str, items: Collection[str]) -> Study:
    """The study without those items, the others standing for their strata; notes say how many labels it left out."""
    out = study.labels["item"].isin(list(items))
    if not out.any():
        return study
    kept = study.labels[~out]
    drawn, left = (one.drop_duplicates("item").groupby("stratum").size() for one in (study.labels, kept))
    grown = kept["weight"] * kept["stratum"].map(drawn / left.reindex(drawn.index))
    note = f"{int(out.sum())} labels are left out for {judge}: the examples in its prompt were chosen among them"
    return replace(
        study, labels=kept.assign(weight=grown).reset_index(drop=True), notes=(*study.notes, note),
        shown=int(out.sum()),
    )  # fmt: skip


def name_of(judge: str) -> str:
    """The judge's name, of its title."""
    return judge.split(BETWEEN)[0]


def _judges(database: Database) -> set[str]:
    with our_errors("being read"), database.reading() as connection:
        return set(connection.execute(sa.select(example_exports.c.judge).distinct()).scalars())


def _exports(database: Database, judge: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Of each export for the judge: the versions it spares, and the items it shows."""
    asked = (
        sa.select(example_exports.c.id, example_exports.c.spared, shown_examples.c.item)
        .join(shown_examples)
        .where(example_exports.c.judge == name_of(judge))
    )
    spared: Mapping[int, frozenset[str]]
    spared, items = {}, defaultdict(set)
    with our_errors("being read"), database.reading() as connection:
        for number, titles, item in connection.execute(asked):
            spared[number] = frozenset(titles)
            items[number].add(item)
    return [(spared[number], frozenset(found)) for number, found in items.items()]
