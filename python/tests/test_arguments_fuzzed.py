"""C30: odd values, made at random, change nothing unless they are taken (`arguments_fuzz` says what is tried).

Always the same values; `ARGUMENT_EXAMPLES=20000` tries so many others.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from victim import default_signals

EXAMPLES = os.environ.get("ARGUMENT_EXAMPLES", "")


@pytest.mark.timeout(3600 if EXAMPLES else 120)
def test_c30_odd_values_are_taken_or_refused_and_change_nothing() -> None:
    end = subprocess.run(
        [sys.executable, Path(__file__).with_name("arguments_fuzz.py"), *filter(None, [EXAMPLES])],
        capture_output=True,
        text=True,
        preexec_fn=default_signals,
        check=False,
    )
    assert (end.returncode, end.stderr) == (77, ""), end.stdout + end.stderr
    assert end.stdout.splitlines() == ["the end", "undisturbed", "before_termination"]
