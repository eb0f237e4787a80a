"""C30, C31: figures and their errors; `request_shutdown`, `wait`, `open_blocks`, imports."""

from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest

from cases import check, run


def test_c30_wrong_figures_are_clear_errors_that_change_nothing() -> None:
    end = run("""
        import decimal, fractions, datetime, math
        class Raises:
            def __float__(self): raise KeyError("mine")
        class Shy:
            def __repr__(self): raise ValueError
        def refused(call, name, value, *kinds):
            try:
                call(**{name: value})
            except kinds as error:
                text = str(error)
                shown = type(value) in (Shy, Raises) or repr(value) in text
                if name not in text and not isinstance(value, Raises) or not shown:
                    say("unclear", name, text)
            except BaseException as error:
                say("wrong", name, type(error).__name__, error)
            else:
                say("accepted", name, type(value).__name__)
        both = (TypeError, ValueError)
        times = [0, -1, 0.0, -0.0, math.nan, math.inf, -math.inf, True, "4", b"4", [], 1j, datetime.timedelta(0),
                 datetime.timedelta(-1), Shy(), decimal.Decimal("NaN"), -10**400, object()]
        for value in times + [False]:
            refused(ShutdownProtection, "max_exec_time", value, *both)
            refused(ShutdownProtection, "drain_time", value, *both)
            refused(configure_shutdown_manager, "max_exec_time", value, *both)
            with ShutdownProtection(5) as block:
                refused(block.renew, "max_exec_time", value, *both)
                assert 4.9 < open_blocks()[0].remaining < 5.1
        for value in times:
            refused(configure_shutdown_manager, "force_exit_after", value, *both)
        refused(ShutdownProtection, "max_exec_time", Raises(), KeyError, *both)
        for value in (0, -1, 1.0, True, False, "3", Shy(), -10**400):
            refused(configure_shutdown_manager, "max_attempts", value, *both)
        for value in (-1, 256, 1.0, True, "3", 10**400):
            refused(configure_shutdown_manager, "exit_status", value, *both)
        for name in ("before_termination", "before_hup"):
            for value in (1, "x", object(), [1], True):
                refused(configure_shutdown_manager, name, value, TypeError)
        for value in (1, b"x", []):
            refused(ShutdownProtection, "name", value, TypeError)
        for call in (lambda: ShutdownProtection(1, 2, 3), lambda: ShutdownProtection(time=3),
                     lambda: ShutdownProtection(1, max_exec_time=2),
                     lambda: ShutdownProtection(1, drain_time=2), lambda: configure_shutdown_manager(max_time=2),
                     lambda: wait(), lambda: wait("x"), lambda: wait(-1), lambda: wait(math.nan), lambda: wait(True)):
            try:
                call()
                say("accepted")
            except (TypeError, ValueError):
                pass
        say("done")
    """)
    check(end, 0, ["done"])


def test_c30_nothing_changes_if_one_argument_is_wrong() -> None:
    end = run("""
        configure_shutdown_manager(exit_status=5, max_exec_time=7)
        for wrong in ({"max_attempts": 0}, {"max_exec_time": -1}, {"before_hup": 3}, {"force_exit_after": "x"}):
            try:
                right = {"exit_status": 9, "before_termination": lambda: say("wrong"), "max_exec_time": 3}
                configure_shutdown_manager(**{**right, **wrong})
            except (TypeError, ValueError):
                pass
        with ShutdownProtection():
            say(round(open_blocks()[0].remaining))
            pend()
    """)
    check(end, 5, ["7"])


def test_c30_right_figures() -> None:
    end = run("""
        import datetime, decimal, fractions
        class Float:
            def __float__(self): return 2.5
        def left():
            return round(open_blocks()[0].remaining, 1)
        with ShutdownProtection():
            say(left())
        for value in (3, 3.0, datetime.timedelta(seconds=3), decimal.Decimal(3), fractions.Fraction(3), Float()):
            with ShutdownProtection(value) as block:
                say(left(), end := "")
                block.renew(value)
                block.renew(max_exec_time=value)
        for value in (1e300, 10**400, 2**63, datetime.timedelta.max):
            with ShutdownProtection(value) as block:
                block.renew(value)
                block.allow_break()
                assert left() > 10**8
            with ShutdownProtection(drain_time=value) as block:
                block.allow_break()
        for value in (1e-300, 5e-324, 1e-9):
            with ShutdownProtection(value) as block:
                block.allow_break()
        configure_shutdown_manager(None, None, None, None, None, None)
        configure_shutdown_manager(True, True, 12, 10**30, len, len, force_exit_after=datetime.timedelta(days=1))
        with ShutdownProtection(None, None):
            say(left())
        configure_shutdown_manager(before_termination=False, before_hup=False, force_exit_after=False)
        configure_shutdown_manager(exit_status=False)
        configure_shutdown_manager(max_exec_time=None)
        with ShutdownProtection():
            say(left())
    """)
    check(end, 0)
    assert [line.strip() for line in end.lines] == ["89.5", "3.0", "3.0", "3.0", "3.0", "3.0", "2.5", "12.0", "12.0"], (
        end
    )


