"""C6, C15, C21, C24 and C26: what Windows enforces, and within which time; a main thread that nothing wakes."""

from __future__ import annotations

import time

import pytest

from .program import ENFORCED, GRANT, STATUS_CONTROL_C_EXIT, Program, check, raised

each = pytest.mark.parametrize("event", ENFORCED)


@each
def test_c15_c21_the_handler_is_held_until_the_last_worker_is_done(event: str) -> None:
    program = Program("""
        def work():
            with ShutdownProtection():
                say("working")
                hear()
                say("drained")
        threading.Thread(target=work).start()
        try:
            time.sleep(30)
        except BaseException as end:
            told(end)
            raise
    """)
    program.expect("working")
    brought = program.event(event)
    time.sleep(0.7)
    program.tell()
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working", "drained", raised(event)])
    assert brought.answer() == "ended"


@each
@pytest.mark.parametrize("blocked", ["lock.acquire()", "lock.acquire(timeout=60)", "threading.Event().wait()"])
def test_c16_c24_a_main_thread_that_nothing_wakes_is_ended_in_time(event: str, blocked: str) -> None:
    program = Program(f"""
        configure_shutdown_manager(before_termination=lambda: say("termination"))
        lock = threading.Lock()
        lock.acquire()
        say("stuck")
        {blocked}
    """)
    program.expect("stuck")
    brought = program.event(event)
    # From 3.14 on the main thread comes, and runs it itself.
    check(program.end(), STATUS_CONTROL_C_EXIT, ["stuck", "termination"])
    assert brought.answer() == "ended", "it was left to the system to end it"


def test_c11_c21_no_block_has_more_time_than_windows_leaves() -> None:
    program = Program("""
        with ShutdownProtection(60) as block:
            say("inside")
            pend()
            say("left", open_blocks()[0].remaining)
            block.allow_break()
    """)
    program.expect("inside")
    brought = program.event("close")
    left = float(program.expect("left").split()[1])
    assert 0 < left <= GRANT - 0.5
    check(program.end(), STATUS_CONTROL_C_EXIT)
    assert brought.answer() == "ended"


def test_c11_a_shorter_deadline_interrupts() -> None:
    program = Program("""
        began = time.monotonic()
        try:
            with ShutdownProtection(0.8):
                say("inside")
                while True:
                    time.sleep(0.01)
        except SystemExit as end:
            say("after", time.monotonic() - began)
            told(end)
            raise
    """)
    program.expect("inside")
    brought = program.event("close")
    assert float(program.expect("after").split()[1]) >= 0.8
    end = program.end()
    check(end, STATUS_CONTROL_C_EXIT)
    assert end.lines[-1] == raised("close")
    assert brought.answer() == "ended"


@each
def test_c26_what_windows_enforces_cannot_be_cancelled(event: str) -> None:
    program = Program("""
        with ShutdownProtection() as block:
            say("inside")
            pend()
            try:
                cancel_shutdown()
            except RuntimeError as refused:
                say("refused", refused)
            block.allow_break()
            say("torn")
    """)
    program.expect("inside")
    brought = program.event(event)
    program.expect("refused")
    end = program.end()
    check(end, STATUS_CONTROL_C_EXIT)
    assert len(end.lines) == 2
    assert brought.answer() == "ended"


def test_c26_a_ctrl_c_can_be_cancelled() -> None:
    program = Program("""
        with ShutdownProtection() as block:
            say("inside")
            pend()
            say("interrupted", cancel_shutdown())
            block.allow_break()
        say("goes on")
    """)
    program.expect("inside")
    assert program.event("c").answer() == "returned"
    check(program.end(), 0, ["inside", "interrupted 0", "goes on"])


def test_c5_the_attempt_that_reaches_the_maximum_ends_the_process() -> None:
    program = Program("""
        configure_shutdown_manager(max_attempts=2)
        with ShutdownProtection():
            say("inside")
            pend()
            say("pending")
            time.sleep(30)
    """)
    program.expect("inside")
    assert program.event("c").answer() == "returned"
    program.expect("pending")
    time.sleep(0.2)  # Within 50 ms it would be the same attempt.
    program.event("break").answer()
    check(program.end(), STATUS_CONTROL_C_EXIT, ["inside", "pending"])
