"""C26: a program catches what was delivered and lives on."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, run
from victim import default_signals


@pytest.mark.parametrize(
    "way",
    [
        "with ShutdownProtection(5): pend(SIGINT)",
        "with ShutdownProtection(5) as block: pend(SIGINT); block.allow_break()",
        "with ShutdownProtection(0.02): pend(SIGINT); time.sleep(10)",
        "kill(SIGINT); time.sleep(10)",
    ],
)
def test_c26_a_loop_like_a_shell_s_survives_any_number_of_interrupts(way: str) -> None:
    end = run(f"""
        configure_shutdown_manager(before_termination=lambda: count.append(1))
        count = []
        for number in range(10):
            time.sleep(0.06)    # two events, not one (C2)
            try:
                {way}
                say("not reached")
            except KeyboardInterrupt:
                pass
        say(len(count), is_shutdown_requested())
        with ShutdownProtection(5) as block:
            block.allow_break()
            say("calm")
    """)
    assert end.status == 0 and not end.stderr, end
    assert end.lines[0].split()[0] == "10" and end.lines[-1] == "calm", end


def test_c26_in_the_except_it_is_not_over_yet() -> None:
    end = run("""
        for _ in range(3):
            try:
                with ShutdownProtection(5):
                    pend(SIGINT)
            except KeyboardInterrupt:
                say(is_shutdown_requested())
                with ShutdownProtection(5) as block:
                    block.allow_break()
                    block.allow_break()
                    time.sleep(0.06)
        say("alive")
        with ShutdownProtection(5) as block:
            block.allow_break()
    """)
    assert end.lines == ["True"] * 3 + ["alive"], end
    assert end.status == 0


def test_c26_a_second_interrupt_in_the_except_does_not_tear_it() -> None:
    end = run("""
        try:
            with ShutdownProtection(5):
                pend(SIGINT)
        except KeyboardInterrupt:
            kill(SIGINT)
            time.sleep(0.06)
            with ShutdownProtection(5) as block:
                kill(SIGINT)
                time.sleep(0.01)
                block.allow_break()
            say("handled")
        for _ in range(10000):
            pass
        with ShutdownProtection(5) as block:
            block.allow_break()
        say("alive")
    """)
    check(end, 0, ["handled", "alive"])


def test_c26_a_finalizer_that_runs_on_the_way_to_the_except_does_not_end_it() -> None:
    end = run("""
        class Session:
            def __del__(self):
                with ShutdownProtection(5):
                    say("closed", is_shutdown_requested())
        def work():
            with ShutdownProtection(5):
                pend(SIGINT)
        try:
            print(Session(), work())
        except KeyboardInterrupt:
            say("handled", is_shutdown_requested())
        say("alive", is_shutdown_requested())
    """)
    check(end, 0, ["closed True", "handled True", "alive False"])


@pytest.mark.parametrize("attempts", [2, 3])
def test_c26_c5_the_next_event_is_not_the_last_attempt(attempts: int) -> None:
    """Nothing has been asked in between: it is the event itself that finds the first one handled."""
    end = run(f"""
        configure_shutdown_manager(max_attempts={attempts}, before_termination=lambda: say("before"))
        try:
            for number in range(3):
                try:
                    kill(SIGINT)
                    time.sleep(10)
                except KeyboardInterrupt:
                    say("handled")
                    if {attempts} == 3:
                        time.sleep(0.06)
                        kill(SIGINT)
                        time.sleep(0.06)
                time.sleep(0.06)
            kill(SIGTERM)
            time.sleep(10)
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["before", "handled"] * 3 + ["before", "told SystemExit 143 SIGTERM"])


