"""C4, C7, C8 and C27: the signals of the C runtime that the interpreter uses, and who has handled them before."""

from __future__ import annotations

import pytest

from .program import EVENTS, STATUS_CONTROL_C_EXIT, Program, check

SIGNALS = ["SIGINT", "SIGTERM", "SIGBREAK"]


@pytest.mark.parametrize("name", SIGNALS)
def test_c4_c9_a_signal_that_the_program_raises_is_an_event(name: str) -> None:
    program = Program(f"""
        try:
            with ShutdownProtection() as block:
                signal.raise_signal(signal.{name})
                say("inside", is_shutdown_requested())
                block.allow_break()
                say("torn")
        except BaseException as end:
            say(type(end).__name__, end.event, end.event.signum == signal.{name})
            raise
    """)
    kind = "KeyboardInterrupt" if name == "SIGINT" else "SystemExit"
    lines = ["inside True", f"{kind} {name} True"]
    check(program.end(), STATUS_CONTROL_C_EXIT, lines, kind if name == "SIGINT" else "")


@pytest.mark.parametrize("name", SIGNALS)
def test_c3_without_a_block_it_ends_the_program(name: str) -> None:
    program = Program(f"""
        configure_shutdown_manager()
        try:
            signal.raise_signal(signal.{name})
            time.sleep(30)
            say("too late")
        except BaseException as end:
            say(type(end).__name__, end.event)
            raise
    """)
    kind = "KeyboardInterrupt" if name == "SIGINT" else "SystemExit"
    check(program.end(), STATUS_CONTROL_C_EXIT, [f"{kind} {name}"], kind if name == "SIGINT" else "")


@pytest.mark.parametrize("name", SIGNALS)
def test_c7_an_ignored_signal_stays_ignored(name: str) -> None:
    program = Program(f"""
        signal.signal(signal.{name}, signal.SIG_IGN)
        with ShutdownProtection() as block:
            signal.raise_signal(signal.{name})
            block.allow_break()
            say("goes on", is_shutdown_requested())
    """)
    check(program.end(), 0, ["goes on False"])


@pytest.mark.parametrize("name", SIGNALS)
def test_c27_a_handler_of_the_program_is_called_when_the_block_has_ended(name: str) -> None:
    program = Program(f"""
        signal.signal(signal.{name}, lambda *_: say("handled"))
        with ShutdownProtection() as block:
            signal.raise_signal(signal.{name})
            say("inside", is_shutdown_requested())
        wait(0.01)
        say("goes on", is_shutdown_requested())
        signal.raise_signal(signal.{name})
        wait(0.01)
        say("over")
    """)
    check(program.end(), 0, ["inside False", "handled", "goes on False", "handled", "over"])


def test_c8_python_s_handlers_are_put_back() -> None:
    program = Program("""
        former = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)]
        configure_shutdown_manager()
        say(sorted(restore_handlers()))
        say(former == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)])
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as end:
            say("interrupted", hasattr(end, "event"))
    """)
    end = program.end()
    check(end, 0)
    # Numbers: the console events have none.
    assert end.lines == ["[2, 15, 21]", "True", "interrupted False"]


@pytest.mark.parametrize("event", EVENTS)
def test_c8_restored_handlers_leave_each_event_to_the_system(event: str) -> None:
    program = Program("""
        configure_shutdown_manager()
        restore_handlers()
        say("restored")
        try:
            while True:
                time.sleep(0.01)
        except BaseException as end:
            say(type(end).__name__, hasattr(end, "event"))
    """)
    program.expect("restored")
    brought = program.event(event)
    end = program.end()
    # What the system's own handler ends a program with, Wine does not agree on.
    assert end.lines[1:] == (["KeyboardInterrupt False"] if event == "c" else []), end
    brought.answer()


@pytest.mark.parametrize(("event", "name"), [("c", "SIGINT"), ("break", "SIGBREAK")])
def test_c27_a_handler_of_the_program_is_called_for_the_console_s_event_too(event: str, name: str) -> None:
    program = Program(f"""
        calls = []
        signal.signal(signal.{name}, lambda *_: (calls.append(0), say("handled")))
        with ShutdownProtection() as block:
            say("inside")
            hear()
            say("calls", len(calls), is_shutdown_requested())
        while len(calls) < 1:
            wait(0.01)
        say("outside")
        while len(calls) < 2:
            wait(0.01)
        say("over", is_shutdown_requested())
    """)
    program.expect("inside")
    assert program.event(event).answer() == "returned"
    program.tell()
    program.expect("outside")
    assert program.event(event).answer() == "returned"
    check(program.end(), 0, ["inside", "calls 0 False", "handled", "outside", "handled", "over False"])
