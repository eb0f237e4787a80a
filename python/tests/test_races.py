"""Races: what must hold whenever the event comes, repeated with delays at random."""

import random
import time
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM

import pytest

from cases import check, run, start

SIGNALS = [SIGINT, SIGTERM, SIGQUIT, SIGHUP]


def test_c1_c9_no_event_is_lost_and_no_block_leaks_in_a_thousand_rounds() -> None:
    """A thread signals while the main thread enters, breaks and leaves: each SIGINT comes out exactly once."""
    end = run("""
        import random
        told = [0]
        sent = []
        def fire(delay):
            until = time.monotonic() + delay
            while time.monotonic() < until:
                pass
            sent.append(1)
            kill(SIGINT)
        for number in range(150):
            where, depth = "start", 0
            thread = None
            try:
                try:
                    with ShutdownProtection(20):
                        thread = spawn(fire, random.uniform(0, 0.001))
                    for _ in range(10000):
                        with ShutdownProtection(20) as outer:
                            where = "half"
                            with outer as inner:
                                inner.allow_break()
                            where = "whole"
                            outer.allow_break()
                        assert where == "whole", where
                    time.sleep(10)
                    say("not reached")
                finally:
                    with ShutdownProtection(20):
                        thread and thread.join()
                        if len(open_blocks()) != 1:
                            say("leaked", open_blocks())
            except KeyboardInterrupt:
                told[0] += 1
                if where == "half":
                    say("half a body")
            time.sleep(0.055)    # the next is another event (C2)
        say(told[0], len(sent), len(open_blocks()), is_shutdown_requested())
    """)
    assert end.lines == ["150 150 0 False"], end
    assert end.status == 0 and not end.stderr, end


@pytest.mark.parametrize(
    "body",
    [
        "with ShutdownProtection(5): pass",
        "with ShutdownProtection(5) as block: block.allow_break()",
        "wait(0)",
        "restore_handlers() or configure_shutdown_manager()",
        "open_blocks()",
        "thread = threading.Thread(target=ShutdownProtection(5)(len), args=('',)); thread.start(); thread.join()",
        "os.waitpid(os.fork() or os._exit(0), 0)",
    ],
)
def test_c1_c3_a_signal_at_any_moment_ends_a_loop_that_does(body: str) -> None:
    for number in range(25):
        victim = start(f"""
            configure_shutdown_manager()
            say("ready")
            while True:
                {body}
        """)
        victim.expect("ready")
        time.sleep(random.uniform(0, 0.01))
        signum = SIGNALS[number % 4]
        victim.signal(signum)
        end = victim.end()
        assert end.status == -signum, end
        assert not end.stderr or (signum == SIGINT and end.stderr.rstrip().endswith("KeyboardInterrupt")), end


def test_c1_signals_at_the_start_of_the_program() -> None:
    """From the import on: the default action, or ours, never nothing."""
    for _ in range(60):
        victim = start("time.sleep(20)")
        time.sleep(random.uniform(0, 0.15))
        victim.signal(SIGTERM)
        end = victim.end()
        assert end.status == -SIGTERM and not end.stderr, end


def test_c1_the_first_block_races_with_the_first_signal() -> None:
    for number in range(60):
        victim = start("""
            say("ready")
            with ShutdownProtection(20) as block:
                while True:
                    block.allow_break()
        """)
        victim.expect("ready")
        until = time.monotonic() + random.uniform(0, 0.002)
        while time.monotonic() < until:
            pass
        signum = SIGNALS[number % 4]
        victim.signal(signum)
        end = victim.end()
        assert end.status == -signum, end
        assert not end.stderr or (signum == SIGINT and end.stderr.rstrip().endswith("KeyboardInterrupt")), end


