"""C22: blocks that were left without their end, and ends by others."""

from signal import SIGTERM

import pytest

from cases import check, run


@pytest.mark.parametrize(
    "leak",
    [
        "ShutdownProtection(20).__enter__()",
        "held = ShutdownProtection(20); held.__enter__(); del held",
        "held = ShutdownProtection(20); held.__enter__(); held.__enter__(); del held",
        "held = [ShutdownProtection(20).__enter__()]; held.append(held); del held; import gc; gc.collect()",
    ],
)
def test_c22_an_object_that_is_dropped_ends_its_blocks(leak: str) -> None:
    end = run(f"""
        {leak}
        say(len(open_blocks()))
        kill(SIGTERM)
        time.sleep(20)
        say("not reached")
    """)
    check(end, -SIGTERM, ["0"])


def test_c22_a_leaked_block_is_bounded_by_its_deadline() -> None:
    end = run("""
        held = ShutdownProtection(0.4).__enter__()
        say(len(open_blocks()))
        kill(SIGTERM)
        try:
            time.sleep(20)
        except SystemExit:
            say(elapsed() >= 0.4)
            raise
    """)
    check(end, -SIGTERM, ["1", "True"])


def test_c22_a_lapsed_leak_shields_nothing() -> None:
    end = run("""
        held = ShutdownProtection(0.05).__enter__()
        time.sleep(0.1)
        began = time.monotonic()
        try:
            kill(SIGTERM)
            time.sleep(20)
        except SystemExit:
            say(time.monotonic() - began < 2)
            with ShutdownProtection(5):
                say("handled")
            raise
    """)
    check(end, -SIGTERM, ["True", "handled"])


def test_c22_a_suspended_generator_is_closed_by_anybody() -> None:
    end = run("""
        def generate():
            with ShutdownProtection(20) as block:
                yield 1
                yield 2
        suspended = generate()
        next(suspended)
        say(len(open_blocks()))
        del suspended
        say(len(open_blocks()))
        other = generate()
        next(other)
        thread = spawn(other.close)
        thread.join()
        say(len(open_blocks()))
        started = []
        def start():
            generator = generate()
            next(generator)
            started.append(generator)
        spawn(start).join()
        say(len(open_blocks()))
        next(started[0])
        started.clear()
        say(len(open_blocks()))
        pended = generate()
        next(pended)
        pend()
        del pended
        time.sleep(20)
        say("not reached")
    """)
    check(end, -SIGTERM, ["1", "0", "0", "1", "0"])


def test_c22_a_block_is_ended_by_another_thread() -> None:
    end = run("""
        block = ShutdownProtection(20)
        block.__enter__()
        spawn(block.__exit__, None, None, None).join()
        say(len(open_blocks()))
        block.__enter__()
        def finish():
            wait(10)
            say("ends", len(open_blocks()))
            block.__exit__(None, None, None)
            say("nothing is raised here")
        thread = spawn(finish)
        try:
            kill(SIGTERM)
            time.sleep(20)
        except SystemExit as error:
            thread.join()
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["0", "ends 1", "nothing is raised here", "told SystemExit 143 SIGTERM"])


def test_c22_nothing_is_raised_in_a_finalizer() -> None:
    end = run("""
        class Holder:
            def __init__(self):
                self.block = ShutdownProtection(20).__enter__()
            def __del__(self):
                self.block.__exit__(None, None, None)
                say("finalized", len(open_blocks()))
        holder = Holder()
        pend()
        del holder
        time.sleep(20)
        say("not reached")
    """)
    assert end.lines == ["finalized 0"] and end.status == -SIGTERM and end.stderr == "", end


def test_c22_a_thread_ends_with_a_block_open() -> None:
    end = run("""
        kept = []
        def work():
            kept.append(ShutdownProtection(0.5).__enter__())
        spawn(work).join()
        say(len(open_blocks()))
        began = time.monotonic()
        try:
            kill(SIGTERM)
            time.sleep(20)
        except SystemExit:
            say(time.monotonic() - began < 3)
            raise
    """)
    assert end.lines[-1] == "True" and end.status == -SIGTERM and not end.stderr, end


def test_c22_a_task_ends_with_a_block_open() -> None:
    end = run("""
        import asyncio
        kept = []
        async def work():
            kept.append(ShutdownProtection(0.3).__enter__())
        async def main():
            await asyncio.create_task(work())
            say(len(open_blocks()))
            kill(SIGTERM)
            await asyncio.sleep(20)
        asyncio.run(main())
    """)
    assert end.status == -SIGTERM and not end.stderr and end.seconds < 8, end


def test_c22_memory_does_not_grow() -> None:
    end = run("""
        def used():
            # Not `ru_maxrss`, which begins with what the process has had that started this one.
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        def work():
            protection = ShutdownProtection(5, name="n")
            for _ in range(20000):
                with ShutdownProtection(5, name="x") as block:
                    block.allow_break()
                with protection:
                    pass
                ShutdownProtection(1).__enter__()
        work()
        before = used()
        for _ in range(5):
            work()
        say(used() - before < 2**21, len(open_blocks()))
        count = sys.getrefcount(None)
        work()
        say(abs(sys.getrefcount(None) - count) < 100)
    """)
    check(end, 0, ["True 0", "True"])


def test_c22_thousands_of_blocks_at_once() -> None:
    end = run("""
        held = [ShutdownProtection(20) for _ in range(20000)]
        for block in held:
            block.__enter__()
        say(len(open_blocks()))
        pend()
        for block in reversed(held[1:]):
            block.__exit__(None, None, None)
        say(len(open_blocks()))
        held[0].__exit__(None, None, None)
    """)
    check(end, -SIGTERM, ["20000", "1"])


def test_c22_exit_without_enter_and_exit_twice() -> None:
    end = run("""
        block = ShutdownProtection(5)
        say(block.__exit__(None, None, None))
        block.__enter__()
        say(block.__exit__(None, None, None), block.__exit__(None, None, None), len(open_blocks()))
    """)
    check(end, 0, ["None", "None None 0"])
