"""Values that no function was made for, as sources of Python: what fails can be read, and run again.

An `Odd` has a base, a value of it, and methods that the interpreter calls behind a function's back. They give something
odd, raise, or call back into the package first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from graceful_shutdown import (
    ShutdownProtection,
    cancel_shutdown,
    configure_shutdown_manager,
    is_shutdown_requested,
    open_blocks,
    wait,
)

Method = Callable[..., Any]


class OwnError(Exception):
    """Of a method's own."""


class OwnExit(BaseException):
    """The same, no `Exception`."""


def gives(value: Any) -> Method:
    return lambda *_, **__: value


def raises(kind: type[BaseException]) -> Method:
    def method(*_: Any, **__: Any) -> Any:
        raise kind("of its own")

    return method


def calls(name: str, value: Any) -> Method:
    def method(*_: Any, **__: Any) -> Any:
        BACK[name]()
        return value

    return method


def protected() -> None:
    with ShutdownProtection(5, name="of a method's own") as block:
        block.allow_break()
        block.renew(3)


def refused() -> None:
    try:
        configure_shutdown_manager(max_exec_time=-1)
    except ValueError:
        return
    raise AssertionError


BACK: dict[str, Callable[[], object]] = {
    "protected": protected,
    "open_blocks": lambda: [str(block) for block in open_blocks()],
    "is_shutdown_requested": is_shutdown_requested,
    "configure": configure_shutdown_manager,
    "refused": refused,
    "wait": lambda: wait(0),
    "cancel": cancel_shutdown,
}


def odd(base: type, value: Any, **methods: Method) -> Any:
    kind = type("Odd", (base,), dict(methods))
    if base is object:
        return kind()
    return kind(seconds=value) if base is timedelta else kind(value)


NAMES: dict[str, Any] = {
    **{each.__name__: each for each in (odd, gives, raises, calls, OwnError, OwnExit, timedelta, Decimal, Fraction)},
    "operator": operator,
}


def made(source: str) -> Any:
    return eval(source, dict(NAMES))  # noqa: S307 - of our own making


INTEGERS = st.one_of(
    st.integers(-3, 300).map(repr),
    st.integers().map(repr),
    st.sampled_from(["10**400", "-10**400", "10**5000", "2**31", "2**32", "2**63", "2**64", "-2**63", "-2**63-1"]),
)
FLOATS = st.floats().map(lambda value: f"float('{value!r}')")
TEXTS = st.text(st.characters(), max_size=5).map(repr)
TIMEDELTAS = st.one_of(
    st.timedeltas().map(lambda value: f"timedelta({value.days}, {value.seconds}, {value.microseconds})"),
    st.sampled_from(["timedelta.min", "timedelta.max", "timedelta.resolution", "timedelta(0)"]),
)
PLAIN = st.one_of(
    INTEGERS,
    FLOATS,
    TEXTS,
    TIMEDELTAS,
    st.sampled_from(["None", "True", "False", "...", "NotImplemented", "1j", "[]", "[4]", "()", "{}", "{4}"]),
    st.sampled_from(
        ["b''", "b'4'", "bytearray(b'4')", "object()", "float", "timedelta", "len", "lambda: None", "iter([])"]
    ),
    st.sampled_from(["Decimal('NaN')", "Decimal('sNaN')", "Decimal('-Infinity')", "Decimal('1e999999')", "Decimal(4)"]),
    st.sampled_from(["Fraction(1, 3)", "Fraction(10**400)", "Fraction(-1, 10**400)", "operator", "type('T', (), {})"]),
)
ERRORS = st.sampled_from(
    [
        *("OwnError", "OwnExit", "ValueError", "TypeError", "OverflowError", "AttributeError", "StopIteration"),
        *("KeyboardInterrupt", "SystemExit", "GeneratorExit", "MemoryError", "RecursionError", "SystemError"),
    ]
)
METHODS = st.one_of(
    PLAIN.map(lambda value: f"gives({value})"),
    ERRORS.map(lambda kind: f"raises({kind})"),
    st.tuples(st.sampled_from(sorted(BACK)), PLAIN).map(lambda of: f"calls({of[0]!r}, {of[1]})"),
)
HOOKS = [
    *("__float__", "__index__", "__bool__", "__call__", "__repr__", "__str__", "__int__", "__len__"),
    *("__lt__", "__gt__", "__le__", "__eq__", "__neg__", "__abs__", "total_seconds", "__getattr__"),
]
BASES = st.one_of(
    st.just(("object", "None")),
    st.just(("object", "None")),
    st.tuples(st.just("int"), INTEGERS),
    st.tuples(st.just("float"), FLOATS),
    st.tuples(st.just("str"), TEXTS),
    st.tuples(st.just("timedelta"), st.sampled_from(["0", "4", "-4", "0.001"])),
    st.just(("bytes", "b'4'")),
    st.just(("list", "[4]")),
    st.tuples(st.just("Decimal"), st.sampled_from(["4", "'NaN'", "'-1'"])),
    st.just(("Fraction", "'1/3'")),
)
ODD = st.tuples(BASES, st.dictionaries(st.sampled_from(HOOKS), METHODS, max_size=4)).map(
    lambda of: ", ".join([f"odd({of[0][0]}, {of[0][1]}", *(f"{name}={method}" for name, method in of[1].items())]) + ")"
)
VALUES: st.SearchStrategy[str] = st.one_of(PLAIN, ODD, ODD)