def test_c31_request_shutdown_in_the_main_thread_without_a_block() -> None:
    end = run("""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        try:
            request_shutdown()
            say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, 0, ["before", "told SystemExit 0 request_shutdown()"])


@pytest.mark.parametrize("how", ["request_shutdown()", "spawn(request_shutdown).join()"])
def test_c31_request_shutdown_inside_a_block_only_makes_it_pending(how: str) -> None:
    end = run(f"""
        try:
            with ShutdownProtection(5) as block:
                {how}
                say(is_shutdown_requested())
                block.allow_break()
                say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, 0, ["True", "told SystemExit 0 request_shutdown()"])


def test_c31_a_signal_after_a_request() -> None:
    """The first event is the request: its status."""
    end = run("""
        with ShutdownProtection(5) as block:
            request_shutdown()
            kill(SIGTERM)
            time.sleep(0.06)
            request_shutdown()
    """)
    check(end, 0, [])


def test_c31_request_shutdown_from_a_thread_ends_a_main_thread_that_sleeps() -> None:
    end = run("""
        spawn(lambda: (time.sleep(0.1), request_shutdown()))
        try:
            time.sleep(20)
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, 0, ["told SystemExit 0 request_shutdown()"])


@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c31_an_event_during_an_import(signum: int, tmp_path: Path) -> None:
    (tmp_path / "slow_module.py").write_text(
        "import os, time\nfrom graceful_shutdown import *\n"
        f"with ShutdownProtection(5):\n    os.kill(os.getpid(), {int(signum)})\n"
        "    while not is_shutdown_requested(): time.sleep(0.001)\n    print('undisturbed')\nprint('not reached')\n"
    )
    end = run(f"""
        sys.path.insert(0, {str(tmp_path)!r})
        try:
            import slow_module
        except BaseException as error:
            told(error)
            raise
    """)
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(end, -signum, ["undisturbed", told], "KeyboardInterrupt" if signum == SIGINT else "")


def test_wait_says_whether_a_shutdown_is_requested() -> None:
    end = run("""
        began = time.monotonic()
        say(wait(0), wait(0.1), time.monotonic() - began >= 0.1)
        times = []
        def work():
            began = time.monotonic()
            say(wait(20), time.monotonic() - began < 10)
        threads = [spawn(work) for _ in range(3)]
        with ShutdownProtection(20):
            kill(SIGTERM)
            say(wait(20))
            say(wait(20))
            for thread in threads:
                thread.join()
    """)
    assert end.lines[0] == "False False True" and sorted(end.lines[1:]) == ["True"] * 2 + ["True True"] * 3, end
    assert end.status == -SIGTERM


def test_wait_in_the_main_thread_lets_handlers_run() -> None:
    end = run("""
        spawn(lambda: (time.sleep(0.1), kill(SIGINT)))
        try:
            wait(20)
            time.sleep(20)
        except KeyboardInterrupt:
            say("told")
        signal.signal(signal.SIGUSR1, lambda *_: say("theirs"))
        spawn(lambda: (time.sleep(0.1), signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)))
        say(wait(1))
    """)
    check(end, 0, ["told", "theirs", "False"])


def test_open_blocks_says_which_and_where() -> None:
    end = run("""
        def work():
            with ShutdownProtection(7, name="job"):
                time.sleep(0.05)
                [block] = open_blocks()
                say(block.name, block.function, block.filename, block.thread == threading.get_ident())
                say(0.05 <= block.age < 2, 4 < block.remaining < 6.99, isinstance(block.lineno, int))
                say("job" in str(block), "job" in repr(block))
                return block
        work()
        say(open_blocks())
        with ShutdownProtection(drain_time=3):
            say(open_blocks()[0].remaining, open_blocks()[0].name)
        with ShutdownProtection(0.01):
            time.sleep(0.05)
            say(open_blocks()[0].remaining)
        def threads():
            with ShutdownProtection(7, name=threading.current_thread().name):
                gate.wait(), gate.wait()
        gate = threading.Barrier(4)
        for _ in range(3):
            spawn(threads)
        gate.wait()
        blocks = open_blocks()
        say(len(blocks), len({block.thread for block in blocks}), {block.function for block in blocks})
        gate.wait()
    """)
    check(
        end, 0, ["job work <string> True", "True True True", "True True", "[]", "None None", "0.0", "3 3 {'threads'}"]
    )