def test_c5_c20_in_the_except_the_last_attempt_still_ends_it() -> None:
    end = run("""
        configure_shutdown_manager()
        try:
            try:
                kill(SIGINT)
                time.sleep(10)
            except KeyboardInterrupt:
                for _ in range(2):
                    time.sleep(0.06)
                    kill(SIGINT)
                time.sleep(10)
                say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGINT, ["told SystemExit 130 SIGINT"])


def test_c20_what_comes_at_the_very_end_of_the_except_changes_nothing() -> None:
    """It came there, however late our thread looks."""
    end = run("""
        configure_shutdown_manager(max_attempts=100)
        for _ in range(40):
            try:
                kill(SIGINT)
                time.sleep(10)
            except KeyboardInterrupt:
                time.sleep(0.055)
                kill(SIGINT)
            with ShutdownProtection(5) as block:
                block.allow_break()
            time.sleep(0.055)
        say("alive", is_shutdown_requested())
    """)
    check(end, 0, ["alive False"])


def test_c26_attempts_begin_anew() -> None:
    end = run("""
        for _ in range(8):
            try:
                with ShutdownProtection(5) as block:
                    pend(SIGINT)
                    time.sleep(0.06)
                    block.allow_break()
            except KeyboardInterrupt:
                pass
        try:
            with ShutdownProtection(5):
                kill(SIGTERM)
                time.sleep(0.06)
                kill(SIGTERM)
                time.sleep(0.06)
                say("two")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["two", "told SystemExit 143 SIGTERM"])


def test_c26_an_own_error_in_the_handling_ends_it_as_well() -> None:
    end = run("""
        def work():
            try:
                with ShutdownProtection(5):
                    pend(SIGINT)
            except KeyboardInterrupt as error:
                raise ValueError("mine") from error
        for _ in range(3):
            try:
                work()
            except ValueError:
                pass
        with ShutdownProtection(5) as block:
            block.allow_break()
        say("alive")
    """)
    check(end, 0, ["alive"])


def test_c26_interrupts_caught_in_a_worker_s_caller_and_nested_functions() -> None:
    end = run("""
        def inner():
            with ShutdownProtection(5) as block:
                pend(SIGINT)
                block.allow_break()
        def outer():
            try:
                inner()
            finally:
                with ShutdownProtection(5):
                    say("finally")
        try:
            outer()
        except KeyboardInterrupt:
            say("caught")
        with ShutdownProtection(5):
            say("alive", is_shutdown_requested())
    """)
    check(end, 0, ["finally", "caught", "alive False"])


def test_c9_c26_what_is_swallowed_inside_a_block_stays_until_it_ends() -> None:
    """Whatever is asked there, and although our handler is called for no event (as by a wake-up that comes late)."""
    end = run("""
        import _thread
        try:
            with ShutdownProtection(0.05):
                try:
                    kill(SIGINT)
                    time.sleep(10)
                except KeyboardInterrupt:
                    say("swallowed")
                _thread.interrupt_main(SIGTERM)
                say(is_shutdown_requested(), wait(5), elapsed() < 4)
            say("behind")
        except KeyboardInterrupt:
            say("again", is_shutdown_requested())
        say("alive", is_shutdown_requested())
    """)
    check(end, 0, ["swallowed", "True True True", "again True", "alive False"])


def test_c26_after_system_exit_it_takes_cancel_shutdown() -> None:
    end = run("""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        for _ in range(3):
            try:
                with ShutdownProtection(5):
                    pend()
            except SystemExit:
                pass
            try:
                with ShutdownProtection(5):
                    say("not reached")
            except SystemExit:
                say("refused")
            say(cancel_shutdown(), is_shutdown_requested())
            with ShutdownProtection(5) as block:
                block.allow_break()
        sys.exit(6)
    """)
    check(end, 6, ["before", "refused", "1 False"] * 3)


def test_c26_cancel_shutdown_while_it_is_pending() -> None:
    end = run("""
        with ShutdownProtection(0.2) as block:
            pend()
            say(cancel_shutdown(), is_shutdown_requested())
            block.allow_break()
            time.sleep(0.3)
            say("no deadline")
        say(cancel_shutdown(), cancel_shutdown())
    """)
    check(end, 0, ["0 False", "no deadline", "0 0"])


