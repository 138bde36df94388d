"""Reviewers in processes of their own, some killed while they hold an item: no label too many, too few, or lost.

The full run (50 reviewers, 2,000 items) is `python -m benchmarks.queue drain`.
"""

import datetime as dt
from pathlib import Path

import pytest

from benchmarks.queue_drain import Queued, drain
from tests.storage.databases import KINDS
from tests.storage.databases import database as database_url


@pytest.mark.parametrize("kind", KINDS)
def test_a_queue_is_drained_right_although_reviewers_are_killed(kind: str, tmp_path: Path) -> None:
    for url in database_url(kind, tmp_path):
        queued = Queued(items=100, twice=20, reviewers=6, killed=2, lease=dt.timedelta(seconds=3))

        found = drain(url, tmp_path, queued)

        assert found.faults == 0, found
        assert (found.labels, found.killed) == (120, 2)
        assert found.taken_over >= 1, "what a killed one held went to another"
