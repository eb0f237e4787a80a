"""D12, D21, D22: fork, exit statuses, the import, on 0.1.2 and here."""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM

import pytest

from pair import needs_original, run_both, seconds

pytestmark = needs_original


def test_d12_c23_a_child_forked_in_a_block_has_no_block() -> None:
    original, ours = run_both("""
        with ShutdownProtection(3):
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(write, b"x")
                while elapsed() < 10:
                    time.sleep(0.01)
                os._exit(0)
            os.read(read, 1)
            os.kill(child, SIGTERM)
            status = os.waitpid(child, 0)[1]
            say(os.waitstatus_to_exitcode(status), "after", elapsed())
    """)
    # There it waits for the parent's deadline.
    assert seconds(original, "1 after") >= 3
    assert seconds(ours, f"{-SIGTERM} after") < 3


def test_d12_c23_terminate_ends_a_multiprocessing_child_that_was_started_in_a_block() -> None:
    original, ours = run_both("""
        import multiprocessing
        read, write = os.pipe()
        def work():
            os.write(write, b"x")
            while elapsed() < 10:
                time.sleep(0.01)
        with ShutdownProtection(30):
            child = multiprocessing.get_context("fork").Process(target=work, daemon=True)
            child.start()
            os.read(read, 1)
            child.terminate()
            child.join(2)
            say(child.exitcode)
            child.kill()
    """)
    assert original.lines == ["None"]
    assert ours.lines == [str(-SIGTERM)]


def test_d12_c23_a_child_forked_after_a_signal_is_not_shutting_down() -> None:
    original, ours = run_both("""
        try:
            with ShutdownProtection(30):
                kill(SIGTERM)
                child = os.fork()
                if child == 0:
                    try:
                        with ShutdownProtection(30):
                            say("the child's block")
                    except Exception as error:
                        say(type(error).__name__)
                    os._exit(0)
                os.waitpid(child, 0)
        except SystemExit:
            say("told")
    """)
    assert original.lines == ["ShutdownImminentException", "told"]
    assert ours.lines == ["the child's block", "told"]


CODES = {
    "sigterm": ("kill(SIGTERM); time.sleep(3)", 1, -SIGTERM),
    "sighup": ("kill(SIGHUP); time.sleep(3)", 1, -SIGHUP),
    "sigint": ("kill(SIGINT); time.sleep(3)", -SIGINT, -SIGINT),
    "sigquit in a block": ("with ShutdownProtection(30): kill(SIGQUIT)", 1, -SIGQUIT),
    "three times sigint in a block": (
        "with ShutdownProtection(30): [(kill(SIGINT), time.sleep(0.1)) for _ in range(3)]",
        1,
        -SIGINT,
    ),
    "before_termination exits": (
        "configure_shutdown_manager(before_termination=lambda: sys.exit(7)); kill(SIGTERM); time.sleep(3)",
        7,
        7,
    ),
}


@pytest.mark.parametrize(("script", "there", "here"), CODES.values(), ids=CODES.keys())
def test_d21_c19_the_exit_status_names_the_signal(script: str, there: int, here: int) -> None:
    original, ours = run_both(f"configure_shutdown_manager()\n{script}\nsay('lived on')\n")
    assert (original.lines, ours.lines) == ([], [])
    assert (original.status, ours.status) == (there, here)


def test_d21_c19_exit_status_1_gives_back_what_0_1_2_did() -> None:
    original, ours = run_both("""
        try:
            configure_shutdown_manager(exit_status=1)
        except TypeError:
            configure_shutdown_manager()
        try:
            kill(SIGTERM)
            time.sleep(3)
        except SystemExit as end:
            say(end.code)
            raise
    """)
    assert original.lines == ours.lines == ["1"]
    assert original.status == ours.status == 1


BARE = """
import os, signal, sys, time
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""


def test_d22_the_import_is_cheap_and_changes_nothing() -> None:
    original, ours = run_both(
        """
        signals = signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP
        handlers = [signal.getsignal(signum) for signum in signals]
        modules = set(sys.modules)
        import graceful_shutdown
        say("modules", len(set(sys.modules) - modules))
        say("unchanged", handlers == [signal.getsignal(signum) for signum in signals])
        from importlib.metadata import requires
        say("requires", requires("graceful-shutdown") or "nothing")
        """,
        prelude=BARE,
    )
    assert seconds(original, "modules") > 50
    assert seconds(ours, "modules") <= 5
    assert original.lines[1] == "unchanged True"
    assert "autoinject" in original.lines[2]
    assert ours.lines[1:] == ["unchanged True", "requires nothing"]


def test_d22_the_import_is_ten_times_as_fast() -> None:
    script = """
        began = time.perf_counter()
        import graceful_shutdown
        say("seconds", time.perf_counter() - began)
    """
    runs = [run_both(script, prelude=BARE) for _ in range(3)]
    there = min(seconds(original, "seconds") for original, _ in runs)
    here = min(seconds(ours, "seconds") for _, ours in runs)
    assert here * 10 < there
