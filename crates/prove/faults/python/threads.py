"""There are no more threads: `threads.py shim | limit | pending`."""

import os
import resource
import signal
import sys

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

from common import LONG, await_pending, fault, say

WAY = sys.argv[1]


def refused() -> None:
    """At the first block; and then there are threads again."""
    why: OSError | None = None
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if WAY == "shim":
        fault("fault_threads", 0)
    else:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))
    for attempt in (configure_shutdown_manager, ShutdownProtection(LONG).__enter__):
        try:
            attempt()
        except OSError as error:
            why = error
        else:
            say("not refused")
    say("refused", why)
    untouched = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    say("handler", "default" if untouched else "installed")
    if WAY == "shim":
        fault("fault_threads", -1)
    else:
        resource.setrlimit(resource.RLIMIT_NPROC, (hard, hard))
    with ShutdownProtection(LONG) as block:
        say("works again")
        say("ready")
        await_pending()
        block.allow_break()


def pending() -> None:
    configure_shutdown_manager(before_termination=lambda: say("callback"))
    with ShutdownProtection(LONG) as block:
        fault("fault_threads", 0)
        say("ready")
        await_pending()
        block.allow_break()


pending() if WAY == "pending" else refused()
