"""What each argument makes of a value, by C30: a second saying of the rule, for values that are odd (`odd_values`).

The value is taken, or the error says which argument wanted what. Where a value's own code raises, that is the cause;
but what is no `Exception` (a Ctrl-C, and the end of the program) comes through as it is, as does the error of a value
that does not know whether it is true.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any

Outcome = tuple[type[BaseException], str] | None
"""The error's type and how its text begins; None: the value is taken."""
Rule = Callable[[Any], Outcome]


def own(ask: Callable[[], object]) -> Outcome:
    """What the value's own code raises."""
    try:
        ask()
    except BaseException as error:  # noqa: BLE001 - of any kind
        return type(error), str(error)
    return None


def is_fatal(outcome: Outcome) -> bool:
    return outcome is not None and not issubclass(outcome[0], Exception)


def refused(error: type[Exception], wanted: str, value: Any) -> Outcome:
    """The text shows the value, whose `repr` may end the program."""
    outcome = own(lambda: repr(value))
    return outcome if is_fatal(outcome) else (error, f"{wanted}, not ")


def has_float(value: object) -> bool:
    return hasattr(type(value), "__float__")


def below_zero(value: Any) -> bool:
    return bool(value < 0)


def number(value: Any) -> float:
    """As C asks for it."""
    asked: Any = value.total_seconds() if isinstance(value, timedelta) else value
    return math.ldexp(asked, 0)


def seconds(name: str, from_zero: bool = False) -> Rule:
    def rule(value: Any) -> Outcome:
        wrong = refused(TypeError, f"{name} must be a number of seconds or a timedelta", value)
        positive = refused(ValueError, f"{name} must be a positive, finite number of seconds", value)
        if isinstance(value, bool) or not (isinstance(value, timedelta) or has_float(value)):
            return wrong
        outcome = own(lambda: number(value))
        if outcome is None:
            found = number(value)
        elif is_fatal(outcome):
            return outcome
        elif issubclass(outcome[0], OverflowError):
            # Beyond the floats: beyond the clock as well.
            below = own(lambda: below_zero(value))
            if isinstance(value, int):
                found = -1e308 if int.__lt__(value, 0) else 1e308
            elif is_fatal(below):
                return below
            else:
                found = -1e308 if below is None and below_zero(value) else 1e308
        else:
            return positive if issubclass(outcome[0], ValueError) else wrong
        if from_zero:
            return None if found >= 0 else refused(ValueError, f"{name} must be a number of seconds from 0 on", value)
        return None if 0 < found < math.inf else positive

    return rule


def attempts(value: Any) -> Outcome:
    outcome = own(lambda: operator.index(value))
    if not isinstance(value, bool) and is_fatal(outcome):
        return outcome
    if isinstance(value, bool) or outcome is not None:
        return refused(TypeError, "max_attempts must be an integer", value)
    if int.__lt__(operator.index(value), 1):
        return refused(ValueError, "max_attempts must be at least 1", value)
    return None


def status(value: Any) -> Outcome:
    if value is False:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        return refused(TypeError, "exit_status must be an integer", value)
    if int.__lt__(value, 0) or int.__gt__(value, 255):
        return refused(ValueError, "exit_status must be from 0 to 255", value)
    return None


def truth(value: Any) -> Outcome:
    return own(lambda: bool(value))


def callback(name: str) -> Rule:
    def rule(value: Any) -> Outcome:
        if callable(value):
            return None
        wrong = truth(value)
        if wrong is None and value:
            wrong = refused(TypeError, f"{name} must be callable, or False to remove it", value)
        return wrong

    return rule


def text(value: Any) -> Outcome:
    return None if isinstance(value, str) else refused(TypeError, "name must be a string", value)


def unless_false(rule: Rule) -> Rule:
    return lambda value: None if value is False else rule(value)


def unless_none(rule: Rule) -> Rule:
    return lambda value: None if value is None else rule(value)


ARGUMENTS: dict[str, dict[str, Rule]] = {
    "configure_shutdown_manager": {
        "terminate_on_logoff": unless_none(truth),
        "terminate_on_hup": unless_none(truth),
        "max_exec_time": unless_none(seconds("max_exec_time")),
        "max_attempts": unless_none(attempts),
        "before_termination": unless_none(callback("before_termination")),
        "before_hup": unless_none(callback("before_hup")),
        "exit_status": unless_none(status),
        "force_exit_after": unless_none(unless_false(seconds("force_exit_after"))),
    },
    "ShutdownProtection": {
        "max_exec_time": unless_none(seconds("max_exec_time")),
        "run_at_exit": unless_none(truth),
        "name": unless_none(text),
        "drain_time": unless_none(seconds("drain_time")),
    },
    "renew": {"max_exec_time": unless_none(seconds("max_exec_time"))},
    "allow_break": {"renew": truth},
    "wait": {"seconds": seconds("seconds", from_zero=True)},
}
"""Of each function its arguments, in their order."""
