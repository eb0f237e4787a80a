"""The Python of the project's README and PLATFORM.md runs as it stands there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from victim import run

DOCUMENTS = [Path(__file__).parents[2] / name for name in ("README.md", "PLATFORM.md")]
BLOCKS = [
    textwrap.dedent(block)
    for document in DOCUMENTS
    for block in re.findall(r"^ *```python\n(.*?)^ *```", document.read_text(), re.DOTALL | re.MULTILINE)
]


def test_the_readme_has_examples() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("example", BLOCKS)
def test_an_example_of_the_readme_runs(example: str) -> None:
    if "import trio" in example:
        pytest.importorskip("trio", reason="trio is not installed")
    end = run(f"{example}\nsay('ran')")
    assert (end.status, end.lines, end.stderr) == (0, ["ran"], "")
