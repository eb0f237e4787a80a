"""A child of `multiprocessing` ends by `os._exit`, with the code of the `SystemExit` that has ended its work.

Its parent is to see that it died by the signal, as it would without us. Imported in such a child, when a shutdown is
delivered there.
"""

from __future__ import annotations

import functools
import os
from typing import NoReturn

from graceful_shutdown import _native

_exit = os._exit


def end_as_told() -> None:
    """Any other status is the child's own, and stays."""
    if os._exit is _exit:
        os._exit = _exit_as_told


@functools.wraps(_exit)
def _exit_as_told(status: int) -> NoReturn:
    _native._end_by_status(status)
    _exit(status)