def test_c1_c3_the_main_thread_is_woken_while_it_installs_what_a_thread_has_begun() -> None:
    """It sleeps since before the first block. What stands for our handler until then is called in the middle of it."""
    for _ in range(3):
        end = run("""
            import _signal
            getsignal = _signal.getsignal
            def slowly(signum):
                if threading.current_thread() is threading.main_thread() and not asked:
                    asked.append(signum)
                    time.sleep(0.1)
                return getsignal(signum)
            _signal.getsignal, asked = slowly, []
            def work():
                time.sleep(0.1)
                with ShutdownProtection(5):
                    pass
                kill(SIGTERM)
            spawn(work)
            try:
                time.sleep(20)
            except BaseException as error:
                told(error)
                say(len(asked), getsignal(SIGTERM) is getsignal(SIGHUP))
                raise
        """)
        check(end, -SIGTERM, ["told SystemExit 143 SIGTERM", "1 True"])


def test_c14_c18_workers_main_and_signals_at_random() -> None:
    """Every loop is whole, whatever the moment: each worker counts begun and done rounds."""
    for number in range(30):
        victim = start("""
            import atexit
            begun, done = [0] * 4, [0] * 4
            def work(number):
                protection = ShutdownProtection(20)
                while True:
                    with protection as block:
                        for _ in range(5):
                            begun[number] += 1
                            time.sleep(0)
                            done[number] += 1
                            block.allow_break()
            @atexit.register
            def count():
                say("whole", begun == done)
            threads = [spawn(work, number, daemon=number % 2) for number in range(4)]
            wait_for(lambda: any(begun))    # from the first block on there are handlers
            say("ready")
            while True:
                time.sleep(0.001)
        """)
        victim.expect("ready")
        time.sleep(random.uniform(0, 0.02))
        signum = SIGNALS[number % 4]
        victim.signal(signum)
        end = victim.end()
        assert end.lines == ["ready", "whole True"] and end.status == -signum, end
        assert not end.stderr or (signum == SIGINT and end.stderr.rstrip().endswith("KeyboardInterrupt")), end


def test_c11_c29_daemon_threads_with_deadlines_at_the_exit() -> None:
    for _ in range(30):
        end = run("""
            import random
            def work(seconds):
                while True:
                    with ShutdownProtection(seconds) as block:
                        time.sleep(random.uniform(0, 0.02))
                        block.allow_break()
            for number in range(4):
                spawn(work, random.uniform(0.001, 0.02), daemon=True)
            time.sleep(random.uniform(0, 0.02))
        """)
        check(end, 0, [])


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
def test_c17_loops_and_signals_at_random(signum: int) -> None:
    for _ in range(30):
        victim = start("""
            import asyncio
            begun, done = [0] * 3, [0] * 3
            async def work(number):
                while True:
                    async with ShutdownProtection(20) as block:
                        begun[number] += 1
                        await asyncio.sleep(0)
                        done[number] += 1
                        block.allow_break()
                    await asyncio.sleep(0)
            async def main():
                tasks = [asyncio.create_task(work(number)) for number in range(3)]
                say("ready")
                await asyncio.gather(*tasks)
            configure_shutdown_manager()
            try:
                asyncio.run(main())
            finally:
                say("whole", begun == done)
        """)
        victim.expect("ready")
        time.sleep(random.uniform(0, 0.02))
        victim.signal(signum)
        end = victim.end()
        assert end.lines == ["ready", "whole True"] and end.status == -signum, end
        assert not end.stderr or (signum == SIGINT and end.stderr.rstrip().endswith("KeyboardInterrupt")), end


def test_c2_c5_c20_storms_of_signals_end_every_program() -> None:
    for number in range(30):
        victim = start("""
            import atexit
            def work():
                while True:
                    with ShutdownProtection(20) as block:
                        block.allow_break()
            spawn(work), spawn(work, daemon=True)
            wait_for(open_blocks)    # from the first block on there are handlers
            say("ready")
            try:
                while True:
                    with ShutdownProtection(20) as block:
                        block.allow_break()
            finally:
                with ShutdownProtection(5):
                    time.sleep(0.02)
        """)
        victim.expect("ready")
        for _ in range(60):
            try:
                victim.signal(random.choice(SIGNALS))
            except ProcessLookupError:
                break
            time.sleep(random.uniform(0, 0.004) if number % 2 else 0)
        end = victim.end()
        assert -end.status in SIGNALS, end
        assert "Fatal" not in end.stderr and "Exception ignored" not in end.stderr, end
