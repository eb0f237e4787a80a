"""C6, C16, C30: whatever a callback does, the end comes."""

from __future__ import annotations

import contextlib
import subprocess
import time
from signal import SIGHUP, SIGQUIT, SIGTERM

import pytest

from victim import run, start

RAISES = {
    "an error": ("raise ValueError('broken')", "ValueError: broken"),
    "a keyboard interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "a generator's exit": ("raise GeneratorExit", "GeneratorExit"),
    "an error that has no text": (
        "class Mute(Exception):\n        __str__ = __repr__ = None\n    raise Mute",
        "Mute",
    ),
    "an error of its arguments": ("callback(1)", "TypeError"),
}
raising = pytest.mark.parametrize(("body", "shown"), RAISES.values(), ids=RAISES.keys())


@raising
def test_c16_a_before_termination_that_raises_is_logged_and_the_end_goes_on(body: str, shown: str) -> None:
    end = run(f"""
import logging
logging.basicConfig()
def callback():
    say("called")
    {body}
configure_shutdown_manager(before_termination=callback)
try:
    kill(SIGTERM)
    time.sleep(10)
    say("too late")
finally:
    say("unwound")
""")
    assert end.lines == ["called", "unwound"]
    assert end.status == -SIGTERM
    assert "before_termination raised; the shutdown goes on" in end.stderr
    assert shown in end.stderr


@raising
def test_c6_a_before_hup_that_raises_is_logged_and_changes_nothing_else(body: str, shown: str) -> None:
    end = run(f"""
import logging
logging.basicConfig()
def callback():
    say("called")
    {body}
configure_shutdown_manager(before_hup=callback)
with ShutdownProtection(30) as block:
    kill(SIGHUP)
    time.sleep(0.3)
    say("undisturbed")
say("too late")
""")
    assert end.lines == ["called", "undisturbed"]
    assert end.status == -SIGHUP
    assert "before_hup raised; the shutdown goes on" in end.stderr
    assert shown in end.stderr


@pytest.mark.parametrize(
    ("code", "status"), [("0", 0), ("7", 7), ("None", 0), ("'text'", 1), ("256", 0), ("object()", 1)]
)
def test_c16_a_system_exit_of_before_termination_sets_the_status(code: str, status: int) -> None:
    end = run(f"""
        def callback():
            sys.exit({code})
        configure_shutdown_manager(before_termination=callback)
        kill(SIGTERM)
        time.sleep(10)
        say("too late")
    """)
    assert end.lines == []
    assert end.status == status
    assert end.stderr == ("text\n" if code == "'text'" else end.stderr if code == "object()" else "")


REENTERS: dict[str, tuple[str, list[str]]] = {
    "configures": ("configure_shutdown_manager(before_termination=lambda: say('another'))", []),
    "removes itself": ("configure_shutdown_manager(before_termination=False)", []),
    "requests": ("request_shutdown()", []),
    "cancels": ("cancel_shutdown()", ["RuntimeError"]),
    "starts a block": ("with ShutdownProtection(4) as block: block.allow_break(); say('block')", ["block"]),
    "is signalled": ("kill(SIGTERM)", []),
    "waits": ("say(wait(0.01))", ["True"]),
    "asks": ("say(is_shutdown_requested(), len(open_blocks()))", ["True 0"]),
    "restores": ("restore_handlers()", []),
    "forks": ("say(fork())", ["768"]),
    "starts a thread": (
        "t = threading.Thread(target=lambda: say(is_shutdown_requested())); t.start(); t.join()",
        ["True"],
    ),
}


@pytest.mark.parametrize(("body", "said"), REENTERS.values(), ids=REENTERS.keys())
def test_c16_c20_a_before_termination_may_use_the_package(body: str, said: list[str]) -> None:
    end = run(f"""
import warnings
def fork():
    # From 3.12 on the interpreter warns of the package's own thread.
    warnings.simplefilter("ignore")
    child = os.fork()
    if child == 0:
        os._exit(3)
    return os.waitpid(child, 0)[1]
def callback():
    say("called")
    try:
        {body}
    except Exception as error:
        say(type(error).__name__)
    say("over")
configure_shutdown_manager(before_termination=callback)
try:
    with ShutdownProtection(30):
        kill(SIGTERM)
    say("too late")
finally:
    say("unwound")
""")
    assert end.lines == ["called", *said, "over", "unwound"]
    assert end.status == -SIGTERM
    assert end.stderr == ""


def test_c5_a_before_termination_that_blocks_ends_at_the_last_attempt() -> None:
    victim = start("""
        def callback():
            say("called")
            while True:
                time.sleep(1)
        configure_shutdown_manager(before_termination=callback)
        with ShutdownProtection(30):
            kill(SIGTERM)
    """)
    victim.expect("called")
    # Attempts are counted on; those within 50 ms are one.
    while victim.process.poll() is None:
        victim.signal(SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            victim.process.wait(0.2)
    end = victim.end()
    assert end.lines == ["called"]
    assert end.status == -SIGTERM


def test_c24_a_before_termination_that_blocks_is_bounded_by_force_exit_after() -> None:
    end = run("""
        def callback():
            say("called")
            while True:
                time.sleep(1)
        configure_shutdown_manager(before_termination=callback, force_exit_after=0.5)
        with ShutdownProtection(30):
            kill(SIGTERM)
    """)
    assert end.lines == ["called"]
    assert end.status == -SIGTERM


def test_c6_a_before_hup_that_blocks_does_not_prevent_the_end() -> None:
    victim = start("""
        def callback():
            say("called")
            while True:
                time.sleep(1)
        configure_shutdown_manager(before_hup=callback, max_attempts=2)
        with ShutdownProtection(30):
            kill(SIGHUP)
            time.sleep(20)
    """)
    # A SIGHUP counts when it acts, which is behind its callback: so these are the two.
    victim.expect("called")
    victim.signal(SIGQUIT)
    time.sleep(0.1)  # More than what makes two signals one attempt.
    victim.signal(SIGTERM)
    end = victim.end()
    assert end.lines == ["called"]
    assert end.status == -SIGTERM


def test_c30_false_removes_a_callback_and_none_keeps_it() -> None:
    end = run("""
        configure_shutdown_manager(before_termination=lambda: say("termination"), before_hup=lambda: say("hup"))
        configure_shutdown_manager(before_termination=None, before_hup=False)
        try:
            kill(SIGHUP)
            time.sleep(10)
        finally:
            say("unwound")
    """)
    assert end.lines == ["termination", "unwound"]
    assert end.status == -SIGHUP


@pytest.mark.parametrize("value", ["False", "0", "''", "[]"])
def test_c30_a_value_that_is_not_true_removes_a_callback_as_in_0_1_2(value: str) -> None:
    end = run(f"""
        configure_shutdown_manager(before_termination=lambda: say("termination"), before_hup=lambda: say("hup"))
        configure_shutdown_manager(before_termination={value}, before_hup={value})
        kill(SIGHUP)
        time.sleep(10)
    """)
    assert end.lines == []
    assert end.status == -SIGHUP
