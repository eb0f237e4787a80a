"""C3, C6, C9 and C21 where `user32` is loaded, and without a console: messages to the hidden window."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from .program import STATUS_CONTROL_C_EXIT, Program, check, raised

LOGOFF = 0x80000000
"""ENDSESSION_LOGOFF."""
PYTHONW = str(Path(sys.executable).with_name("pythonw.exe"))

both = pytest.mark.parametrize("python", [sys.executable, PYTHONW], ids=["python", "pythonw"])

BLOCK = """
import ctypes  # loads user32, as ssl and hashlib do
try:
    with ShutdownProtection() as block:
        say("inside")
        pend()
        say("pending")
        hear()
        say("rolled back")
        block.allow_break()
except SystemExit as end:
    told(end)
    raise
"""


def all_agree(answer: str) -> None:
    """There is a window, and each that there is agrees."""
    _, _, answers = answer.partition(" answers ")
    assert answers and set(answers.split()) == {"1"}, answer


@both
@pytest.mark.parametrize(("bits", "event"), [(0, "shutdown"), (LOGOFF, "logoff")])
def test_c9_c21_the_end_of_the_session_waits_for_the_block(python: str, bits: int, event: str) -> None:
    program = Program(BLOCK, python)
    program.expect("inside")
    all_agree(program.message("query", bits).answer())
    host = program.message("end", bits)
    program.expect("pending")
    time.sleep(0.7)
    assert not host.is_through(), "the system is told too early that the program is done"
    program.tell()
    check(program.end(), STATUS_CONTROL_C_EXIT, ["inside", "pending", "rolled back", raised(event)])
    host.ends()


@both
def test_c9_taskkill_is_an_event(python: str) -> None:
    program = Program(BLOCK, python)
    program.expect("inside")
    subprocess.run(["taskkill", "/PID", str(program.process.pid)], check=True, capture_output=True)
    program.expect("pending")
    program.tell()
    check(program.end(), STATUS_CONTROL_C_EXIT, ["inside", "pending", "rolled back", raised("close")])


@both
def test_c3_taskkill_without_a_block_runs_finally_and_the_exit_functions(python: str) -> None:
    program = Program(
        """
        import atexit, ctypes
        atexit.register(say, "exit function")
        configure_shutdown_manager()
        try:
            say("working")
            time.sleep(30)
        finally:
            say("finally")
        """,
        python,
    )
    program.expect("working")
    program.message("close").answer()
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working", "finally", "exit function"])


def test_c26_an_end_of_the_session_that_is_called_off_is_no_event() -> None:
    program = Program("""
        import ctypes
        configure_shutdown_manager()
        say("working")
        hear()
        say("requested", is_shutdown_requested())
    """)
    program.expect("working")
    all_agree(program.message("query").answer())
    program.message("cancel").answer()
    program.tell()
    check(program.end(), 0, ["working", "requested False"])


def test_c6_a_logoff_can_be_ignored() -> None:
    program = Program("""
        import ctypes
        configure_shutdown_manager(terminate_on_logoff=False)
        say("working")
        hear()
        say("requested", is_shutdown_requested())
    """)
    program.expect("working")
    all_agree(program.message("query", LOGOFF).answer())
    program.message("end", LOGOFF).answer()
    program.tell()
    check(program.end(), 0, ["working", "requested False"])