def test_c26_cancel_shutdown_counts_the_owners_that_were_interrupted() -> None:
    end = run("""
        entered, done = threading.Barrier(3), threading.Event()
        def work():
            try:
                with ShutdownProtection(20) as block:
                    entered.wait()
                    wait(20)
                    block.allow_break()
            except ShutdownInterrupt:
                say("interrupted")
        def hold():
            with ShutdownProtection(20) as block:
                entered.wait()
                quick.join()
                say(cancel_shutdown())
                block.allow_break()
                say("lives on")
        quick = spawn(work)
        slow = spawn(hold)
        entered.wait()
        kill(SIGTERM)
        slow.join()
        say("main", is_shutdown_requested())
    """)
    check(end, 0)
    assert end.lines[:2] == ["interrupted", "1"] and sorted(end.lines[2:]) == ["lives on", "main False"], end


def test_c26_cancel_shutdown_refuses_after_the_last_attempt_and_in_before_termination() -> None:
    end = run("""
        def before():
            try:
                cancel_shutdown()
            except RuntimeError as error:
                say("before", bool(str(error)))
        configure_shutdown_manager(max_attempts=1, before_termination=before)
        try:
            with ShutdownProtection(5):
                kill(SIGTERM)
                time.sleep(10)
        except SystemExit:
            try:
                say("not reached", cancel_shutdown())
            except RuntimeError as error:
                say("after", bool(str(error)))
            raise
    """)
    check(end, -SIGTERM, ["before True", "after True"])


def test_c26_in_an_interactive_interpreter() -> None:
    import os
    import subprocess
    import sys

    lines = """
import os, time
from signal import SIGINT, SIGTERM
from graceful_shutdown import *
def work():
    with ShutdownProtection(5) as block:
        os.kill(os.getpid(), SIGINT)
        while not is_shutdown_requested(): pass
        block.allow_break()

work()
work()
print("alive", is_shutdown_requested())
with ShutdownProtection(5) as block: block.allow_break()

os.kill(os.getpid(), SIGINT); time.sleep(9)
print("alive", is_shutdown_requested())
with ShutdownProtection(5) as block: os.kill(os.getpid(), SIGTERM)

print("not reached")
"""
    done = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=lines,
        text=True,
        capture_output=True,
        timeout=30,
        env={**os.environ, "TERM": "dumb"},
        preexec_fn=default_signals,
        check=False,
    )
    assert done.stdout.splitlines() == ["alive False", "alive False"], done
    assert done.returncode == -SIGTERM and done.stderr.count("KeyboardInterrupt") == 3, done


def test_c1_c26_a_call_of_our_handler_within_a_question_of_ours_raises_nothing_there() -> None:
    """An error would be the answer to the question, and the end be lost with it."""
    end = run("""
        asked = []
        class Slow(Exception):
            @property
            def event(self):
                if not asked:
                    asked.append(self)
                    until = time.monotonic() + 0.2
                    while time.monotonic() < until:    # the main thread is woken once more
                        pass
                raise AttributeError
        configure_shutdown_manager()
        try:
            kill(SIGINT)
            time.sleep(20)
        except KeyboardInterrupt as error:
            told(error)
        time.sleep(0.06)
        try:
            try:
                raise Slow
            except Slow:
                kill(SIGTERM)    # our handler asks whether what is being handled is of ours
                time.sleep(20)
        except SystemExit as error:
            say("asked", len(asked))
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["told KeyboardInterrupt - SIGINT", "asked 1", "told SystemExit 143 SIGTERM"])


@pytest.mark.parametrize("finalizer", ["for _ in range(10000): pass", "ShutdownProtection(5).__enter__()", "wait(0)"])
def test_c20_c26_an_exception_that_is_on_its_way_is_not_taken_for_handled(finalizer: str) -> None:
    """The unwinding runs a finalizer in front of the `except`: there nobody can see what is to be handled."""
    end = run(f"""
        class Noisy:
            def __del__(self):
                {finalizer}
        def work():
            noisy = Noisy()
            kill(SIGINT)
            time.sleep(20)
        configure_shutdown_manager(before_termination=lambda: say("before"), max_attempts=20)
        for _ in range(3):
            try:
                work()
            except KeyboardInterrupt:
                time.sleep(0.06)
                kill(SIGINT)    # changes nothing (C20)
                time.sleep(0.06)
                say("handling", is_shutdown_requested())
            time.sleep(0.06)    # the next is another event (C2)
    """)
    check(end, 0, ["before", "handling True"] * 3)
