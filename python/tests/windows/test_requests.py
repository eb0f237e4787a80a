"""C6, C17 and C26: asking for a shutdown in the program, and a logoff that is none."""

from __future__ import annotations

from .program import STATUS_CONTROL_C_EXIT, Program, check, raised


def test_c17_a_request_in_the_main_thread() -> None:
    program = Program("""
        import atexit
        atexit.register(say, "exit function")
        try:
            with ShutdownProtection() as block:
                request_shutdown()
                say("inside")
                block.allow_break()
        except SystemExit as end:
            told(end)
            raise
    """)
    check(program.end(), 0, ["inside", "told SystemExit 0 request_shutdown()", "exit function"])


def test_c17_a_request_of_a_thread_ends_a_sleeping_main_thread() -> None:
    program = Program("""
        configure_shutdown_manager()
        threading.Timer(0.3, request_shutdown).start()
        try:
            time.sleep(30)
        except SystemExit as end:
            told(end)
            raise
    """)
    check(program.end(), 0, ["told SystemExit 0 request_shutdown()"])


def test_a_thread_that_configures_first_reaches_a_sleeping_main_thread() -> None:
    program = Program("""
        def work():
            with ShutdownProtection() as block:
                say("working")
                while True:
                    block.allow_break()
                    time.sleep(0.01)
        threading.Timer(0.3, work).start()
        try:
            time.sleep(30)
        except SystemExit as end:
            told(end)
            raise
    """)
    program.expect("working")
    brought = program.event("close")
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working", raised("close")])
    assert brought.answer() == "ended"


def test_c6_a_logoff_can_be_ignored() -> None:
    program = Program("""
        configure_shutdown_manager(terminate_on_logoff=False)
        try:
            say("working")
            hear()
        finally:
            say("torn")
    """)
    program.expect("working")
    # Windows ends the process all the same; nothing of ours has begun to.
    assert program.event("logoff").answer() == "returned"
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working"])
