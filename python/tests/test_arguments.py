"""C30: bad input to every public function is a clear exception, and changes nothing."""

from __future__ import annotations

from signal import SIGTERM

import pytest

from values import DEFINITIONS
from victim import run

CALLABLE = "must be callable, or False to remove it, not "

CALLS = {
    # The value: by the rule of C30.
    "configure_shutdown_manager(max_attempts=0)": "ValueError: max_attempts must be at least 1, not 0",
    "configure_shutdown_manager(max_attempts=-10**30)": "ValueError: max_attempts must be at least 1, not -1000",
    "configure_shutdown_manager(max_attempts=True)": "TypeError: max_attempts must be an integer, not True",
    "configure_shutdown_manager(max_attempts=False)": "TypeError: max_attempts must be an integer, not False",
    "configure_shutdown_manager(max_attempts=3.0)": "TypeError: max_attempts must be an integer, not 3.0",
    "configure_shutdown_manager(max_attempts='3')": "TypeError: max_attempts must be an integer, not '3'",
    "configure_shutdown_manager(max_attempts=Raises())": "TypeError: max_attempts must be an integer, not Raises()",
    "configure_shutdown_manager(max_attempts=Liar())": "TypeError: max_attempts must be an integer, not Liar()",
    "configure_shutdown_manager(exit_status=-1)": "ValueError: exit_status must be from 0 to 255, not -1",
    "configure_shutdown_manager(exit_status=256)": "ValueError: exit_status must be from 0 to 255, not 256",
    "configure_shutdown_manager(exit_status=10**30)": "ValueError: exit_status must be from 0 to 255, not 1000",
    "configure_shutdown_manager(exit_status=True)": "TypeError: exit_status must be an integer, not True",
    "configure_shutdown_manager(exit_status=1.0)": "TypeError: exit_status must be an integer, not 1.0",
    "configure_shutdown_manager(exit_status='1')": "TypeError: exit_status must be an integer, not '1'",
    "configure_shutdown_manager(before_termination=5)": f"TypeError: before_termination {CALLABLE}5",
    "configure_shutdown_manager(before_termination=True)": f"TypeError: before_termination {CALLABLE}True",
    "configure_shutdown_manager(before_hup='x')": f"TypeError: before_hup {CALLABLE}'x'",
    "configure_shutdown_manager(before_hup=[len])": f"TypeError: before_hup {CALLABLE}[<built-in",
    # What is true is up to the value; so is the error of one that does not know.
    "configure_shutdown_manager(terminate_on_hup=Raises())": "RuntimeError: no bool",
    "configure_shutdown_manager(terminate_on_logoff=Raises())": "RuntimeError: no bool",
    "ShutdownProtection(4, Raises())": "RuntimeError: no bool",
    "block.allow_break(Raises())": "RuntimeError: no bool",
    "ShutdownProtection(4, name=4)": "TypeError: name must be a string, not 4",
    "ShutdownProtection(4, name=b'x')": "TypeError: name must be a string, not b'x'",
    "ShutdownProtection(4, drain_time=4)": "ValueError: a block has a max_exec_time or a drain_time, not both",
    # The arguments themselves.
    "configure_shutdown_manager(max_exec_tim=4)": "TypeError: ",
    "configure_shutdown_manager(1, 1, 4, 3, None, None, 1)": "TypeError: ",
    "ShutdownProtection(4, False, 'name')": "TypeError: ",
    "ShutdownProtection(max_exec=4)": "TypeError: ",
    "ShutdownProtection(4, max_exec_time=4)": "TypeError: ",
    "block.allow_break(True, True)": "TypeError: ",
    "block.allow_break(again=True)": "TypeError: ",
    "block.allow_break(True, renew=True)": "TypeError: ",
    "block.renew(4, 4)": "TypeError: ",
    "block.renew(seconds=4)": "TypeError: ",
    "wait()": "TypeError: ",
    "wait(1, 2)": "TypeError: ",
    "request_shutdown(1)": "TypeError: ",
    "cancel_shutdown(1)": "TypeError: ",
    "is_shutdown_requested(1)": "TypeError: ",
    "open_blocks(1)": "TypeError: ",
    "restore_handlers(1)": "TypeError: ",
    # As a decorator.
    "block()": "TypeError: a ShutdownProtection is called as a decorator, with one function",
    "block(len, len)": "TypeError: a ShutdownProtection is called as a decorator, with one function",
    "block(function=len)": "TypeError: a ShutdownProtection is called as a decorator, with one function",
    "block(5)": "TypeError: a ShutdownProtection decorates a function, not 5",
    "block(stream)": "TypeError: an asynchronous generator cannot be protected as a whole: ",
    # What cannot be made or changed.
    "ShutdownEvent()": "TypeError: ",
    "OpenBlock()": "TypeError: ",
    "setattr(block, 'max_exec_time', 0)": "ValueError: max_exec_time must be a positive, finite number of sec",
    "setattr(block, 'max_exec_time', '5')": "TypeError: max_exec_time must be a number of seconds or a timedel",
    "setattr(block, 'run_at_exit', Raises())": "RuntimeError: no bool",
    "delattr(block, 'max_exec_time')": "AttributeError: ",
    "setattr(block, 'drain_time', 5)": "AttributeError: ",
    "setattr(ShutdownProtection(drain_time=4), 'max_exec_time', 5)": "ValueError: a block has a max_exec_time or a ",
    "setattr(block, 'nmae', 5)": "AttributeError: ",
}


