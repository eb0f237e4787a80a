"""A signal before each bytecode of a block: no event is lost, no block leaks, no body is half done.

The programs are in `bytecode_programs`; `bytecodes` runs them, in a process for each step. Here it is judged what they
said and how they ended. A part of all that: SIGTERM at each step, the other signals at every fifth. With
`EVERY_BYTECODE=all` in the environment each signal comes at each step, in all ways.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from typing import Any

import pytest

from bytecode_programs import PROGRAMS
from pair import ORIGINAL, needs_original
from victim import default_signals

ALL = os.environ.get("EVERY_BYTECODE") == "all"

Result = dict[str, Any]


def results(
    program: str,
    signals: list[int],
    *,
    package: str = "ours",
    stride: int = 1,
    ways: bool = False,
    waits: bool = True,
    thread: str = "main",
) -> list[Result]:
    """The first is without a signal."""
    job = {
        "package": package,
        "program": program,
        "signals": signals,
        "stride": stride,
        "ways": ways,
        "waits": waits,
        "thread": thread,
    }
    done = subprocess.run(
        [
            ORIGINAL if package == "original" else sys.executable,
            Path(__file__).with_name("bytecodes.py"),
            json.dumps(job),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=default_signals,
        check=False,
        env={**os.environ, "PYTHONPATH": "" if package == "original" else os.environ.get("PYTHONPATH", "")},
    )
    assert done.returncode == 0 and not done.stderr, done
    found: list[Result] = json.loads(done.stdout)
    # In that program the main thread only starts the other one and waits: some eight bytecodes.
    assert len(found) > (5 if (program, thread) == ("thread", "main") else 10) / stride, found
    return found


def is_torn(result: Result) -> bool:
    """Has the program done the first step without the second, and not undone it either?"""
    steps = [word for word in result["words"] if word in ("one", "two", "undone")]
    return len(steps) % 2 == 1 or any(step != "one" for step in steps[::2]) or "one" in steps[1::2]


def wrong(name: str, result: Result) -> str:
    """What the contract does not allow in this end of the program; empty: nothing."""
    program, words, status, stderr = PROGRAMS[name], result["words"], result["status"], result["stderr"]
    events = [SIGTERM if word == "pend" else result["signum"] for word in words if word in ("pend", "signal")]
    if is_torn(result):
        return "a body is half done (C4)"
    if status != (-events[0] if events else 0):
        return "the status is not that of the first event (C1, C19, C28)"
    # What asyncio says of a loop that was not made whole, and of a coroutine that it has not begun, is its own.
    begun = name != "loop" or "one" in words
    if stderr and begun and not (events == [SIGINT] and stderr.rstrip().endswith("KeyboardInterrupt")):
        return "something is printed (C28)"
    if "lost" in words:
        return "the event is not seen (C1)"
    # Before the handlers are there, the default action ends the program.
    installed = program["configured"] or words[-1] != "signal"
    if installed and "open 0" not in words:
        return "a block is left open"
    if words.count("before") != (1 if events and program["configured"] else 0):
        return "before_termination has not run once (C16)"
    return ""


def judge(name: str, found: list[Result]) -> None:
    bad = [(wrong(name, result), result) for result in found]
    bad = [(reason, result) for reason, result in bad if reason]
    assert not bad, f"{len(bad)} of {len(found)}; the first: {bad[:3]}"


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_c1_c4_sigterm_before_each_bytecode(program: str) -> None:
    """The step begins when the event is pending; what is raised between bytecodes is raised before it."""
    judge(program, results(program, [SIGTERM]))


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_c1_c4_other_signals_before_bytecodes(program: str) -> None:
    """The program goes on while the event is on its way; sent by the thread, to the process, by another thread."""
    judge(program, results(program, [SIGINT, SIGQUIT, SIGHUP], stride=5, ways=True, waits=False))


@pytest.mark.parametrize("waits", [True, False])
def test_c1_c4_a_signal_before_each_bytecode_of_a_thread(waits: bool) -> None:
    judge("thread", results("thread", [SIGTERM, SIGINT], stride=3, ways=True, waits=waits, thread="worker"))


@pytest.mark.skipif(not ALL, reason="takes minutes: EVERY_BYTECODE=all")
@pytest.mark.parametrize("program", list(PROGRAMS))
@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("signum", [SIGINT, SIGTERM, SIGQUIT, SIGHUP])
def test_c1_c4_each_signal_before_each_bytecode(program: str, waits: bool, signum: int) -> None:
    judge(program, results(program, [signum], ways=True, waits=waits))
    if program == "thread":
        judge(program, results(program, [signum], ways=True, waits=waits, thread="worker"))


@pytest.mark.parametrize("program", ["two steps", "nested", "interrupted"])
def test_a_program_without_protection_is_torn(program: str) -> None:
    """What the tests above look for is there to be found."""
    assert any(is_torn(result) for result in results(program, [SIGTERM], package="nothing"))


@needs_original
@pytest.mark.parametrize(
    ("program", "reasons"),
    [
        # Its inner blocks are refused, and the outer one is cut (D7).
        ("nested", {"a body is half done (C4)"}),
        # Nothing is rolled back under protection: the block is refused (D10).
        ("roll back", {"a body is half done (C4)"}),
        # At exit the event is printed, and lost.
        ("exit", {"a body is half done (C4)", "the status is not that of the first event (C1, C19, C28)"}),
    ],
)
def test_0_1_2_is_torn(program: str, reasons: set[str]) -> None:
    found = results(program, [SIGTERM], package="original", stride=12)
    for result in found:
        # Its status is 1, and it has no list of open blocks.
        result["status"] = -SIGTERM if result["status"] == 1 else result["status"]
        result["words"].append("open 0")
    assert reasons <= {wrong(program, result) for result in found}
