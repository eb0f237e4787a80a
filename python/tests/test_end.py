"""C16, C17, C19, C20, C24: what is raised, what runs before it, and with what status the process ends."""

from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, Signals

import pytest

from cases import check, run, start

PLACES = {
    "no block": "configure_shutdown_manager(); kill({0}); time.sleep(20)",
    "end": "with ShutdownProtection(5): pend({0})",
    "break": "with ShutdownProtection(5) as block: pend({0}); block.allow_break()",
    "deadline": "with ShutdownProtection(0.05): pend({0}); time.sleep(20)",
    "start": "held = ShutdownProtection(5).__enter__(); kill({0}); held.__exit__(OSError, OSError(), None); "
    "ShutdownProtection(5).__enter__()",
}


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("signum", [SIGINT, SIGQUIT, SIGHUP])
def test_c17_c19_one_sigint_is_keyboard_interrupt_the_rest_system_exit(place: str, signum: Signals) -> None:
    end = run(f"""
        try:
            {PLACES[place].format(int(signum))}
            say("not reached")
        except BaseException as error:
            told(error)
            say(error.event.name, error.event.signum, repr(error.event), error.args)
            raise
    """)
    name = signum.name
    if signum == SIGINT:
        told = ["told KeyboardInterrupt - SIGINT", f"SIGINT {int(signum)} <ShutdownEvent SIGINT> ()"]
        check(end, -signum, told, "KeyboardInterrupt")
    else:
        code = 128 + signum
        check(
            end, -signum, [f"told SystemExit {code} {name}", f"{name} {int(signum)} <ShutdownEvent {name}> ({code},)"]
        )


@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM"])
def test_c17_two_events_are_system_exit_by_the_first(second: str) -> None:
    end = run(f"""
        try:
            with ShutdownProtection(5):
                pend(SIGINT)
                time.sleep(0.08)
                kill({second})
        except BaseException as error:
            told(error)
            raise
    """)
    check(end, -SIGINT, ["told SystemExit 130 SIGINT"])


def test_c17_c10_what_comes_while_an_own_error_holds_it_back_makes_two_events() -> None:
    end = run("""
        try:
            try:
                with ShutdownProtection(5):
                    pend(SIGINT)
                    raise ValueError
            except ValueError:
                time.sleep(0.1)
                kill(SIGTERM)
                time.sleep(0.1)
                say("own")
            time.sleep(10)
        except BaseException as error:
            told(error)
            raise
    """)
    check(end, -SIGINT, ["own", "told SystemExit 130 SIGINT"])


def test_c16_before_termination_runs_once_immediately_before_in_the_main_thread() -> None:
    end = run("""
        def before():
            main = threading.current_thread() is threading.main_thread()
            say("before", main, len(open_blocks()), is_shutdown_requested())
            kill(SIGQUIT)
        configure_shutdown_manager(before_termination=before)
        try:
            with ShutdownProtection(5) as block:
                pend()
                say("inside")
                try:
                    block.allow_break()
                except SystemExit as error:
                    told(error)
        except SystemExit as error:
            told(error)
            with ShutdownProtection(5):
                pass
            raise
    """)
    told = "told SystemExit 143 SIGTERM"
    check(end, -SIGTERM, ["inside", "before True 0 True", told, told])


def test_c16_what_before_termination_raises_is_logged_and_the_end_goes_on() -> None:
    end = run("""
        import logging
        logging.basicConfig()
        def before():
            raise ValueError("mine")
        configure_shutdown_manager(before_termination=before)
        with ShutdownProtection(5):
            pend()
        say("not reached")
    """)
    check(end, -SIGTERM, [], "ValueError: mine")


@pytest.mark.parametrize(
    ("raised", "status", "stderr"),
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit(0)", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('a text')", 1, "a text"),
        ("sys.exit(300)", 300 & 255, ""),
    ],
)
@pytest.mark.parametrize("signum", ["SIGTERM", "SIGINT"])
def test_c16_a_system_exit_from_before_termination_sets_the_status(
    raised: str, status: int, stderr: str, signum: str
) -> None:
    end = run(f"""
        configure_shutdown_manager(before_termination=lambda: {raised})
        try:
            with ShutdownProtection(5):
                pend({signum})
        except SystemExit as error:
            say("told")
            raise
    """)
    check(end, status, ["told"], stderr)


