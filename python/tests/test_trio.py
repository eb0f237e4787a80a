"""C9 to C18 in trio, where it is installed: blocks belong to tasks, and `trio.run` raises the end."""

import textwrap
from signal import SIGINT, SIGTERM

import pytest

from cases import End, check, numbers, run

pytest.importorskip("trio", reason="trio is not installed")

LOOP = """
import trio
if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup
async def pended(signum=SIGTERM):
    kill(signum)
    while not is_shutdown_requested():
        await trio.sleep(0.001)
def of(error):
    say("told", type(error).__name__, getattr(error, "code", "-"), getattr(error, "event", "-"))
"""

TOLD: dict[int, str] = {SIGTERM: "told SystemExit 143 SIGTERM", SIGINT: "told KeyboardInterrupt - SIGINT"}


def case(script: str) -> End:
    return run(LOOP + textwrap.dedent(script))


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
@pytest.mark.parametrize("nursery", [False, True])
def test_c3_c17_without_a_block_the_main_task_is_cancelled(signum: int, nursery: bool) -> None:
    """The exception is bare, also where a nursery is open."""
    end = case(f"""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        async def fire():
            await trio.sleep(0.05)
            kill({signum})
            await trio.sleep(30)
        async def main():
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(fire)
                    if {nursery}:
                        nursery.start_soon(trio.sleep, 30)
                    await trio.sleep(30)
                    say("not reached")
            finally:
                say("rolled back")
        try:
            trio.run(main)
        except BaseException as error:
            of(error)
            os._exit(5)
    """)
    check(end, 5, ["before", "rolled back", TOLD[signum]])


@pytest.mark.parametrize("how", ["with", "async with"])
@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
def test_c9_c10_breaks_and_ends_in_the_main_task(how: str, signum: int) -> None:
    """The first block is in the run: trio's own handler for SIGINT stood before."""
    end = case(f"""
        async def main(breaks):
            try:
                {how} ShutdownProtection(20) as block:
                    await trio.sleep(0)
                    block.allow_break()
                    await pended({signum})
                    await trio.sleep(0.02)
                    say("undisturbed", len(open_blocks()))
                    if breaks:
                        block.allow_break()
                        say("not reached")
                say("not reached")
            except BaseException as error:
                say("in the task", type(error).__name__, error.event, len(open_blocks()))
                raise
        for breaks in (True, False):
            try:
                trio.run(main, breaks)
            except BaseException as error:
                of(error)
                if isinstance(error, SystemExit):
                    cancel_shutdown()
            time.sleep(0.06)    # the next is another event (C2)
    """)
    name = "SIGINT" if signum == SIGINT else "SIGTERM"
    check(end, 0, ["undisturbed 1", f"in the task ShutdownInterrupt {name} 0", TOLD[signum]] * 2)


