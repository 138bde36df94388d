"""Decisions of the release gate in the ledger: each with its figures, thresholds and weeks, only ever added to."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from review import audit, people
from review.calibration.release_gate import Release
from review.calibration.reviewed import Reviewed
from storage.ledger_database import Database, our_errors
from storage.review_tables import gate_decisions


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What was asked (`judge` None: people alone) and what came out."""

    reviewed: Reviewed
    judge: str | None
    release: Release


def keep(database: Database, decided: Decided, *, by: str, now: dt.datetime) -> int:
    """Store a decision with its evidence; returns its number.

    Raises `NotAllowed` when `by` may not, and `StoreFailed`.
    """
    of, release = decided.reviewed, decided.release
    evidence = {**release.as_json(), "weeks": list(of.weeks), "labels": len(of.study.labels)}
    row = {
        "at": now, "by": by, "rubric": of.rubric, "rubric_version": of.rubric_version, "criterion": of.criterion.name,
        "candidate": release.evidence.candidate.named, "baseline": release.evidence.baseline.named,
        "judge": decided.judge, "outcome": release.outcome.value, "evidence": evidence,
    }  # fmt: skip
    with our_errors("keeping a decision"), database.writing() as connection:
        people.require(connection, by, people.Right.DECIDE_RELEASE)
        number = connection.execute(sa.insert(gate_decisions).returning(gate_decisions.c.id), [row]).scalar_one()
        detail = {"criterion": of.criterion.name, "outcome": release.outcome.value, "margin": release.margin}
        audit.record(connection, actor=by, action=audit.Action.GATE_DECIDED, subject=str(number), detail=detail,
                     now=now)  # fmt: skip
    return int(number)


def decisions(database: Database, *, limit: int = 200) -> pd.DataFrame:
    """Decisions, newest first: the columns of `gate_decisions`."""
    asked = sa.select(gate_decisions).order_by(gate_decisions.c.at.desc(), gate_decisions.c.id.desc()).limit(limit)
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked)
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))
