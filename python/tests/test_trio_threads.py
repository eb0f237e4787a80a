"""C11, C14 where trio runs in another thread than the main one."""

from signal import SIGTERM

import pytest

from cases import check, numbers
from test_trio import case

pytest.importorskip("trio", reason="trio is not installed")


def test_c14_a_run_in_a_thread_is_interrupted_quietly() -> None:
    end = case("""
        async def main():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, 30)
                async with ShutdownProtection(20) as block:
                    say("entered")
                    while True:
                        await trio.sleep(0.001)
                        block.allow_break()
        thread = spawn(trio.run, main)
        wait_for(open_blocks)
        kill(SIGTERM)
        thread.join()
        time.sleep(20)
    """)
    check(end, -SIGTERM, ["entered"])


AROUND = """
        async def busy():
            while True:
                await trio.sleep(0)
        async def block():
            async with ShutdownProtection(20):
                await trio.sleep(0.6)
                say("whole")
        def around(main):
            try:
                with ShutdownProtection(0.2):
                    began = time.monotonic()
                    trio.run(main)
            finally:
                of(sys.exc_info()[1])
                say("after", time.monotonic() - began)
        def end(main):
            spawn(around, main)
            wait_for(open_blocks)
            kill(SIGTERM)
            wait(20)
            time.sleep(20)
"""


@pytest.mark.parametrize(
    ("beside", "least", "lines"), [("busy", 0.3, []), ("block", 0.6, ["whole"])], ids=["busy tasks", "an open block"]
)
def test_c11_c14_a_block_around_a_run(beside: str, least: float, lines: list[str]) -> None:
    end = case(f"""{AROUND}
        async def main():
            async with trio.open_nursery() as nursery:
                for _ in range(20 if "{beside}" == "busy" else 1):
                    nursery.start_soon({beside})
                try:
                    await trio.sleep(20)
                finally:
                    with trio.CancelScope(shield=True):
                        await trio.sleep(0.1)
                    say("rolled back")
        end(main)
    """)
    (after,) = numbers(end.lines, "after")
    assert least <= after < 15
    told = [line for line in end.lines if not line.startswith("after")]
    assert told == [*lines, "rolled back", "told ShutdownInterrupt 143 SIGTERM"]
    check(end, -SIGTERM)


def test_c10_an_own_error_of_the_run_is_not_lost() -> None:
    end = case(f"""{AROUND}
        async def main():
            try:
                await trio.sleep(20)
            except trio.Cancelled:
                raise LookupError("own") from None
        end(main)
    """)
    told = [line for line in end.lines if not line.startswith("after")]
    assert told == ["told LookupError - -"]
    check(end, -SIGTERM, stderr="LookupError: own")


@pytest.mark.parametrize("how", ["pass", "raise LookupError('own')"])
def test_c11_behind_a_run_that_ends_otherwise_the_thread_is_told(how: str) -> None:
    end = case(f"""
        async def main():
            try:
                await trio.sleep(20)
            except trio.Cancelled:
                with trio.CancelScope(shield=True):
                    await trio.sleep(0.1)
                {how}
        def around():
            try:
                with ShutdownProtection(0.2):
                    try:
                        trio.run(main)
                    except LookupError:
                        pass
                    say("behind the run")
                    while True:
                        time.sleep(0.001)
            finally:
                of(sys.exc_info()[1])
        with ShutdownProtection(20):
            thread = spawn(around)
            wait_for(lambda: len(open_blocks()) == 2)
            kill(SIGTERM)
            thread.join()
    """)
    check(end, -SIGTERM, ["behind the run", "told ShutdownInterrupt None None"])


def test_c20_what_the_thread_rolls_back_behind_its_run_is_not_torn() -> None:
    end = case("""
        async def main():
            await trio.sleep(20)
        def around():
            with ShutdownProtection(0.2):
                try:
                    trio.run(main)
                finally:
                    until = time.monotonic() + 0.5
                    while time.monotonic() < until:
                        time.sleep(0.001)
                    say("rolled back")
        with ShutdownProtection(20):
            thread = spawn(around)
            wait_for(lambda: len(open_blocks()) == 2)
            kill(SIGTERM)
            thread.join()
    """)
    check(end, -SIGTERM, ["rolled back"])
