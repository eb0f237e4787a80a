"""C19: with what status the process ends."""

from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest

from cases import check, run


@pytest.mark.parametrize(("exit_status", "signum"), [(7, "SIGTERM"), (1, "SIGINT"), (0, "SIGQUIT"), (255, "SIGHUP")])
@pytest.mark.parametrize("swallowed", [True, False])
def test_c19_exit_status_is_configurable(exit_status: int, signum: str, swallowed: bool) -> None:
    end = run(f"""
        configure_shutdown_manager(exit_status={exit_status})
        try:
            with ShutdownProtection(5):
                pend({signum})
        except BaseException as error:
            told(error)
            if not {swallowed} or isinstance(error, KeyboardInterrupt):
                sys.exit(error.code if isinstance(error, SystemExit) else {exit_status})
    """)
    assert end.status == exit_status and not end.stderr, end


def test_c19_exit_status_of_an_uncaught_keyboard_interrupt() -> None:
    end = run("""
        configure_shutdown_manager(exit_status=7)
        with ShutdownProtection(5):
            pend(SIGINT)
    """)
    check(end, 7, [], "KeyboardInterrupt")


@pytest.mark.parametrize("where", ["finally", "thread"])
def test_c19_an_exit_that_was_handled_on_the_way_keeps_no_status(where: str) -> None:
    """Of a rollback, or of a thread that outlives the main one: neither ends the program."""
    end = run(f"""
        main_has_ended = threading.Event()
        def leave():
            with ShutdownProtection(5, run_at_exit=True):
                try:
                    with ShutdownProtection(5, run_at_exit=True):
                        sys.exit(7)
                except SystemExit:
                    say("handled")
        def work():
            main_has_ended.wait()
            leave()
        configure_shutdown_manager()
        if {where == "thread"}:
            spawn(work)
        try:
            kill(SIGINT)
            time.sleep(10)
        finally:
            if {where == "finally"}:
                leave()
            main_has_ended.set()
    """)
    check(end, -SIGINT, ["handled"], "KeyboardInterrupt")


def test_c19_exit_status_false_is_the_signal_again_and_none_keeps() -> None:
    end = run("""
        configure_shutdown_manager(exit_status=7)
        configure_shutdown_manager(exit_status=None)
        configure_shutdown_manager(exit_status=False)
        with ShutdownProtection(5):
            pend()
    """)
    check(end, -SIGTERM, [])


@pytest.mark.parametrize("after", ["sys.exit(3)", "raise ValueError('mine')", "os._exit(3)"])
def test_c19_an_own_error_in_the_handling_keeps_its_status(after: str) -> None:
    end = run(f"""
        try:
            with ShutdownProtection(5):
                pend()
        except SystemExit:
            {after}
    """)
    assert end.status == (1 if "mine" in after else 3), end
    assert ("mine" in end.stderr) == ("mine" in after), end


def test_c19_no_core_file_for_sigquit(tmp_path: Path) -> None:
    end = run(f"""
        import resource
        os.chdir({str(tmp_path)!r})
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        read = os.fork()
        if read:
            _, status = os.waitpid(read, 0)
            say(os.WIFSIGNALED(status) and os.WTERMSIG(status), os.WCOREDUMP(status))
            os._exit(0)
        with ShutdownProtection(5):
            pend(SIGQUIT)
    """)
    check(end, 0, ["3 False"])


def test_c19_output_is_flushed() -> None:
    end = run("""
        sys.stdout = open(1, "w", buffering=65536, closefd=False)
        import atexit
        atexit.register(print, "atexit")
        with ShutdownProtection(5):
            pend()
            print("buffered")
    """)
    check(end, -SIGTERM, ["buffered", "atexit"])
