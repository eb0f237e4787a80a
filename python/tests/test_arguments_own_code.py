"""C30, C9: a value's own code may raise. What ends the program comes through, the rest is the argument's error."""

from __future__ import annotations

import pytest

from victim import run

OWN_CODE = """
from datetime import timedelta
def raises(kind):
    def method(*_):
        raise kind("of its own")
    return method
def odd(base, *args, **methods):
    return type("Odd", (base,), methods)(*args)
def outcome(call):
    try:
        call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
"""

ENDS = {
    "float": "ShutdownProtection(odd(object, __float__=raises(KIND)))",
    "drain_time": "ShutdownProtection(drain_time=odd(object, __float__=raises(KIND)))",
    "renew": "block.renew(odd(object, __float__=raises(KIND)))",
    "wait": "wait(odd(object, __float__=raises(KIND)))",
    "integer": "ShutdownProtection(odd(int, 4, __float__=raises(KIND)))",
    "timedelta": "ShutdownProtection(odd(timedelta, 4, total_seconds=raises(KIND)))",
    "index": "configure_shutdown_manager(max_attempts=odd(object, __index__=raises(KIND)))",
    "repr": "configure_shutdown_manager(exit_status=odd(object, __repr__=raises(KIND)))",
    "repr of no time": "ShutdownProtection(odd(str, __repr__=raises(KIND)))",
}


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_c9_what_ends_the_program_is_not_replaced_by_an_error_of_the_argument(kind: str) -> None:
    cases = "".join(f"    say(outcome(lambda: {call.replace('KIND', kind)}))\n" for call in ENDS.values())
    end = run(OWN_CODE + "with ShutdownProtection(40) as block:\n" + cases)
    assert dict(zip(ENDS, end.lines, strict=True)) == dict.fromkeys(ENDS, f"{kind}: of its own")
    assert (end.status, end.stderr) == (0, "")


WRONG = {
    "ShutdownProtection(odd(int, 4, __float__=raises(RuntimeError)))": "TypeError: max_exec_time must be ",
    "ShutdownProtection(odd(timedelta, 4, total_seconds=raises(RuntimeError)))": "TypeError: max_exec_time must be ",
    "ShutdownProtection(odd(object, __getattr__=raises(RuntimeError)))": "TypeError: max_exec_time must be ",
    "ShutdownProtection(odd(int, -(10**400), __lt__=raises(RuntimeError)))": "ValueError: max_exec_time must be a pos",
    "configure_shutdown_manager(max_attempts=odd(int, 0, __lt__=raises(RuntimeError)))": "ValueError: max_attempts",
    "ShutdownProtection(**{'\\ud800': 1})": "TypeError: ShutdownProtection() got an unexpected keyword argument",
}


@pytest.mark.parametrize(("call", "text"), WRONG.items(), ids=WRONG.keys())
def test_c30_what_a_value_raises_becomes_an_error_of_the_argument(call: str, text: str) -> None:
    end = run(OWN_CODE + f"say(outcome(lambda: {call}))\n")
    assert (end.lines[0][: len(text)], end.status, end.stderr) == (text, 0, "")


def test_a_name_is_shown_without_running_its_code() -> None:
    end = run(
        OWN_CODE
        + """
with ShutdownProtection(4, name=odd(str, "transfer", __str__=raises(RuntimeError))):
    say(open_blocks()[0].name, str(open_blocks()[0]).split(" (")[0])
"""
    )
    assert (end.lines, end.status, end.stderr) == (["transfer transfer"], 0, "")
