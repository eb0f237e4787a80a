"""C3, C9, C10, C16, C17 and C19 for each of the five events, by the system's own dispatcher."""

from __future__ import annotations

import pytest

from .program import EVENTS, STATUS_CONTROL_C_EXIT, Program, check, over, raised

each = pytest.mark.parametrize("event", EVENTS)


def stderr_of(event: str) -> str:
    return "KeyboardInterrupt" if event == "c" else ""


@each
def test_c9_c17_c19_each_event_breaks(event: str) -> None:
    program = Program("""
        try:
            with ShutdownProtection(4) as block:
                say("inside")
                pend()
                say("pending")
                block.allow_break()
                say("torn")
        except BaseException as end:
            told(end)
            raise
    """)
    program.expect("inside")
    brought = program.event(event)
    check(program.end(), STATUS_CONTROL_C_EXIT, ["inside", "pending", raised(event)], stderr_of(event))
    assert over(event, brought.answer())


@each
def test_c10_the_end_of_the_block_is_a_break(event: str) -> None:
    program = Program("""
        try:
            with ShutdownProtection(4):
                say("inside")
                pend()
                time.sleep(0.3)
                say("whole")
            say("too late")
        except BaseException as end:
            told(end)
            raise
    """)
    program.expect("inside")
    brought = program.event(event)
    check(program.end(), STATUS_CONTROL_C_EXIT, ["inside", "whole", raised(event)], stderr_of(event))
    assert over(event, brought.answer())


@each
@pytest.mark.parametrize("main", ["time.sleep(30)", "while True: pass", "wait(30)"])
def test_c3_configured_alone_an_event_is_an_exception_and_the_exit_is_an_orderly_one(event: str, main: str) -> None:
    program = Program(f"""
        import atexit
        atexit.register(say, "exit function")
        configure_shutdown_manager()
        try:
            say("working")
            {main}
            say("too late")
        except BaseException as end:
            told(end)
            raise
        finally:
            time.sleep(0.3)
            say("finally")
    """)
    program.expect("working")
    brought = program.event(event)
    lines = ["working", raised(event), "finally", "exit function"]
    check(program.end(), STATUS_CONTROL_C_EXIT, lines, stderr_of(event))
    assert over(event, brought.answer())


@each
def test_c16_c19_before_termination_runs_before_and_a_configured_status_stands(event: str) -> None:
    program = Program("""
        configure_shutdown_manager(exit_status=7, before_termination=lambda: say("termination"))
        say("working")
        try:
            time.sleep(30)
        except SystemExit as end:
            told(end)
            raise
        except KeyboardInterrupt:
            say("told KeyboardInterrupt")
            raise
    """)
    program.expect("working")
    brought = program.event(event)
    name = f"told SystemExit 7 CTRL_{event.upper()}" if event != "c" else "told KeyboardInterrupt"
    check(program.end(), 7, ["working", "termination", name], stderr_of(event))
    assert over(event, brought.answer())


def test_c19_the_status_of_sys_exit_is_the_programs_own() -> None:
    program = Program("""
        with ShutdownProtection() as block:
            say("inside")
            pend()
            sys.exit(9)
    """)
    program.expect("inside")
    brought = program.event("close")
    check(program.end(), 9, ["inside"])
    assert over("close", brought.answer())
