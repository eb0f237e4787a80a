"""C29, and the README's daemon thread: the process waits for the blocks of daemon threads."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, run, start


def test_c17_a_thread_ends_quietly_and_its_code_is_told() -> None:
    end = run("""
        entered = threading.Event()
        def work():
            try:
                with ShutdownProtection(20) as block:
                    entered.set()
                    while True:
                        block.allow_break()
                        time.sleep(0.005)
            except SystemExit as error:
                told(error)
                say(type(error).__mro__[1].__name__, open_blocks())
                raise
        thread = spawn(work)
        entered.wait()
        try:
            kill(SIGTERM)
            time.sleep(30)
        except SystemExit:
            thread.join()
            say("joined")
            raise
    """)
    check(end, -SIGTERM, ["told ShutdownInterrupt 143 SIGTERM", "SystemExit []", "joined"])


def test_c17_in_a_pool_the_future_has_the_interrupt_and_the_pool_goes_on() -> None:
    end = run("""
        from concurrent.futures import ThreadPoolExecutor
        entered = threading.Event()
        def work():
            with ShutdownProtection(20) as block:
                entered.set()
                while True:
                    block.allow_break()
                    time.sleep(0.005)
        with ThreadPoolExecutor(2) as pool:
            try:
                future = pool.submit(work)
                entered.wait()
                kill(SIGTERM)
                future.result()
                say("not reached")
            except SystemExit as error:
                told(error)
                say(type(future.exception()).__name__, pool.submit(len, "ab").result())
                raise
    """)
    check(end, -SIGTERM, ["told SystemExit 143 SIGTERM", "ShutdownInterrupt 2"])


def test_c17_an_error_of_a_thread_is_still_shown() -> None:
    end = run("""
        def work():
            with ShutdownProtection(5):
                raise ValueError("mine")
        spawn(work).join()
        say("alive")
    """)
    check(end, 0, ["alive"], "ValueError: mine")


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
def test_readme_the_daemon_thread_finishes_its_loop_before_the_program_ends(signum: int) -> None:
    victim = start("""
        def work():
            with ShutdownProtection(4) as block:
                while True:
                    say("begin")
                    time.sleep(0.1)
                    say("end")
                    block.allow_break()
        thread = spawn(work, daemon=True)
        thread.join()
    """)
    victim.expect("begin")
    victim.signal(signum)
    end = victim.end()
    assert end.status == -signum
    assert end.lines in (["begin", "end"], ["begin", "end"] * 2), end


def test_c29_the_process_waits_for_the_blocks_of_daemon_threads() -> None:
    end = run("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(20) as block:
                entered.set()
                time.sleep(0.3)
                say("saved", is_shutdown_requested())
                block.allow_break()
                say("not reached")
        spawn(work, daemon=True)
        entered.wait()
        say("main is done")
        sys.exit(4)
    """)
    check(end, 4, ["main is done", "saved True"])


def test_c29_but_not_beyond_their_deadline_which_counts_from_then_at_the_latest() -> None:
    end = run("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(drain_time=0.4) as block:
                entered.set()
                time.sleep(60)
        spawn(work, daemon=True)
        entered.wait()
        time.sleep(0.6)
        say("done")
    """)
    check(end, 0, ["done"])
    assert 1.0 < end.seconds < 8, end


def test_c29_an_event_while_the_process_waits_is_its_status() -> None:
    victim = start("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(20) as block:
                entered.set()
                wait_for(lambda: not threading.main_thread().is_alive() or is_shutdown_requested())
                say("inside")
                time.sleep(0.5)
                say("saved")
        spawn(work, daemon=True)
        entered.wait()
    """)
    victim.expect("inside")
    victim.signal(SIGTERM)
    check(victim.end(), -SIGTERM, ["inside", "saved"])
