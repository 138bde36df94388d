"""Published answers and real labels from beside the repository; tests that need them skip where they are absent."""

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[4] / "shared"
JUDGES = SHARED / "fixtures" / "judges"


def reference(name: str) -> Any:
    """One entry of `reference_values.json`."""
    path = SHARED / "reference_values.json"
    if not path.exists():
        pytest.skip("the published values are not on this machine")
    return json.loads(path.read_text())[name]


def judges(name: str) -> Path:
    """A file of people's labels beside judges' scores."""
    path = JUDGES / name
    if not path.exists():
        pytest.skip("the real labels are not on this machine")
    return path
