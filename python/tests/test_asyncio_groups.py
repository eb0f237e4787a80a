"""C12 to C14 in asyncio: several tasks, groups, nested blocks."""

from signal import SIGTERM

from cases import check, numbers
from test_asyncio_tasks import case


def test_c14_tasks_have_blocks_of_their_own() -> None:
    end = case("""
        async def work(name, seconds):
            entered = time.monotonic()
            try:
                async with ShutdownProtection(seconds) as block:
                    await asyncio.sleep(30)
            except asyncio.CancelledError:
                say(name, time.monotonic() - entered - seconds)
                raise
        async def breaks():
            async with ShutdownProtection(30) as block:
                while not is_shutdown_requested():
                    await asyncio.sleep(0.005)
                try:
                    block.allow_break()
                except asyncio.CancelledError as error:
                    of(error)
                    raise
        async def main():
            tasks = [asyncio.create_task(job) for job in (work("a", 0.2), work("b", 0.5), breaks())]
            await asyncio.sleep(0.05)
            say(len(open_blocks()))
            kill(SIGTERM)
            try:
                await asyncio.gather(*tasks, return_exceptions=True)    # with the last of them, main is cancelled
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                say("main")
                raise
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    assert min(numbers(end.lines, "a") + numbers(end.lines, "b")) >= 0, end
    rest = [line for line in end.lines if line[:2] not in ("a ", "b ")]
    assert rest[:2] == ["3", "told CancelledError - SIGTERM"], end
    assert rest[-2:] == ["main", "told SystemExit 143 SIGTERM"], end
    assert end.status == -SIGTERM and end.stderr == ""


def test_c13_nested_blocks_of_a_task() -> None:
    end = case("""
        protection = ShutdownProtection(20)
        async def main():
            async with protection as outer:
                await pended()
                async with protection as inner:
                    inner.allow_break()
                    await asyncio.sleep(0.01)
                    with ShutdownProtection(20) as third:
                        third.allow_break()
                    say("nested")
                say("outer")
                outer.allow_break()
                say("not reached")
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["nested", "outer"])


def test_c12_a_start_in_a_task_is_a_break_unless_it_has_another_block() -> None:
    end = case("""
        async def late():
            try:
                async with ShutdownProtection(5):
                    say("not reached")
            except asyncio.CancelledError as error:
                of(error)
                async with ShutdownProtection(5):
                    say("rolls back")
                raise
        async def main():
            async with ShutdownProtection(20):
                await pended()
                await asyncio.gather(asyncio.create_task(late()), return_exceptions=True)
                async with ShutdownProtection(5, run_at_exit=True):
                    say("nested")
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["told CancelledError - SIGTERM", "rolls back", "nested"])


def test_c17_a_task_s_cancel_from_outside_is_its_own() -> None:
    end = case("""
        async def work():
            async with ShutdownProtection(20):
                await asyncio.sleep(30)
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0.01)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                say("cancelled", hasattr(error, "event"), len(open_blocks()), is_shutdown_requested())
            try:
                async with asyncio.timeout(0.02), ShutdownProtection(20):
                    await asyncio.sleep(30)
            except TimeoutError:
                say("timeout")
            except AttributeError:
                pass
        if not hasattr(asyncio, "timeout"):
            class timeout:
                def __init__(self, _): pass
                async def __aenter__(self): raise TimeoutError
                async def __aexit__(self, *_): pass
            asyncio.timeout = timeout
        asyncio.run(main())
    """)
    check(end, 0, ["cancelled False 0 False", "timeout"])


def test_c17_task_group_and_timeout_pass_the_interrupt_on() -> None:
    end = case("""
        import sys
        if sys.version_info < (3, 11):
            say("skipped"); sys.exit(0)
        async def work(number):
            async with ShutdownProtection(20) as block:
                while True:
                    await asyncio.sleep(0.005)
                    block.allow_break()
        async def main():
            try:
                async with asyncio.timeout(20):
                    async with asyncio.TaskGroup() as group:
                        for number in range(3):
                            group.create_task(work(number))
                        await asyncio.sleep(0.05)
                        kill(SIGTERM)
                say("tasks are done")
                await asyncio.sleep(10)
                say("not reached")
            except asyncio.CancelledError:
                say("main is cancelled")
                raise
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    if end.lines != ["skipped"]:
        assert "not reached" not in end.lines and end.lines[-2:] == [
            "main is cancelled",
            "told SystemExit 143 SIGTERM",
        ], end
        assert end.status == -SIGTERM and end.stderr == "", end


def test_the_decorator_of_coroutine_functions() -> None:
    end = case("""
        @ShutdownProtection(20, name="job")
        async def job(number):
            await asyncio.sleep(0)
            say(open_blocks()[0].name, number)
            await pended(SIGINT)
            await asyncio.sleep(0.01)
            return number
        async def main():
            await job(3)
            say("not reached")
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            say("told")
        import inspect
        say(inspect.iscoroutinefunction(job), job.__name__)
    """)
    check(end, 0, ["job 3", "told", "True job"])
