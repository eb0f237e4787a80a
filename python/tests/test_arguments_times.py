"""C30: every argument that is a time takes seconds or a timedelta, and says what else it was given."""

from __future__ import annotations

import pytest

from values import DEFINITIONS, NEGATIVE, NOT_FINITE, NOT_NUMBERS, TIMES, ZERO
from victim import run

PLACES = {
    "ShutdownProtection": ("max_exec_time", "lambda value: ShutdownProtection(value)"),
    "ShutdownProtection by name": ("max_exec_time", "lambda value: ShutdownProtection(max_exec_time=value)"),
    "drain_time": ("drain_time", "lambda value: ShutdownProtection(drain_time=value)"),
    "renew": ("max_exec_time", "lambda value: block.renew(value)"),
    "renew by name": ("max_exec_time", "lambda value: block.renew(max_exec_time=value)"),
    "configure": ("max_exec_time", "lambda value: configure_shutdown_manager(max_exec_time=value)"),
    "force_exit_after": ("force_exit_after", "lambda value: configure_shutdown_manager(force_exit_after=value)"),
}
places = pytest.mark.parametrize(("argument", "call"), PLACES.values(), ids=PLACES.keys())

REMAINING = "round(open_blocks()[0].remaining)"


def outcomes(call: str, values: list[str]) -> dict[str, str]:
    """What the call says of each value, in one process, within a block of 40 seconds that nothing may change."""
    end = run(
        DEFINITIONS
        + f"call = {call}\n"
        + f"values = {values!r}\n"
        + "protection = ShutdownProtection(40)\n"
        + "with protection as block:\n"
        + "    for source in values:\n"
        + "        value = eval(source)\n"
        + "        say(source, '->', attempt(lambda: call(value)))\n"
        + f"    say('remaining', {REMAINING})\n"
    )
    assert (end.status, end.stderr) == (0, "")
    *lines, remaining = end.lines
    said = dict(line.split(" -> ", 1) for line in lines)
    assert list(said) == values
    if all(outcome != "accepted" for outcome in said.values()):
        # Nothing has changed.
        assert 20 < int(remaining.split()[1]) <= 40
    return said


@places
def test_c30_what_is_no_number_is_a_type_error(argument: str, call: str) -> None:
    values = [value for value in NOT_NUMBERS if not (argument == "force_exit_after" and value == "False")]
    for source, outcome in outcomes(call, values).items():
        assert outcome.startswith(f"TypeError: {argument} must be a number of seconds or a timedelta, not "), source


@places
def test_c30_what_is_not_positive_and_finite_is_a_value_error(argument: str, call: str) -> None:
    for source, outcome in outcomes(call, NEGATIVE + NOT_FINITE + ZERO).items():
        assert outcome.startswith(f"ValueError: {argument} must be a positive, finite number of seconds, not "), source


@places
def test_c30_every_kind_of_number_is_a_time(argument: str, call: str) -> None:
    assert set(outcomes(call, TIMES).values()) == {"accepted"}, argument


def test_c30_the_message_shows_the_value() -> None:
    said = outcomes("lambda value: ShutdownProtection(value)", ["-1", "'4'", "Number(0)", "timedelta(0)", "Unshown()"])
    assert [outcome.rsplit("not ", 1)[1] for outcome in said.values()] == [
        "-1",
        "'4'",
        "Number(0)",
        "datetime.timedelta(0)",
        "a value without a repr",
    ]


def test_c30_wait_takes_zero_and_no_negative_time() -> None:
    call = "lambda value: wait(value)"
    assert set(outcomes(call, ZERO).values()) == {"accepted"}
    for source, outcome in outcomes(call, [*NOT_NUMBERS, "None"]).items():
        assert outcome.startswith("TypeError: seconds must be a number of seconds or a timedelta, not "), source
    never = ["float('nan')", "Decimal('NaN')", "Number(float('nan'))"]
    for source, outcome in outcomes(call, NEGATIVE + never).items():
        assert outcome.startswith("ValueError: seconds must be a number of seconds from 0 on, not "), source


def test_c30_wait_takes_every_kind_of_number() -> None:
    values = ["0.01", "1e-300", "timedelta(milliseconds=1)", "Decimal('0.01')", "Fraction(1, 300)", "Number(0.01)"]
    assert set(outcomes("lambda value: wait(value)", values).values()) == {"accepted"}


def test_c30_wait_takes_what_is_beyond_the_clock() -> None:
    end = run("""
        for seconds in [10**400, 1e300]:
            with ShutdownProtection(4):
                threading.Timer(0.1, request_shutdown).start()
                say(wait(seconds))
                cancel_shutdown()
    """)
    assert end.lines == ["True", "True"]


@pytest.mark.parametrize("value", ["None", "4"])
def test_c30_none_is_the_configured_time(value: str) -> None:
    end = run(f"""
        configure_shutdown_manager(max_exec_time=20)
        configure_shutdown_manager(max_exec_time=None)
        with ShutdownProtection({value}) as block:
            say({REMAINING})
            block.renew(30)
            say({REMAINING})
            block.renew(None)
            say({REMAINING})
    """)
    assert end.lines == [{"None": "20", "4": "4"}[value], "30", "30"]
