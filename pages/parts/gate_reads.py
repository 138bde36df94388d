"""What the page of the release gate reads: criteria with labels, and the gate's answer, kept until either changes."""

from pages.parts import kept
from pages.parts.opened import opened
from review.calibration.release_evidence import EARLIER_WEEKS, Question, released, same_in
from review.calibration.release_gate import Release
from review.calibration.reviewed import Reviewed, reviewed
from storage.ledger_database import Database


def criteria(database: Database) -> tuple[Reviewed, ...]:
    """Every criterion with labels in the window."""
    now = opened()
    return kept.answer(database, "criteria", read=lambda: reviewed(database, now.warehouse, rules=now.judges))


def answer(database: Database, of: Reviewed, judge: str | None, question: Question) -> Release:
    """The gate's answer (`review.calibration.release_evidence.released`)."""
    now = opened()

    def earlier() -> Reviewed | None:
        return same_in(of, reviewed(database, now.warehouse, rules=now.judges, last_weeks=EARLIER_WEEKS))

    asked = ("gate", of.rubric, of.rubric_version, of.criterion.name, judge, repr(question))
    return kept.answer(database, *asked, read=lambda: released(of, judge, question, earlier=earlier))
