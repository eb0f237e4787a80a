"""Values that arguments must or must not take, as source: a case is a process of its own."""

from __future__ import annotations

DEFINITIONS = """
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
class Number:
    "As numpy's scalars: a number by __float__ alone."
    def __init__(self, value): self.value = value
    def __float__(self): return float(self.value)
    def __repr__(self): return f"Number({self.value})"
class Raises:
    def __float__(self): raise RuntimeError("no float")
    def __bool__(self): raise RuntimeError("no bool")
    def __index__(self): raise RuntimeError("no index")
    def __repr__(self): return "Raises()"
class Liar:
    def __float__(self): return "1.0"
    def __index__(self): return 1.5
    def __repr__(self): return "Liar()"
class Unshown:
    def __repr__(self): raise RuntimeError("no repr")
def attempt(call):
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"
"""

NOT_NUMBERS = [
    "True", "False", "'4'", "b'4'", "[]", "[4]", "()", "{}", "object()", "1j", "float", "len", "Raises()", "Liar()",
    "Unshown()", "time.gmtime()", "...",
]  # fmt: skip
"""A TypeError, wherever seconds are taken."""

NEGATIVE = [
    "-1", "-0.001", "-10**400", "-10**5000", "timedelta(seconds=-1)", "Decimal('-1')", "Fraction(-1, 3)", "Number(-1)",
]  # fmt: skip
"""The longest integer has no repr: it has too many digits."""

NOT_FINITE = [
    "float('nan')", "float('inf')", "-float('inf')", "Decimal('NaN')", "Decimal('sNaN')", "Decimal('Infinity')",
    "Number(float('nan'))", "Number(float('inf'))",
]  # fmt: skip

ZERO = ["0", "0.0", "-0.0", "timedelta(0)", "Decimal(0)", "Fraction(0)", "Number(0)"]

TIMES = [
    "4", "0.25", "1e-300", "1e300", "10**400", "Fraction(10**400)", "timedelta(seconds=4)", "timedelta.max",
    "Decimal('0.5')", "Fraction(1, 3)", "Number(4)",
]  # fmt: skip
"""Seconds. What is beyond the clock is saturated."""
