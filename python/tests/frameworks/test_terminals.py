"""C26 where somebody sits at a terminal: Ctrl-C interrupts what runs, after its block, and the session goes on."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from signal import SIGINT, SIGTERM
from time import sleep

import pytest

from program import Place, Program, program

CTRL_C = "\x03"
ROUNDS = 5
"""More than `max_attempts`."""

SCRIPT = """
TORN, SLEPT = "torn", "slept"  # not where a traceback shows the source
import os, time
from graceful_shutdown import *

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def work(number):
    with ShutdownProtection(60) as block:
        say("inside", number)
        while not is_shutdown_requested():
            time.sleep(0.01)
        say("undisturbed", number)
        block.allow_break()
        say(TORN, number)

def unheeding(number):
    with ShutdownProtection(60):
        say("inside", number)
        time.sleep(60)
        say(TORN, number)

def unprotected(number):
    say("sleeping", number)
    time.sleep(60)
    say(SLEPT, number)
"""

SHELLS = ["python", "basic", "ipython", "ipython simple"]


@contextmanager
def shell(kind: str, place: Place) -> Generator[Program]:
    """A shell at its first prompt, in which the functions of the script are known."""
    script = place.path / "script.py"
    script.write_text(SCRIPT)
    environment = place.environment(TERM="xterm", IPYTHONDIR=str(place.path))
    command = [sys.executable, "-i", str(script)]
    if kind == "basic":
        environment["PYTHON_BASIC_REPL"] = "1"  # else, from 3.13 on, one that is written in Python
    if kind.startswith("ipython"):
        pytest.importorskip("IPython", reason="IPython is not installed")
        simple = ["--simple-prompt"] if "simple" in kind else []
        command = [sys.executable, "-m", "IPython", "--no-banner", "--no-confirm-exit", *simple, "-i", str(script)]
    with program(*command, terminal=True, environment=environment) as started:
        prompt(started)
        yield started


def prompt(session: Program) -> None:
    session.expect(r"In .*\d+.*: |>>> ")


def ended_by(signum: int, kind: str) -> set[int]:
    """The REPL that is written in Python ends with 1 after any `SystemExit`, on CPython 3.13.0."""
    written_in_python = kind == "python" and sys.version_info >= (3, 13)
    return {-signum, 1} if written_in_python else {-signum}


def is_alive(session: Program, number: int, expression: str = "open_blocks()") -> str:
    """It has a prompt, and answers."""
    prompt(session)
    session.write(f"print('alive' '{number}', {expression})\n")
    return session.expect(rf"alive{number} (.*)\n")[1]


@pytest.mark.parametrize("kind", SHELLS)
def test_c26_ctrl_c_in_a_block_and_the_session_goes_on(kind: str, place: Place) -> None:
    with shell(kind, place) as session:
        for number in range(ROUNDS):
            session.write(f"work({number})\n")
            session.expect(f"inside {number}\n")
            session.write(CTRL_C)
            session.expect(f"undisturbed {number}\n")
            session.expect("KeyboardInterrupt")
            assert is_alive(session, number) == "[]"
            prompt(session)
        session.write("exit()\n")
        end = session.end()
    assert "torn" not in end.stdout
    assert end.status == 0


@pytest.mark.parametrize("kind", SHELLS)
def test_c26_nothing_is_pending_after_ctrl_c(kind: str, place: Place) -> None:
    with shell(kind, place) as session:
        session.write("work(0)\n")
        session.expect("inside 0\n")
        session.write(CTRL_C)
        session.expect("KeyboardInterrupt")
        assert is_alive(session, 0, "is_shutdown_requested(), wait(0.001)") == "False False"
        prompt(session)
        session.write("exit()\n")
        assert session.end().status == 0


@pytest.mark.parametrize("kind", SHELLS)
def test_c26_ctrl_c_without_a_block_and_the_session_goes_on(kind: str, place: Place) -> None:
    """The handlers are installed: nothing shields what runs outside of blocks."""
    with shell(kind, place) as session:
        session.write("configure_shutdown_manager()\n")
        for number in range(ROUNDS):
            session.write(f"unprotected({number})\n")
            session.expect(f"sleeping {number}\n")
            session.write(CTRL_C)
            session.expect("KeyboardInterrupt")
            assert is_alive(session, number) == "[]"
            prompt(session)
        session.write("exit()\n")
        end = session.end()
    assert "slept" not in end.stdout
    assert end.status == 0


# IPython's other prompt reads Ctrl-C as a key.
@pytest.mark.parametrize("kind", ["python", "basic", "ipython simple"])
def test_c26_ctrl_c_at_the_prompt_and_the_session_goes_on(kind: str, place: Place) -> None:
    with shell(kind, place) as session:
        session.write("configure_shutdown_manager()\n")
        session.expect("manager")
        for number in range(ROUNDS):
            prompt(session)
            session.write("half a line")
            session.expect("half a line")
            session.write(CTRL_C)
            session.expect("KeyboardInterrupt")
            assert is_alive(session, number) == "[]"
        prompt(session)
        session.write("exit()\n")
        assert session.end().status == 0


@pytest.mark.parametrize("kind", ["python", "basic"])
def test_c3_sigterm_at_the_prompt_ends_the_session(kind: str, place: Place) -> None:
    with shell(kind, place) as session:
        session.write("configure_shutdown_manager()\n")
        session.expect("manager")
        prompt(session)
        session.write("half a line")
        session.expect("half a line")
        session.signal(SIGTERM)
        assert session.end().status in ended_by(SIGTERM, kind)


# IPython lives on after a `SystemExit`.
@pytest.mark.parametrize("kind", ["python", "basic"])
def test_c5_the_third_ctrl_c_in_a_block_ends_the_session(kind: str, place: Place) -> None:
    with shell(kind, place) as session:
        session.write("unheeding(0)\n")
        session.expect("inside 0\n")
        for _ in range(3):
            session.write(CTRL_C)
            sleep(0.1)  # further apart than those that count as one (C2)
        end = session.end()
    assert "torn" not in end.stdout
    assert end.status in ended_by(SIGINT, kind)
