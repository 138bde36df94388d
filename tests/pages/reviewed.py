"""A served home with a week of small traffic, judged, and a sample of it waiting in the queue."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.receive.conftest import ONE_WORKER
from tests.receive.served import ROOT, Served

VERDICT = "zebrafinch"
"""A word that stands in everything a judge said, and nowhere else."""
MODEL = "model-quokka"
"""The model of all traffic: a stratum of the sample."""
MONDAY = datetime(2026, 11, 9, 9, tzinfo=UTC)


class Reviewed(Served):
    """The app, and its ledger."""

    def run_cli(self, *words: str) -> None:
        """A shell command on the home."""
        command = [sys.executable, "-m", "cli", *words, "--home", str(self.home)]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        engine = sa.create_engine(f"sqlite:///{self.home / 'ledger.db'}")
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(sa.text(sql))]
        engine.dispose()
        return found

    def labels(self, reviewer: str) -> list[tuple[str, dict[str, str]]]:
        """Target and answers of each label of a reviewer that stands, in order."""
        found = self.rows(
            f"""SELECT s.id, i.target, l.criterion, l.value FROM submissions s JOIN sample_items i ON i.id = s.item
            JOIN labels l ON l.submission = s.id WHERE s.reviewer = '{reviewer}'
            AND s.id NOT IN (SELECT submission FROM withdrawals) ORDER BY s.at"""
        )
        kept: dict[str, tuple[str, dict[str, str]]] = {}
        for submission, target, criterion, value in found:
            kept.setdefault(submission, (target, {}))[1][criterion] = value
        return list(kept.values())


def reviewed(folder: Path, *, sessions: int = 30) -> Iterator[Reviewed]:
    """The app on a new home, with `sessions` conversations of two turns in the week 2026-W46 and its weekly sample."""
    app = Reviewed(folder / "home", ONE_WORKER)
    traffic = folder / "traffic.jsonl"
    traffic.write_text("\n".join(json.dumps(one) for one in judged_traffic(sessions)) + "\n")
    app.run_cli("ingest", str(traffic))
    app.run_cli("sample", "weekly", "--week", "2026-W46")
    app.start()
    yield app
    app.close()


def judged_traffic(sessions: int) -> Iterator[dict[str, Any]]:
    """Spans and scores as lines of our own format."""
    for session in range(sessions):
        for turn in (1, 2):
            yield from _turn(session, turn)


def _turn(session: int, turn: int) -> Iterator[dict[str, Any]]:
    trace = f"{session * 10 + turn:032x}"
    began = MONDAY + timedelta(minutes=20 * session + turn)

    def span(number: int, name: str, kind: str, **said: Any) -> dict[str, Any]:
        start = began + timedelta(milliseconds=100 * number)
        return {
            "trace_id": trace, "span_id": f"{number:016x}", "parent_span_id": f"{1:016x}" if number > 1 else None,
            "name": name, "kind": kind, "start_ts": start.isoformat(),
            "end_ts": (start + timedelta(milliseconds=2000 if number == 1 else 90)).isoformat(), "status": "ok",
            "session_id": f"conversation-{session}", "app": "helpdesk", **said,
        }  # fmt: skip

    question, answer = f"Question {session}.{turn} about the fee?", f"Answer {session}.{turn}: the fee is 6.90."
    document = {
        "id": f"kb-{session}",
        "content": f"Section {session}: the fee is 6.90 a month.",
        "rank": 1,
        "score": 0.7,
    }
    yield span(1, "chat", "agent", input_text=question, output_text=answer)
    yield span(2, "search", "retriever", input_text=question, documents=[document])
    yield span(
        3, "get_fee", "tool", tool_name="get_fee", input_text='{"account": "classic"}', output_text='{"fee": 6.9}'
    )
    yield span(4, "write", "llm", model=MODEL, input_text=question, output_text=answer)
    yield span(5, "judge", "evaluator", input_text=answer, output_text=f"{VERDICT}: bad")
    yield {
        "trace_id": trace, "name": "helpfulness", "value": 0.2, "label": VERDICT, "explanation": f"A {VERDICT} verdict",
        "source": "judge", "judge_name": f"judge-{VERDICT}", "created_at": began.isoformat(),
    }  # fmt: skip
