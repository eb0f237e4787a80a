"""C17, C18, C26, C27 with an event loop: the end is a callback of the loop, and tears nothing of it."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, run
from test_asyncio_tasks import case


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
@pytest.mark.parametrize(
    "main", ["await asyncio.sleep(30)", "await asyncio.Event().wait()", "while True: await asyncio.sleep(0)"]
)
def test_c3_c17_without_a_block_the_main_task_is_cancelled_then_the_exception_is_raised(signum: int, main: str) -> None:
    end = case(f"""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        async def main():
            asyncio.get_running_loop().call_later(0.05, kill, {signum})
            try:
                {main}
                say("not reached")
            finally:
                say("main is cancelled")
                await asyncio.sleep(0.02)
                say("rolled back")
        try:
            asyncio.run(main())
        except BaseException as error:
            of(error)
            os._exit(5)
    """)
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(end, 5, ["before", "main is cancelled", "rolled back", told])


def test_c17_the_main_task_is_cancelled_when_the_last_block_is_done() -> None:
    end = case("""
        async def work():
            async with ShutdownProtection(20):
                await pended()
                await asyncio.sleep(0.2)
                say("saved")
        async def main():
            task = asyncio.create_task(work())
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("main", task.done())
                raise
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["saved", "main True"])


def test_c18_blocks_of_threads_are_waited_for_while_the_loop_runs() -> None:
    end = case("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(20):
                entered.set()
                wait(20)
                time.sleep(0.3)
                say("saved")
        async def tick(count):
            while True:
                count.append(1)
                await asyncio.sleep(0.005)
        async def main():
            count = []
            task = asyncio.create_task(tick(count))
            thread = spawn(work)
            await asyncio.get_running_loop().run_in_executor(None, entered.wait)
            kill(SIGTERM)
            try:
                await asyncio.sleep(20)
            finally:
                say("main", len(count) > 5)
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["saved", "main True"])


def test_c17_a_main_task_that_swallows_its_cancellation_ends_all_the_same() -> None:
    end = case("""
        configure_shutdown_manager()
        async def main():
            asyncio.get_running_loop().call_later(0.02, kill, SIGTERM)
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("swallowed")
            return 5
        try:
            asyncio.run(main())
            say("not reached")
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["swallowed", "told SystemExit 143 SIGTERM"])


def test_c19_the_status_stays_when_the_program_swallows_system_exit() -> None:
    end = case("""
        configure_shutdown_manager()
        async def main():
            asyncio.get_running_loop().call_later(0.02, kill, SIGTERM)
            await asyncio.sleep(30)
        try:
            asyncio.run(main())
        except SystemExit:
            pass
        say("end")
    """)
    check(end, -SIGTERM, ["end"])


def test_c5_the_last_attempt_in_a_loop_is_raised_at_once() -> None:
    end = case("""
        async def main():
            async with ShutdownProtection(60):
                for signum in (SIGINT, SIGTERM, SIGQUIT):
                    kill(signum)
                    await asyncio.sleep(0.1)
                await asyncio.sleep(30)
                say("not reached")
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    assert end.lines == ["told SystemExit 131 SIGQUIT"], end
    assert end.status == -3 and end.seconds < 10, end


def test_c12_c26_what_the_loop_is_about_to_raise_is_not_over_and_comes_once() -> None:
    """Signals before each bytecode of the loop's callback that raises it."""
    end = case("""
        configure_shutdown_manager(max_attempts=1000)
        def trace(frame, kind, value):
            if frame.f_globals["__name__"] != "graceful_shutdown._asyncio" or frame.f_code.co_name != "end":
                return None
            frame.f_trace_opcodes = True
            if kind == "call":
                say("callback")
            elif kind == "opcode":
                kill(SIGINT)
            return trace
        async def main():
            asyncio.get_running_loop().call_soon(kill, SIGINT)
            await asyncio.sleep(30)
        sys.settrace(trace)
        try:
            asyncio.run(main())
        except KeyboardInterrupt as error:
            sys.settrace(None)
            of(error)
            time.sleep(0.1)
            say("handled once")
            raise
    """)
    check(end, -SIGINT, ["callback", "told KeyboardInterrupt - SIGINT", "handled once"], "KeyboardInterrupt")


def test_c18_shutdown_from_a_thread_reaches_a_loop_without_blocks() -> None:
    end = run("""
        import asyncio
        async def main():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, request_shutdown)
            await asyncio.sleep(20)
        try:
            asyncio.run(main())
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, 0, ["told SystemExit 0 request_shutdown()"])