def test_c14_the_blocks_of_other_tasks_are_shielded_from_the_first_interrupt() -> None:
    end = case("""
        async def work(seconds):
            async with ShutdownProtection(20):
                while not is_shutdown_requested():
                    await trio.sleep(0.001)
                await trio.sleep(seconds)
                say("saved", seconds)
            say("not reached")
        async def main():
            async with trio.open_nursery() as nursery:
                for seconds in (0.05, 0.2, 0.4):
                    nursery.start_soon(work, seconds)
                await trio.sleep(0.05)
                kill(SIGTERM)
        try:
            trio.run(main)
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["saved 0.05", "saved 0.2", "saved 0.4", TOLD[SIGTERM]])


def test_c11_the_deadline_cancels_the_block_and_not_before() -> None:
    end = case("""
        async def main():
            entered = time.monotonic()
            try:
                async with ShutdownProtection(0.2):
                    try:
                        await pended(SIGINT)
                        await trio.sleep(30)
                    except trio.Cancelled:
                        say("late", time.monotonic() - entered - 0.2)
                        raise
                say("not reached")
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(0.02)
                say("rolled")
        for _ in range(4):
            try:
                trio.run(main)
            except KeyboardInterrupt as error:
                of(error)
    """)
    late = numbers(end.lines, "late")
    assert len(late) == 4 and min(late) >= 0 and min(late) < 0.05 and max(late) < 2, end
    check(end, 0)
    assert end.lines.count("rolled") == end.lines.count(TOLD[SIGINT]) == 4, end


def test_c11_c14_a_block_that_lapses_while_another_holds_the_end() -> None:
    """Its code rolls back, it ends with `ShutdownInterrupt`, and the other block goes on."""
    end = case("""
        async def lapses():
            try:
                async with ShutdownProtection(0.1):
                    try:
                        await trio.sleep(30)
                    except trio.Cancelled:
                        say("cancelled")
                        raise
                say("not reached")
            except ShutdownInterrupt as error:
                say("interrupted", error.event)
                raise
        async def saves():
            async with ShutdownProtection(20):
                await trio.sleep(0.5)
                say("saved")
        async def main():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(saves)
                nursery.start_soon(lapses)
                await trio.sleep(0.01)
                kill(SIGTERM)
        trio.run(main)
    """)
    check(end, -SIGTERM, ["cancelled", "interrupted SIGTERM", "saved"])


def test_c13_blocks_nest_and_their_scopes_with_them() -> None:
    end = case("""
        async def main():
            with trio.move_on_after(0.05) as theirs:
                async with ShutdownProtection(20):
                    with ShutdownProtection(20):
                        await trio.sleep(30)
            say("their timeout", theirs.cancelled_caught, len(open_blocks()))
            async with ShutdownProtection(20) as outer:
                async with ShutdownProtection(20) as inner:
                    await pended()
                    inner.allow_break()
                    say("inner")
                say("inner has ended")
                outer.allow_break()
                say("not reached")
        trio.run(main)
    """)
    check(end, -SIGTERM, ["their timeout True 0", "inner", "inner has ended"])


def test_c12_clean_up_of_a_cancelled_task_is_a_block_that_may_wait() -> None:
    end = case("""
        configure_shutdown_manager()
        async def main():
            kill(SIGTERM)
            try:
                await trio.sleep(30)
            finally:
                async with ShutdownProtection(5, run_at_exit=True):
                    await trio.sleep(0.05)
                    say("saved")
        trio.run(main)
    """)
    check(end, -SIGTERM, ["saved"])


def test_c10_an_own_error_keeps_its_status() -> None:
    end = case("""
        async def main():
            async with ShutdownProtection(20):
                await pended()
                raise ValueError("mine")
        trio.run(main)
    """)
    check(end, 1, [], "ValueError: mine")
    assert "SystemExit" not in end.stderr, end


def test_c17_a_main_task_that_swallows_its_cancellation_ends_all_the_same() -> None:
    end = case("""
        configure_shutdown_manager()
        async def main():
            kill(SIGTERM)
            try:
                await trio.sleep(30)
            except trio.Cancelled:
                say("swallowed")
        try:
            trio.run(main)
            say("not reached")
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["swallowed", TOLD[SIGTERM]])


@pytest.mark.parametrize("main", ["await trio.sleep(20)", "with ShutdownProtection(20): await pended()"])
def test_c18_blocks_of_threads_are_waited_for(main: str) -> None:
    end = case(f"""
        def work():
            with ShutdownProtection(20):
                say("entered")
                wait(20)
                time.sleep(0.3)
                say("saved")
        async def run():
            spawn(work)
            while not open_blocks():
                await trio.sleep(0.001)
            kill(SIGTERM)
            try:
                {main}
            finally:
                say("main")
        try:
            trio.run(run)
        finally:
            say("end")
    """)
    assert sorted(end.lines[1:3]) == (["main", "saved"]) and end.lines[-1] == "end", end
    assert end.status == -SIGTERM and not end.stderr, end


def test_c5_the_last_attempt_ends_a_run() -> None:
    end = case("""
        async def main():
            async with ShutdownProtection(60):
                for signum in (SIGINT, SIGTERM, SIGQUIT):
                    kill(signum)
                    await trio.sleep(0.1)
                await trio.sleep(30)
                say("not reached")
        try:
            trio.run(main)
        except SystemExit as error:
            of(error)
            raise
    """)
    assert end.lines == ["told SystemExit 131 SIGQUIT"], end
    assert end.status == -3 and end.seconds < 10, end


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_c9_c17_anyio_on_both_loops(backend: str) -> None:
    pytest.importorskip("anyio", reason="anyio is not installed")
    end = case(f"""
        import anyio
        async def main():
            async with ShutdownProtection(20) as block:
                kill(SIGTERM)
                await anyio.sleep(0.05)
                say("undisturbed", is_shutdown_requested())
                block.allow_break()
            say("not reached")
        try:
            anyio.run(main, backend={backend!r})
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["undisturbed True", TOLD[SIGTERM]])
