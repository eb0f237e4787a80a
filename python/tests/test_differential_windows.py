"""D11: the console events of Windows. This package does not run there yet."""

from __future__ import annotations

import pytest

EXPECTED = {
    "close and a renewed block": "the exception is raised in the main thread, when its block has ended",
    "close and a block of 20 s": "the deadline is at most what Windows grants less 0.5 s",
    "close without a block": "SystemExit in the main thread",
    "logoff that is ignored": "is no attempt, and the next block starts",
    "one Ctrl-C": "is one attempt, and a KeyboardInterrupt",
}


@pytest.mark.skip(reason="console events are events of Windows, where this package is not built yet")
@pytest.mark.parametrize("expected", EXPECTED.values(), ids=EXPECTED.keys())
def test_d11_c21_console_events(expected: str) -> None:
    raise AssertionError(expected)
