"""D7, D8, D10, D17, D18, D19: blocks in the main thread, on 0.1.2 and here."""

from __future__ import annotations

from signal import SIGINT, SIGTERM

import pytest

from pair import needs_original, run_both, seconds

pytestmark = needs_original


def test_d7_c13_a_nested_block_is_never_refused() -> None:
    original, ours = run_both("""
        try:
            with ShutdownProtection(30):
                kill(SIGTERM)
                with ShutdownProtection(30):
                    say("inner")
                say("outer")
            say("not reached")
        except SystemExit as end:
            say("told", type(end.__context__).__name__)
            raise
    """)
    # There the protected block is broken by its own inner block.
    assert original.lines == ["told ShutdownImminentException"]
    assert ours.lines == ["inner", "outer", "told NoneType"]
    assert ours.status == -SIGTERM


def test_d8_c26_after_a_keyboard_interrupt_the_program_lives_on() -> None:
    original, ours = run_both("""
        for _ in range(3):
            try:
                with ShutdownProtection(30):
                    say("in the block")
                    kill(SIGINT)
            except BaseException as end:
                say(type(end).__name__)
    """)
    assert original.lines == ["in the block", "KeyboardInterrupt"] + ["ShutdownImminentException"] * 2
    assert ours.lines == ["in the block", "KeyboardInterrupt"] * 3
    assert ours.status == 0


def test_d10_c12_run_at_exit_protects_the_clean_up() -> None:
    original, ours = run_both("""
        configure_shutdown_manager()
        try:
            kill(SIGTERM)
            time.sleep(3)
        except SystemExit:
            say("told")
            with ShutdownProtection(30, run_at_exit=True):
                kill(SIGTERM)
                time.sleep(0.3)
                say("cleaned up")
            raise
    """)
    assert original.lines == ["told"]
    assert ours.lines == ["told", "cleaned up"]
    assert ours.status == -SIGTERM


def test_d10_c12_run_at_exit_protects_an_exit_function() -> None:
    original, ours = run_both("""
        import atexit
        def clean_up():
            with ShutdownProtection(30, run_at_exit=True):
                kill(SIGTERM)
                time.sleep(0.3)
                say("cleaned up")
        configure_shutdown_manager()
        atexit.register(clean_up)
        kill(SIGTERM)
        time.sleep(3)
    """)
    assert original.lines == []
    assert ours.lines == ["cleaned up"]
    assert ours.status == -SIGTERM


def test_d17_c10_an_error_of_the_blocks_own_is_not_lost() -> None:
    original, ours = run_both("""
        try:
            with ShutdownProtection(30):
                kill(SIGTERM)
                raise ValueError("own")
        except BaseException as end:
            say(repr(end))
    """)
    assert original.lines == ["SystemExit(1)"]
    assert ours.lines == ["ValueError('own')"]
    # The shutdown is met when the error has been handled.
    assert (original.status, ours.status) == (0, -SIGTERM)


def test_d17_c19_an_exit_status_of_the_blocks_own_is_not_lost() -> None:
    original, ours = run_both("""
        with ShutdownProtection(30):
            kill(SIGINT)
            sys.exit(5)
    """)
    assert original.status == -SIGINT
    assert ours.status == 5


def test_a_time_set_on_the_object_is_that_of_its_next_block() -> None:
    original, ours = run_both("""
        protection = ShutdownProtection(30)
        protection.max_exec_time = 0.2
        protection.run_at_exit = True
        say(protection.max_exec_time, protection.run_at_exit)
        protection.run_at_exit = False
        entered = time.monotonic()
        try:
            with protection as block:
                kill(SIGTERM)
                until = time.monotonic() + 20
                while time.monotonic() < until:
                    time.sleep(0.01)
        except SystemExit:
            say("late", time.monotonic() - entered - 0.2)
            raise
    """)
    assert original.lines[0] == ours.lines[0] == "0.2 True"
    assert 0 <= seconds(ours, "late") < 5 and seconds(original, "late") < 5


def test_a_time_set_on_an_open_block_is_that_of_its_next_renewal() -> None:
    original, ours = run_both("""
        try:
            with ShutdownProtection(30) as block:
                block.max_exec_time = 0.2
                block.allow_break()
                renewed = time.monotonic()
                kill(SIGTERM)
                until = time.monotonic() + 20
                while time.monotonic() < until:
                    time.sleep(0.01)
        except SystemExit:
            say("late", time.monotonic() - renewed - 0.2)
            raise
    """)
    assert -0.1 < seconds(ours, "late") < 5 and seconds(original, "late") < 5


def test_d18_c13_an_object_may_be_entered_again_inside_itself() -> None:
    original, ours = run_both("""
        protection = ShutdownProtection(3)
        with protection:
            with protection:
                pass
        try:
            kill(SIGTERM)
            while elapsed() < 10:
                time.sleep(0.01)
        except SystemExit:
            say("told after", elapsed())
    """)
    # There an entry is left behind, and the shutdown waits for its deadline.
    assert seconds(original, "told after") >= 3
    assert seconds(ours, "told after") < 3


@pytest.mark.parametrize("time", ["0", "-1"])
def test_d19_c30_no_time_at_all_is_an_error(time: str) -> None:
    original, ours = run_both(f"""
        try:
            with ShutdownProtection({time}):
                say("entered")
        except ValueError as error:
            say(error)
        with ShutdownProtection(5) as block:
            try:
                block.renew({time})
                say("renewed")
            except ValueError as error:
                say(error)
    """)
    # `renew(0)` is `renew()` there, by a different road.
    assert original.lines == ["entered", "renewed"]
    assert ours.lines == [f"max_exec_time must be a positive, finite number of seconds, not {time}"] * 2
