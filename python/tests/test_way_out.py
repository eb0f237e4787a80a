"""C28: an event on the way out is not lost, prints nothing, and gives its status."""

import random
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM

import pytest

from cases import check, run, start
from victim import Victim

SIGNALS = [SIGINT, SIGTERM, SIGQUIT, SIGHUP]


@pytest.mark.parametrize("signum", SIGNALS)
def test_c28_in_an_exit_function(signum: int) -> None:
    end = run(f"""
        import atexit
        def last():
            say("first of all")
        def save():
            kill({signum})
            time.sleep(0.1)
            say("atexit", is_shutdown_requested())
            with ShutdownProtection(5) as block:
                block.allow_break()
                say("block")
        atexit.register(last)
        configure_shutdown_manager()
        atexit.register(save)
        atexit.register(lambda: say("before"))
        with ShutdownProtection(5):
            pass
    """)
    check(end, -signum, ["before", "atexit True", "block", "first of all"])


@pytest.mark.parametrize("signum", SIGNALS)
def test_c28_while_the_interpreter_joins_a_thread_with_a_block(signum: int) -> None:
    victim = start("""
        import atexit
        atexit.register(lambda: say("atexit"))
        def work():
            with ShutdownProtection(20):
                wait_for(lambda: not threading.main_thread().is_alive())
                say("joining")
                wait(15)
                time.sleep(0.1)
                say("saved")
        spawn(work)
        wait_for(open_blocks)
    """)
    victim.expect("joining")
    victim.signal(signum)
    check(victim.end(), -signum, ["joining", "saved", "atexit"])


@pytest.mark.parametrize("signum", SIGNALS)
def test_c28_while_the_interpreter_joins_a_thread_without_a_block_for_ever(signum: int) -> None:
    victim = start("""
        import atexit
        atexit.register(lambda: say("atexit"))
        configure_shutdown_manager(before_termination=lambda: say("before"))
        def work():
            wait_for(lambda: not threading.main_thread().is_alive())
            say("joining")
            time.sleep(60)
        spawn(work)
    """)
    victim.expect("joining")
    victim.signal(signum)
    check(victim.end(), -signum, ["joining", "before", "atexit"])


@pytest.mark.parametrize("signum", SIGNALS)
def test_c28_in_a_destructor_at_the_teardown_of_modules(signum: int) -> None:
    end = run(f"""
        with ShutdownProtection(5):
            pass
        class Last:
            def __del__(self, kill=os.kill, pid=os.getpid(), sleep=time.sleep, write=os.write):
                write(1, b"teardown\\n")
                kill(pid, {signum})
                sleep(0.05)
                for _ in range(1000):
                    pass
                write(1, b"alive\\n")
        last = Last()
        sys.modules["kept"] = last
    """)
    check(end, -signum)
    assert end.lines[0] == "teardown", end


