"""C9, C10, C12, C26 in one owner: breakpoints, ends, starts, and what a program makes of an interrupt."""

from signal import SIGTERM

import pytest

from cases import check, run


def test_c9_with_nothing_pending_a_breakpoint_renews_and_returns_none() -> None:
    end = run("""
        with ShutdownProtection(1) as block:
            time.sleep(0.1)
            before = open_blocks()[0].remaining
            say(block.allow_break(renew=False), open_blocks()[0].remaining <= before)
            say(block.allow_break(), before < open_blocks()[0].remaining < 1.02)    # its time may begin a moment later
            say(block.allow_break(True), block.renew(), block.renew(7), 6 < open_blocks()[0].remaining < 7.02)
            time.sleep(0.05)
            block.allow_break()
            say(6.98 < open_blocks()[0].remaining)    # renewed by what `renew` was given last
    """)
    check(end, 0, ["None True", "None True", "None None None True", "True"])


@pytest.mark.parametrize("renew", ["", "renew=False", "False"])
def test_c9_with_a_shutdown_pending_a_breakpoint_closes_the_block(renew: str) -> None:
    end = run(f"""
        try:
            with ShutdownProtection(10) as block:
                pend()
                say(len(open_blocks()))
                try:
                    block.allow_break({renew})
                finally:
                    say(len(open_blocks()))
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["1", "0", "told SystemExit 143 SIGTERM"])


def test_c9_an_interrupt_that_is_swallowed_comes_again_at_each_breakpoint_and_at_the_end() -> None:
    end = run("""
        try:
            with ShutdownProtection(10) as block:
                pend()
                for _ in range(3):
                    try:
                        block.allow_break()
                        say("not reached")
                    except SystemExit as error:
                        told(error)
                say("end")
            say("not reached")
        except SystemExit as error:
            told(error)
            say("handled")
            raise
    """)
    told = "told SystemExit 143 SIGTERM"
    check(end, -SIGTERM, [told, told, told, "end", told, "handled"])


def test_c9_c26_a_swallowed_keyboard_interrupt_is_over() -> None:
    """Inside the block it was swallowed in: what is living on there, C9 or C26? The end of the block is of C9."""
    end = run("""
        try:
            with ShutdownProtection(10) as block:
                pend(SIGINT)
                try:
                    block.allow_break()
                except KeyboardInterrupt:
                    say("swallowed")
            say("not reached")
        except KeyboardInterrupt:
            say("again")
    """)
    check(end, 0, ["swallowed", "again"])


def test_c9_c26_a_swallowed_keyboard_interrupt_comes_again_at_the_next_breakpoint() -> None:
    """No block has started and no event has come since: it is not over yet."""
    end = run("""
        try:
            with ShutdownProtection(10) as block:
                pend(SIGINT)
                for _ in range(2):
                    try:
                        block.allow_break()
                        say("not reached")
                    except KeyboardInterrupt:
                        say("swallowed", len(open_blocks()))
        except KeyboardInterrupt:
            say("again")
    """)
    check(end, 0, ["swallowed 0", "swallowed 0", "again"])


def test_c9_renew_does_not_end_and_does_not_interrupt() -> None:
    end = run("""
        with ShutdownProtection(0.2) as block:
            pend()
            for _ in range(10):
                time.sleep(0.05)
                block.renew()
            block.renew(0.3)
            time.sleep(0.2)
            say("alive")
    """)
    check(end, -SIGTERM, ["alive"])


@pytest.mark.parametrize("status", [7, 0])
def test_c10_the_program_s_own_system_exit_keeps_its_status(status: int) -> None:
    end = run(f"""
        with ShutdownProtection(10):
            pend()
            sys.exit({status})
    """)
    check(end, status, [])


def test_c10_an_own_error_that_nobody_handles_is_shown_and_keeps_its_status() -> None:
    end = run("""
        with ShutdownProtection(10):
            pend()
            raise ValueError("mine")
    """)
    check(end, 1, [], "ValueError: mine")
    assert "SystemExit" not in end.stderr and "During handling" not in end.stderr, end.stderr


def test_c10_an_own_error_goes_first_and_the_shutdown_comes_when_it_is_handled() -> None:
    end = run("""
        try:
            try:
                with ShutdownProtection(10):
                    pend()
                    raise ValueError("mine")
            except ValueError as error:
                say("mine", error.__context__, error.__cause__)
                for number in range(1000):
                    time.sleep(0.0002)
                say("handled")
            time.sleep(10)
            say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["mine None None", "handled", "told SystemExit 143 SIGTERM"])


def test_c10_another_error_that_is_handled_later_holds_nothing_back() -> None:
    """Made where the first one lay, it may even have its address."""
    end = run("""
        go = threading.Event()
        def work():
            with ShutdownProtection(15):
                go.wait()
        thread = spawn(work)
        wait_for(open_blocks)
        try:
            with ShutdownProtection(15):
                pend()
                raise ValueError
        except ValueError:
            say("own", is_shutdown_requested())
        try:
            raise ValueError
        except ValueError:
            go.set()
            try:
                time.sleep(10)
                say("not reached")
            except SystemExit as error:
                told(error)
                raise
    """)
    check(end, -SIGTERM, ["own True", "told SystemExit 143 SIGTERM"])


def test_c10_c12_after_an_own_error_the_next_start_is_the_break() -> None:
    end = run("""
        entered = False
        try:
            try:
                with ShutdownProtection(10):
                    pend()
                    raise ValueError("mine")
            except ValueError:
                pass
            with ShutdownProtection(10):
                entered = True
        except SystemExit as error:
            told(error)
            say(entered)
            raise
    """)
    check(end, -SIGTERM, ["told SystemExit 143 SIGTERM", "False"])


def test_c10_return_break_and_continue_are_normal_ends() -> None:
    end = run("""
        def work(how):
            for _ in range(2):
                with ShutdownProtection(10):
                    pend(SIGINT)
                    if how == "return":
                        return
                    if how == "break":
                        break
                    continue
        for how in ("return", "break", "continue"):
            try:
                work(how)
                say("not reached")
            except KeyboardInterrupt:
                say(how)
    """)
    check(end, 0, ["return", "break", "continue"])


def test_c10_exit_never_swallows_an_error() -> None:
    end = run("""
        for kind in (ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, BaseException):
            error = kind("mine")
            try:
                with ShutdownProtection(10):
                    raise error
            except BaseException as seen:
                say(seen is error, seen.__context__)
        protection = ShutdownProtection(10)
        say(protection.__enter__() is protection, protection.__exit__(None, None, None))
        protection.__enter__()
        say(not protection.__exit__(ValueError, ValueError("mine"), None))
    """)
    check(end, 0, ["True None"] * 5 + ["True None", "True"])


def test_c9_breakpoints_after_the_end() -> None:
    end = run("""
        with ShutdownProtection(5) as block:
            pass
        for call in (block.allow_break, block.renew, ShutdownProtection(3).allow_break, ShutdownProtection(3).renew):
            try:
                call()
            except ValueError as error:
                say("ValueError", error)
    """)
    check(end, 0, ["ValueError the block has ended"] * 4)
