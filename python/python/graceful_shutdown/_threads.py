"""A thread that was told to stop ends quietly.

`threading.excepthook` is silent about `SystemExit` itself, but not about its subclasses
(https://docs.python.org/3/library/threading.html#threading.excepthook). Imported when a thread is interrupted, not
before.
"""

from __future__ import annotations

import sys
import threading

from graceful_shutdown._native import ShutdownInterrupt


def be_quiet() -> None:
    """Puts our hook in the place of the default one; a program's own is left alone."""
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _hook


def _hook(args: threading.ExceptHookArgs, /) -> None:
    # In a program that gevent has patched a thread is a greenlet, which ends by this.
    greenlet = sys.modules.get("greenlet")
    quiet = (ShutdownInterrupt, greenlet.GreenletExit) if greenlet else (ShutdownInterrupt,)
    # What a loop in this thread ends with.
    tasks = sys.modules.get("graceful_shutdown._asyncio")
    if not issubclass(args.exc_type, quiet) and not (tasks and tasks.is_ours(args.exc_value)):
        threading.__excepthook__(args)
