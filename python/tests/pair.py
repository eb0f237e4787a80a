"""The same program on 0.1.2 and on this package.

`GRACEFUL_SHUTDOWN_ORIGINAL` names a Python that has graceful-shutdown 0.1.2:

    python -m venv original && original/bin/pip install graceful-shutdown==0.1.2
    GRACEFUL_SHUTDOWN_ORIGINAL=original/bin/python pytest

What 0.1.2 does wrong is asserted as well: a difference that has gone is no difference to write about.
"""

from __future__ import annotations

import os
import sys

import pytest

from victim import PRELUDE, End, Victim

ORIGINAL = os.environ.get("GRACEFUL_SHUTDOWN_ORIGINAL", "")

needs_original = pytest.mark.skipif(
    not ORIGINAL, reason="GRACEFUL_SHUTDOWN_ORIGINAL does not name a Python that has graceful-shutdown 0.1.2"
)


def start_both(script: str, prelude: str = PRELUDE) -> tuple[Victim, Victim]:
    """0.1.2 first. They run at the same time."""
    # What leads to this package must not lead 0.1.2's interpreter to it.
    original = Victim(script, python=ORIGINAL, prelude=prelude, PYTHONPATH="")
    return original, Victim(script, python=sys.executable, prelude=prelude)


def run_both(script: str, prelude: str = PRELUDE) -> tuple[End, End]:
    original, ours = start_both(script, prelude)
    return original.end(), ours.end()


def seconds(end: End, word: str) -> float:
    """The number at the end of the only line that begins with this word."""
    (line,) = (line for line in end.lines if line.startswith(word))
    return float(line.split()[-1])