@pytest.mark.parametrize("library", ["CDLL", "PyDLL"])
def test_c16_a_main_thread_that_is_stuck_leaves_it_to_a_helper_thread(library: str) -> None:
    """`PyDLL` keeps the interpreter lock: then nobody can run the callback, which must not prevent the end."""
    victim = start(f"""
        import ctypes
        configure_shutdown_manager(before_termination=lambda: say("before"), force_exit_after=1)
        nap = map(ctypes.{library}(None).usleep, repeat(100000))
        sum(chain(map(os.write, (1,), (b"napping\\n",)), nap))
    """)
    victim.expect("napping")
    victim.signal(SIGTERM)
    end = victim.end()
    assert end.lines == (["napping", "before"] if library == "CDLL" else ["napping"]), end
    assert end.status == -SIGTERM and end.stderr == "", end


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT, SIGQUIT])
def test_c24_force_exit_after_ends_a_main_thread_that_is_stuck_in_c_code(signum: Signals) -> None:
    victim = start("""
        configure_shutdown_manager(force_exit_after=0.4)
        stuck()
    """)
    victim.expect("stuck")
    victim.signal(signum)
    end = victim.end()
    check(end, -signum, ["stuck"])
    assert end.seconds > 0.4


def test_c24_force_exit_after_bounds_the_unwinding() -> None:
    end = run("""
        configure_shutdown_manager(force_exit_after=0.4)
        try:
            with ShutdownProtection(5):
                pend()
        finally:
            began = time.monotonic()
            while True:
                say("alive", time.monotonic() - began)
                time.sleep(0.05)
    """)
    assert end.status == -SIGTERM and 0.3 < float(end.lines[-1].split()[1]) < 3, end


@pytest.mark.parametrize("where", ["atexit", "thread", "status"])
def test_c24_force_exit_after_bounds_the_way_out(where: str) -> None:
    setting = {
        "atexit": "import atexit; atexit.register(time.sleep, 60)",
        "thread": "spawn(time.sleep, 60)",
        "status": "configure_shutdown_manager(exit_status=9); spawn(time.sleep, 60)",
    }[where]
    end = run(f"""
        configure_shutdown_manager(force_exit_after=0.4)
        {setting}
        with ShutdownProtection(5):
            pend()
    """)
    check(end, 9 if where == "status" else -SIGTERM, [])
    assert end.seconds < 15


def test_c24_a_block_is_not_cut_by_force_exit_after() -> None:
    end = run("""
        configure_shutdown_manager(force_exit_after=0.2)
        with ShutdownProtection(20):
            pend()
            time.sleep(0.8)
            say("saved")
    """)
    check(end, -SIGTERM, ["saved"])


def test_c20_more_events_do_not_tear_the_unwinding() -> None:
    end = run("""
        configure_shutdown_manager(max_attempts=10)
        try:
            with ShutdownProtection(5):
                pend()
        finally:
            for signum in (SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGINT):
                kill(signum)
                time.sleep(0.06)
            with ShutdownProtection(1) as block:
                kill(SIGINT)
                block.allow_break()
            say("unwound")
    """)
    check(end, -SIGTERM, ["unwound"])


def test_c20_c5_a_third_attempt_while_unwinding_ends_now() -> None:
    """The first exception was not of C5; so the third attempt is raised, and the fourth within a second ignored."""
    end = run("""
        try:
            with ShutdownProtection(5):
                pend()
        finally:
            time.sleep(0.06)
            kill(SIGTERM)
            time.sleep(0.06)
            try:
                kill(SIGQUIT)
                time.sleep(20)
                say("not reached")
            except SystemExit as error:
                told(error)
                kill(SIGINT)
                say("alive")
                raise
    """)
    check(end, -SIGQUIT, ["told SystemExit 131 SIGQUIT", "alive"])


def test_c17_in_repl_like_code_exception_can_be_pickled_and_printed() -> None:
    end = run("""
        import traceback
        try:
            with ShutdownProtection(5):
                pend()
        except SystemExit as error:
            say(repr(error), str(error))
            say("SystemExit: 143" in traceback.format_exc())
            raise
    """)
    check(end, -SIGTERM, ["SystemExit(143) 143", "True"])
