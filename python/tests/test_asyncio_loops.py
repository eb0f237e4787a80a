"""C8, C26, C27 with event loops: handlers, several loops, loops in threads."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check
from test_asyncio_tasks import case


def test_c26_many_loops_one_after_the_other() -> None:
    end = case("""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        async def main(how):
            async with ShutdownProtection(20) as block:
                await pended(SIGINT)
                if how:
                    block.allow_break()
        for number in range(6):
            try:
                asyncio.run(main(number % 2))
                say("not reached")
            except KeyboardInterrupt:
                say("told", is_shutdown_requested())
            with ShutdownProtection(5):
                pass
        say(is_shutdown_requested())
    """)
    check(end, 0)
    assert end.lines.count("before") == 6 and end.lines[-1] == "False", end


def test_c11_a_loop_in_a_thread() -> None:
    end = case("""
        async def work():
            entered = time.monotonic()
            try:
                async with ShutdownProtection(0.3) as block:
                    ready.set()
                    await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("late", time.monotonic() - entered >= 0.3)
                raise
        async def breaks():
            async with ShutdownProtection(20) as block:
                while True:
                    await asyncio.sleep(0.005)
                    block.allow_break()
        def thread(work):
            try:
                asyncio.run(work())
            except BaseException as error:
                say("thread", type(error).__name__)
        ready = threading.Event()
        spawn(thread, work), spawn(thread, breaks)
        ready.wait()
        wait_for(lambda: len(open_blocks()) == 2)
        try:
            kill(SIGTERM)
            time.sleep(20)
        except SystemExit as error:
            of(error)
            raise
    """)
    assert sorted(end.lines)[:3] == ["late True", "thread CancelledError", "thread CancelledError"], end
    assert "told SystemExit 143 SIGTERM" in end.lines and end.status == -SIGTERM and end.stderr == "", end


@pytest.mark.parametrize("when", ["before", "after"])
def test_c27_c8_a_handler_of_the_loop(when: str) -> None:
    end = case(f"""
        async def main():
            loop, stop = asyncio.get_running_loop(), asyncio.Event()
            if {when == "after"}:
                configure_shutdown_manager()
            loop.add_signal_handler(SIGTERM, lambda: (say("theirs"), stop.set()))
            async with ShutdownProtection(20) as block:
                kill(SIGTERM)
                await asyncio.sleep(0.05)
                say("block", is_shutdown_requested())
                block.allow_break()
            await stop.wait()
            say("served")
        asyncio.run(main())
    """)
    assert end.lines[-1] == "served" and "theirs" in end.lines and "block False" in end.lines, end
    assert end.status == 0 and not end.stderr, end
    if when == "before":
        assert end.lines == ["block False", "theirs", "served"], end


def test_c27_the_runner_s_own_handler_counts_as_the_default_one() -> None:
    end = case("""
        async def main():
            try:
                async with ShutdownProtection(20) as block:    # the first use: the Runner's handler stands
                    await pended(SIGINT)
                    say("inside")
                    block.allow_break()
            except asyncio.CancelledError as error:
                of(error)
                raise
        try:
            asyncio.run(main())
        except KeyboardInterrupt as error:
            of(error)
    """)
    check(end, 0, ["inside", "told CancelledError - SIGINT", "told KeyboardInterrupt - SIGINT"])


def test_c17_run_until_complete_and_run_forever() -> None:
    end = case("""
        loop = asyncio.new_event_loop()
        loop.call_later(0.02, kill, SIGINT)
        configure_shutdown_manager()
        try:
            loop.run_forever()
        except KeyboardInterrupt as error:
            of(error)
        async def main():
            with ShutdownProtection(5) as block:
                await pended(SIGINT)
                block.allow_break()
        try:
            loop.run_until_complete(main())
        except (KeyboardInterrupt, asyncio.CancelledError) as error:
            of(error)
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
        say("closed")
    """)
    assert end.lines[0] == "told KeyboardInterrupt - SIGINT" and end.lines[-1] == "closed" and len(end.lines) == 3, end
    assert end.status == 0, end


def test_c17_runner_can_be_used_again() -> None:
    end = case("""
        if not hasattr(asyncio, "Runner"):
            say("skipped"); sys.exit(0)
        async def main():
            async with ShutdownProtection(5):
                await pended(SIGINT)
        with asyncio.Runner() as runner:
            for _ in range(3):
                try:
                    runner.run(main())
                    say("not reached")
                except KeyboardInterrupt:
                    say("told")
            say(runner.run(asyncio.sleep(0, 7)))
    """)
    assert end.lines in (["told"] * 3 + ["7"], ["skipped"]), end
    assert end.status == 0 and not end.stderr, end


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
def test_c17_c28_nothing_is_raised_while_asyncio_begins_or_ends_a_run(call: int, signum: int) -> None:
    """A run is three: of the main task, of its generators, of its threads. None leaves a task that never ends."""
    end = case(f"""
        calls = 0
        class Loop(asyncio.SelectorEventLoop):
            def run_forever(self):
                global calls
                calls += 1
                if calls == {call}:
                    kill({signum})
                    until = time.monotonic() + 0.1
                    while time.monotonic() < until:
                        pass
                super().run_forever()
        configure_shutdown_manager()
        # What `asyncio.run` calls; a policy is deprecated from 3.14 on.
        asyncio.events.new_event_loop = Loop
        try:
            asyncio.run(asyncio.sleep(0.2))
            time.sleep(20)
        except BaseException as error:
            of(error)
        import gc
        gc.collect()
        os._exit(5)
    """)
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(end, 5, [told])


def test_c17_what_waits_for_a_run_to_begin_does_not_wait_for_ever() -> None:
    end = case("""
        def begin_slowly():
            kill(SIGTERM)
            time.sleep(0.5)
            say("asyncio still waits")
            time.sleep(20)
        configure_shutdown_manager()
        asyncio.events.new_event_loop = begin_slowly
        asyncio.run(asyncio.sleep(0.2))
    """)
    assert end.lines == ["asyncio still waits"] and end.status == -SIGTERM and end.seconds < 15, end
