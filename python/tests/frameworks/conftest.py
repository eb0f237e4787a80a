"""What the tests of the frameworks share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # victim.py

from program import Place


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes minutes; run on demand, with `-m slow`")


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.remove()
