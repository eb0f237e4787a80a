"""C15, C17 and C18: threads, event loops of both kinds, and what the main thread does meanwhile."""

from __future__ import annotations

import pytest

from .program import EVENTS, STATUS_CONTROL_C_EXIT, Program, check, over, raised

each = pytest.mark.parametrize("event", EVENTS)
LOOPS = ["Proactor", "Selector"]


@each
def test_c17_a_thread_is_told_and_the_joining_main_thread_behind_it(event: str) -> None:
    program = Program("""
        def work():
            try:
                with ShutdownProtection() as block:
                    say("working")
                    while True:
                        block.allow_break()
                        time.sleep(0.01)
            except ShutdownInterrupt as end:
                say("thread", end.event)
                raise
        try:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            say("joined")
            wait(30)
        except BaseException as end:
            told(end)
            raise
    """)
    program.expect("working")
    brought = program.event(event)
    end = program.end()
    assert end.status == STATUS_CONTROL_C_EXIT, end
    # The exception may meet the main thread in front of its next line or behind it.
    lines = [line for line in end.lines if line != "joined"]
    assert lines == ["working", f"thread CTRL_{event.upper()}", raised(event)], end
    assert over(event, brought.answer())


def test_c8_c17_a_wake_up_in_the_middle_of_the_main_threads_installation_raises_nothing() -> None:
    """`signal.signal` runs the handlers that have tripped, which is how the main thread is woken."""
    program = Program("""
        import _thread, builtins
        imports = builtins.__import__
        def again(name, *rest, **more):
            if name == "_signal" and threading.current_thread() is threading.main_thread():
                builtins.__import__ = imports
                _thread.interrupt_main()
                say("again")
            return imports(name, *rest, **more)
        def work():
            with ShutdownProtection() as block:
                builtins.__import__ = again
                say("working")
                while True:
                    block.allow_break()
                    time.sleep(0.01)
        try:
            threading.Thread(target=work).start()
            time.sleep(30)
        except BaseException as end:
            told(end)
            say(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
            raise
    """)
    program.expect("working")
    brought = program.event("close")
    check(program.end(), STATUS_CONTROL_C_EXIT, ["working", "again", raised("close"), "False"])
    assert brought.answer() == "ended"


def test_c11_a_thread_whose_time_is_up_is_interrupted() -> None:
    program = Program("""
        def work():
            began = time.monotonic()
            try:
                with ShutdownProtection(0.8):
                    say("working")
                    while True:
                        time.sleep(0.01)
            except ShutdownInterrupt:
                say("after", time.monotonic() - began)
                raise
        threading.Thread(target=work).start()
        wait(30)
    """)
    program.expect("working")
    brought = program.event("close")
    assert float(program.expect("after").split()[1]) >= 0.8
    check(program.end(), STATUS_CONTROL_C_EXIT)
    assert brought.answer() == "ended"


ASYNC = """
import asyncio
async def main():
    try:
        async with ShutdownProtection() as block:
            say("working")
            while True:
                block.allow_break()
                await asyncio.sleep(0.01)
    except asyncio.CancelledError as end:
        say("task", end.event)
        raise
    finally:
        say("finally")
try:
    asyncio.run(main(), loop_factory=asyncio.{loop}EventLoop)
except BaseException as end:
    told(end)
    raise
"""


@each
@pytest.mark.parametrize("loop", LOOPS)
def test_c17_a_task_is_cancelled_and_its_loop_ends(event: str, loop: str) -> None:
    program = Program(ASYNC.format(loop=loop))
    program.expect("working")
    brought = program.event(event)
    end = program.end()
    assert end.status == STATUS_CONTROL_C_EXIT, end
    assert end.lines == ["working", f"task CTRL_{event.upper()}", "finally", raised(event)], end
    assert over(event, brought.answer())


@each
@pytest.mark.parametrize("loop", LOOPS)
def test_c3_a_loop_that_waits_without_a_block_is_ended(event: str, loop: str) -> None:
    program = Program(f"""
        import asyncio
        async def main():
            say("waiting")
            try:
                await asyncio.sleep(60)
            finally:
                say("finally")
        configure_shutdown_manager()
        try:
            asyncio.run(main(), loop_factory=asyncio.{loop}EventLoop)
        except BaseException as end:
            told(end)
            raise
    """)
    program.expect("waiting")
    brought = program.event(event)
    end = program.end()
    assert end.status == STATUS_CONTROL_C_EXIT, end
    assert end.lines == ["waiting", "finally", raised(event)], end
    assert over(event, brought.answer())


def test_c25_a_main_thread_that_cannot_be_woken_is_looked_after_ever_less_often() -> None:
    program = Program("""
        import asyncio
        from graceful_shutdown import _asyncio
        wake_main, looks = _asyncio.wake_main, []
        def counted():
            looks.append(time.monotonic())
            if len(looks) == 6:
                say("looked")
                lock.release()
            return wake_main()
        _asyncio.wake_main = counted
        configure_shutdown_manager()
        lock = threading.Lock()
        lock.acquire()
        say("waiting")
        try:
            lock.acquire()
            time.sleep(30)
        except BaseException as end:
            told(end)
        pauses = [later - former for former, later in zip(looks, looks[1:6])]
        say(all(pause >= 0.03 * 2**at for at, pause in enumerate(pauses)) or pauses)
    """)
    program.expect("waiting")
    brought = program.event("break")
    check(program.end(), STATUS_CONTROL_C_EXIT, ["waiting", "looked", raised("break"), "True"])
    assert over("break", brought.answer())