@pytest.mark.parametrize(("call", "outcome"), CALLS.items(), ids=CALLS.keys())
def test_c30_bad_input_is_a_clear_exception_and_changes_nothing(call: str, outcome: str) -> None:
    end = run(
        DEFINITIONS
        + f"""
async def stream():
    yield 1
SIGNALS = SIGHUP, SIGINT, SIGQUIT, SIGTERM
before = [signal.getsignal(signum) for signum in SIGNALS]
block = ShutdownProtection(40)
say(attempt(lambda: {call}))
say(before == [signal.getsignal(signum) for signum in SIGNALS])
with block:
    say(attempt(lambda: {call}))
    (open_block,) = open_blocks()
    say(30 < open_block.remaining <= 40, is_shutdown_requested())
    kill(SIGTERM)
    say("undisturbed")
"""
    )
    unentered, installed, entered, *rest = end.lines
    assert entered.startswith(outcome)
    # A block that is not open cannot be broken or renewed at all.
    assert unentered.startswith(outcome) or unentered == "ValueError: the block has ended"
    # A call that fails installs nothing.
    assert installed == "True"
    assert rest == ["True False", "undisturbed"]
    assert end.status == -SIGTERM


@pytest.mark.parametrize(
    "argument", ["max_exec_time", "max_attempts", "before_termination", "before_hup", "exit_status", "force_exit_after"]
)
def test_c30_of_a_call_that_fails_nothing_is_kept(argument: str) -> None:
    end = run(f"""
        bad = dict({argument}=[1])
        good = dict(max_exec_time=7, max_attempts=1, exit_status=9, terminate_on_hup=False,
                    before_termination=lambda: say("called"), before_hup=lambda: say("hup"), force_exit_after=1)
        try:
            configure_shutdown_manager(**(good | bad))
        except TypeError as error:
            say(error)
        with ShutdownProtection() as block:
            say(round(open_blocks()[0].remaining, -1))
            kill(SIGHUP)
            say("undisturbed")
    """)
    assert end.lines[0].startswith(f"{argument} must be ")
    assert end.lines[1:] == ["90.0", "undisturbed"]
    assert end.status == -1


def test_c30_a_block_that_is_not_open_cannot_be_used() -> None:
    end = run("""
        block = ShutdownProtection(4)
        def attempts():
            for call in block.allow_break, block.renew, lambda: block.allow_break(False), lambda: block.renew(5):
                try:
                    call()
                    say("accepted")
                except ValueError as error:
                    say(error)
        attempts()
        with block:
            pass
        attempts()
        block.__exit__(None, None, None)
        say("an end without a start is no error")
    """)
    assert end.lines == ["the block has ended"] * 8 + ["an end without a start is no error"]
    assert end.status == 0


def test_c8_restore_handlers_is_for_the_main_thread() -> None:
    end = run("""
        configure_shutdown_manager()
        def work():
            try:
                restore_handlers()
            except ValueError as error:
                say(error)
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        with ShutdownProtection(4):
            kill(SIGTERM)
            say("undisturbed")
    """)
    assert end.lines == ["restore_handlers() works in the main thread only, as signal.signal does", "undisturbed"]
    assert end.status == -SIGTERM


def test_c30_max_attempts_is_any_integer_from_1_on() -> None:
    end = run("""
        class Index:
            def __index__(self): return 2
        for value in 10**30, 2**32, 1, Index():
            configure_shutdown_manager(max_attempts=value)
        with ShutdownProtection(40):
            kill(SIGTERM)
            say("one")
            time.sleep(0.1)
            kill(SIGTERM)
            time.sleep(3)
            say("too late")
    """)
    assert end.lines == ["one"]
    assert end.status == -SIGTERM
