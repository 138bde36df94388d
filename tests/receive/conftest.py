"""One served app for all tests that only send requests; others start their own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.receive.served import Served

SMALL_LIMIT = "[server]\nmax_body_mib = 2\nworkers = 1\n"
"""2 MiB a request, so that what is too large need not be 64 MiB."""
ONE_WORKER = "[server]\nworkers = 1\n"
"""A worker takes seconds to start; one is enough for what is not about workers."""


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    folder = Path(tempfile.mkdtemp(prefix="benchbook-receive-"))
    app = Served(folder / "home", SMALL_LIMIT)
    yield app.start()
    app.close()
    shutil.rmtree(folder)


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts further apps, each with its own settings."""
    started: list[Served] = []

    def start(settings: str = ONE_WORKER, *, prefix: tuple[str, ...] = ()) -> Served:
        app = Served(tmp_path / f"home-{len(started)}", settings)
        started.append(app)
        return app.start(prefix)

    yield start
    for app in started:
        app.close()
