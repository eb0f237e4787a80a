"""The Python of the project's README runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from victim import run

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


def test_the_readme_has_examples() -> None:
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("example", BLOCKS)
def test_an_example_of_the_readme_runs(example: str) -> None:
    end = run(f"{example}\nsay('ran')")
    assert (end.status, end.lines, end.stderr) == (0, ["ran"], "")
