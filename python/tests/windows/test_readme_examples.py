"""The three examples of the README of 0.1.2, as they stand there, with the events of Windows.

In place of the comments that stand for the program's own work there are calls of the functions below; nothing else is
changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .program import EVENTS, STATUS_CONTROL_C_EXIT, Program, check, over

each = pytest.mark.parametrize("event", EVENTS)
both = pytest.mark.parametrize(
    "python", [sys.executable, str(Path(sys.executable).with_name("pythonw.exe"))], ids=["python", "pythonw"]
)

WORK = """
SIGNALLED, OVERRUN = {signalled!r}, {overrun!r}
def work(name):
    say("begin", name)
    if name == SIGNALLED:
        while not is_shutdown_requested() or OVERRUN:
            time.sleep(0.01)
    say("end", name)
def roll_back(name, error):
    say("rolled back", name, type(error).__name__, elapsed())
"""

BLOCKS = """
from graceful_shutdown import ShutdownProtection

with ShutdownProtection(4) as protected_block:

  # BLOCK 1
  try:
      work("block 1")
  except (SystemExit, KeyboardInterrupt) as ex:
      roll_back("block 1", ex)
      # only called if there is a timeout in the block

  protected_block.allow_break()

  # BLOCK 2
  try:
      work("block 2")
  except (SystemExit, KeyboardInterrupt) as ex:
      roll_back("block 2", ex)

say("over")
"""
BLOCK_1 = ["begin block 1", "end block 1"]
BLOCK_2 = ["begin block 2", "end block 2"]


def stderr_of(event: str) -> str:
    return "KeyboardInterrupt" if event == "c" else ""


def blocks(python: str, signalled: str = "", overrun: bool = False) -> Program:
    return Program(WORK.format(signalled=signalled, overrun=overrun) + BLOCKS, python)


@both
def test_c4_the_two_blocks_without_an_event(python: str) -> None:
    check(blocks(python).end(), 0, [*BLOCK_1, *BLOCK_2, "over"])


@both
@each
@pytest.mark.parametrize(("block", "lines"), [("block 1", BLOCK_1), ("block 2", [*BLOCK_1, *BLOCK_2])])
def test_c9_c10_an_event_waits_for_the_end_of_its_block(python: str, event: str, block: str, lines: list[str]) -> None:
    program = blocks(python, signalled=block)
    program.expect(f"begin {block}")
    brought = program.event(event)
    check(program.end(), STATUS_CONTROL_C_EXIT, lines, stderr_of(event))
    assert over(event, brought.answer())


@pytest.mark.parametrize(("event", "exception"), [("c", "KeyboardInterrupt"), ("close", "SystemExit")])
def test_c11_a_first_block_that_takes_too_long_rolls_back_and_the_second_does_not_begin(
    event: str, exception: str
) -> None:
    program = blocks(sys.executable, signalled="block 1", overrun=True)
    program.expect("begin block 1")
    brought = program.event(event)
    end = program.end()
    assert [line.rsplit(" ", 1)[0] for line in end.lines] == ["begin block", f"rolled back block 1 {exception}"], end
    assert float(end.lines[1].split()[-1]) >= 4
    check(end, STATUS_CONTROL_C_EXIT, None, stderr_of(event))
    assert over(event, brought.answer())


CONFIGURED = """
from graceful_shutdown import configure_shutdown_manager

configure_shutdown_manager()
try:
    say("working")
    time.sleep(30)
    say("too late")
finally:
    import atexit
    atexit.register(say, "exit function")
"""


@both
@each
def test_c3_configured_alone_an_event_is_an_exception(python: str, event: str) -> None:
    program = Program(CONFIGURED, python)
    program.expect("working")
    brought = program.event(event)
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working", "exit function"], stderr_of(event))
    assert over(event, brought.answer())


THREAD = """
from graceful_shutdown import configure_shutdown_manager, ShutdownProtection
import threading
import time


class ProtectedThread(threading.Thread):

    def run(self):
        with ShutdownProtection() as protected_block:
            while True:
                protected_block.allow_break()
                work("loop")
                time.sleep(0.1)

# Call this first, otherwise signal registration won't happen properly
configure_shutdown_manager()

# Create, start, and then join our thread
t = ProtectedThread()
t.daemon = True  # Ensures the thread exits when the main thread exits
t.start()
t.join()
"""


@both
@each
def test_c15_c18_the_current_loop_of_the_daemon_thread_is_finished(python: str, event: str) -> None:
    program = Program(WORK.format(signalled="loop", overrun=False) + THREAD, python)
    program.expect("begin loop")
    brought = program.event(event)
    check(program.end(), STATUS_CONTROL_C_EXIT, ["begin loop", "end loop"], stderr_of(event))
    assert over(event, brought.answer())