@pytest.mark.parametrize("attempts", [3, 1], ids=["first", "last"])
def test_c28_c5_in_the_callback_of_a_weak_reference(attempts: int) -> None:
    """Not the exception of the last attempt either: it would be printed and lost there."""
    end = run(f"""
        import weakref
        class Gone:
            pass
        def callback(reference, more=None):
            kill(SIGTERM)
            time.sleep(0.1)
            for _ in range(1000):
                pass
            say("called")
        configure_shutdown_manager(max_attempts={attempts})
        gone = Gone()
        reference = weakref.ref(gone, callback)
        try:
            del gone
            time.sleep(20)
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["called", "told SystemExit 143 SIGTERM"])


def test_c28_in_a_destructor_of_a_running_program() -> None:
    """What a destructor raises is printed and lost; so nothing is raised there."""
    end = run("""
        class Noisy:
            def __del__(self):
                kill(SIGTERM)
                for _ in range(1000):
                    pass
        configure_shutdown_manager()
        with ShutdownProtection(5):
            noisy = Noisy()
            del noisy
            say("inside")
        say("not reached")
    """)
    check(end, -SIGTERM, ["inside"])


@pytest.mark.parametrize("way", ["sys.exit(0)", "raise SystemExit", "pass", "sys.exit(3)", "os._exit(3)"])
def test_c28_an_event_at_the_last_moment_and_the_own_status(way: str) -> None:
    end = run(f"""
        import atexit
        configure_shutdown_manager()
        atexit.register(kill, SIGTERM)
        {way}
    """)
    assert end.status == (3 if "3" in way else -SIGTERM) and not end.stderr, end


def test_c28_c19_exit_status_on_the_way_out() -> None:
    end = run("""
        import atexit
        configure_shutdown_manager(exit_status=9)
        atexit.register(kill, SIGTERM)
    """)
    check(end, 9, [])


def test_c28_c16_before_termination_runs_on_the_way_out() -> None:
    end = run("""
        import atexit
        configure_shutdown_manager(before_termination=lambda: say("before"))
        atexit.register(say, "last")
        atexit.register(kill, SIGTERM)
    """)
    assert sorted(end.lines) == ["before", "last"] and end.status == -SIGTERM and not end.stderr, end


@pytest.mark.parametrize(
    "first_use", ["configure_shutdown_manager", "ShutdownProtection(5)(configure_shutdown_manager)"]
)
def test_c28_c16_an_exit_function_that_was_registered_before_the_first_use(first_use: str) -> None:
    """It runs behind ours, and with our handlers."""
    end = run(f"""
        import atexit
        def early():
            say("early", is_shutdown_requested())
            kill(SIGTERM)
            time.sleep(0.1)
            with ShutdownProtection(5) as block:
                block.allow_break()
                say("block", is_shutdown_requested())
        atexit.register(say, "last")
        atexit.register(early)
        {first_use}(before_termination=lambda: say("before"))
        atexit.register(say, "first")
    """)
    check(end, -SIGTERM, ["first", "early True", "before", "block True", "last"])


def test_c28_two_and_three_events_on_the_way_out() -> None:
    end = run("""
        import atexit
        configure_shutdown_manager(max_attempts=5)
        def several():
            for signum in (SIGTERM, SIGINT, SIGQUIT):
                kill(signum)
                time.sleep(0.06)
            say("done")
        atexit.register(several)
    """)
    check(end, -SIGTERM, ["done"])


def test_c28_c5_the_last_attempt_on_the_way_out_kills() -> None:
    end = run("""
        import atexit
        configure_shutdown_manager(max_attempts=2)
        def several():
            kill(SIGTERM)
            time.sleep(0.06)
            kill(SIGQUIT)
            time.sleep(1.2)
            kill(SIGQUIT)
            time.sleep(20)
            say("not reached")
        atexit.register(several)
    """)
    check(end, -SIGQUIT, [])


@pytest.mark.timeout(600)  # Each of sixty programs has its watchdog.
@pytest.mark.parametrize(
    "script",
    [
        "with ShutdownProtection(5): pass\nsay('ready')",
        "configure_shutdown_manager()\nsay('ready')",
        "import asyncio, logging\nwith ShutdownProtection(5): pass\nsay('ready')\nasyncio.run(asyncio.sleep(0))",
        "thread = spawn(ShutdownProtection(5)(len), '')\nthread.join()\nsay('ready')",
        "from concurrent import futures as f\nwait(0)\nf.ThreadPoolExecutor().submit(len, '')\nsay('ready')",
    ],
)
def test_c28_at_any_moment_between_the_last_block_and_the_end(script: str) -> None:
    """The moment is at random: the status is the signal's, or that of a program that had gone already."""
    ends: list[bool] = []
    for number in range(60):
        victim: Victim = start(script)
        victim.expect("ready")
        until = random.uniform(0, 0.03) if number else 0
        _spin(until)
        signum = SIGNALS[number % 4]
        victim.signal(signum)
        end = victim.end()
        ends.append(end.status == 0)
        printed = [line for line in end.stderr.splitlines() if line]
        if signum == SIGINT and "KeyboardInterrupt" in printed:
            printed = []  # in code that can still handle it
        assert end.status in (0, -signum) and not printed, (signum, until, end)
    assert False in ends, "no signal came in time"


def _spin(seconds: float) -> None:
    import time

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
