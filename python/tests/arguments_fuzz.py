"""A program that gives the package's functions odd values, and ends with an error if one does what C30 does not say.

Behind each call that fails, all that can be asked is as it was before. What cannot be asked shows in the end, which
comes by two SIGTERM in a block: the status, the attempts and `before_termination` are those that were configured first.

    python tests/arguments_fuzz.py [EXAMPLES]    without a number: some, and always the same
"""

from __future__ import annotations

import faulthandler
import functools
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

import graceful_shutdown
from argument_rules import ARGUMENTS, Outcome, number, own
from graceful_shutdown import (
    ShutdownInterrupt,
    ShutdownProtection,
    configure_shutdown_manager,
    is_shutdown_requested,
    open_blocks,
    wait,
)
from odd_values import VALUES, made

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
STATUS = 77
CONFIGURED, OPEN = 700, 400
NEVER_LONG = 0.001
Call = tuple[str, bool, list[str], list[str]]
"""A function, whether its first argument goes by place, the names of arguments, and a source for each."""

hups: list[float] = []
"""When `before_hup` was called."""


def say(word: str) -> None:
    os.write(1, word.encode() + b"\n")


def configure() -> None:
    configure_shutdown_manager(
        terminate_on_hup=False,
        max_exec_time=CONFIGURED,
        max_attempts=2,
        before_termination=lambda: say("before_termination"),
        before_hup=lambda: hups.append(time.monotonic()),
        exit_status=STATUS,
        force_exit_after=False,
    )


def check_that_nothing_has_changed(handlers: list[Any]) -> None:
    assert [signal.getsignal(signum) for signum in SIGNALS] == handlers
    assert not is_shutdown_requested()
    (outer,) = open_blocks()
    assert outer.name == "outer" and outer.remaining is not None and OPEN - 100 < outer.remaining < OPEN + 1
    with ShutdownProtection():
        configured = max(block.remaining or 0 for block in open_blocks())
        assert CONFIGURED - 100 < configured < CONFIGURED + 1
    before = len(hups)
    signal.raise_signal(signal.SIGHUP)
    until = time.monotonic() + 10
    while len(hups) == before:
        assert time.monotonic() < until, "before_hup was not called"
        time.sleep(0)
    assert not is_shutdown_requested()


@st.composite
def calls(draw: st.DrawFn) -> Call:
    function = draw(st.sampled_from([*ARGUMENTS, "configure_shutdown_manager", "ShutdownProtection"]))
    names = list(ARGUMENTS[function])
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    by_place = chosen[0] == names[0] and (function == "wait" or draw(st.booleans()))
    return function, by_place, chosen, [draw(VALUES) for _ in chosen]


def expected(function: str, values: dict[str, Any]) -> list[Outcome]:
    """Of several wrong arguments any may be named."""
    rules = ARGUMENTS[function]
    outcomes = [rules[name](value) for name, value in values.items()]
    wrong: list[Outcome] = [outcome for outcome in outcomes if outcome is not None]
    times = ("max_exec_time", "drain_time")
    if not wrong and function == "ShutdownProtection" and all(values.get(name) is not None for name in times):
        wrong = [(ValueError, "a block has a max_exec_time or a drain_time, not both")]
    return wrong or [None]


def is_long(function: str, values: dict[str, Any]) -> bool:
    return function == "wait" and expected(function, values) == [None] and float_of(values["seconds"]) > NEVER_LONG


def float_of(value: Any) -> float:
    return 1e308 if own(lambda: number(value)) else number(value)


class Subclass(ShutdownProtection):
    """Its arguments come by `__init__`."""


def check_call(block: ShutdownProtection, handlers: list[Any], call: Call) -> None:
    function, by_place, names, sources = call
    values = {name: made(source) for name, source in zip(names, sources, strict=True)}
    if is_long(function, values):
        return
    # The last call may have changed something, as it should.
    configure()
    block.renew(OPEN)
    functions: dict[str, list[Callable[..., Any]]] = {
        "configure_shutdown_manager": [configure_shutdown_manager],
        "ShutdownProtection": [ShutdownProtection, Subclass],
        "renew": [block.renew],
        "allow_break": [block.allow_break],
        "wait": [wait],
    }
    positional = [values[names[0]]] if by_place else []
    named = {name: value for name, value in values.items() if not (by_place and name == names[0])}
    allowed = expected(function, values)
    for each in functions[function]:
        seen = own(functools.partial(each, *positional, **named))
        is_allowed = any(
            seen == one or (seen and one and seen[0] is one[0] and seen[1].startswith(one[1])) for one in allowed
        )
        assert is_allowed, f"{function}: {seen}, not one of {allowed}"
    if allowed != [None]:
        check_that_nothing_has_changed(handlers)


def check_method(block: ShutdownProtection, handlers: list[Any], source: str) -> None:
    """What is not an argument of C30 may refuse a value by any error of Python's, or the value's own."""
    value = made(source)
    event = ShutdownInterrupt(value)
    anything: Any = ShutdownProtection
    package: Any = graceful_shutdown
    asks: list[Callable[[], Any]] = [
        lambda: block(value),
        lambda: ShutdownProtection(1).__exit__(value, value, value),
        lambda: ShutdownProtection(1).__aexit__(value, value, value),
        lambda: anything(**{value: 1}),
        lambda: block.renew(**{value: 1}),
        lambda: setattr(block, "name", value),
        lambda: setattr(block, value, 1),
        lambda: block == value,
        lambda: str(event) + repr(event),
        lambda: ShutdownProtection.__new__(value),
        lambda: ShutdownProtection.__init__(value, 1),
        lambda: anything(1).__init__(value),
        lambda: package.open_blocks(value),
        lambda: package.request_shutdown(value),
        lambda: package.cancel_shutdown(value),
        lambda: package.restore_handlers(value),
        lambda: package.is_shutdown_requested(value),
    ]
    for index, ask in enumerate(asks):
        outcome = own(ask)
        note(f"{index}: {outcome}")
        is_own = outcome is not None and outcome[1] == "of its own"
        assert outcome is None or is_own or issubclass(outcome[0], (TypeError, ValueError, AttributeError)), outcome
    with ShutdownProtection(1, name=value if isinstance(value, str) else None):
        assert len([str(each) for each in open_blocks()]) == 2
    check_that_nothing_has_changed(handlers)


def main() -> None:
    faulthandler.enable()
    # What a value's own code is warned of is not the matter here.
    warnings.simplefilter("ignore")
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    profile = settings(
        max_examples=examples or 150,
        derandomize=not examples,
        phases=[Phase.generate, Phase.shrink],
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    configure()
    handlers = [signal.getsignal(signum) for signum in SIGNALS]
    with ShutdownProtection(OPEN, name="outer") as block:

        @profile
        @given(calls())
        def check_calls(call: Call) -> None:
            check_call(block, handlers, call)

        @profile
        @given(VALUES)
        def check_methods(source: str) -> None:
            check_method(block, handlers, source)

        check_calls()
        configure()
        block.renew(OPEN)
        check_methods()
        check_that_nothing_has_changed(handlers)
        say("the end")
        os.kill(os.getpid(), signal.SIGTERM)
        say("undisturbed")
        # What comes within 50 ms is the same attempt (C2).
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
        say("too late")


if __name__ == "__main__":
    main()
