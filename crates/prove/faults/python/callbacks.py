"""A callback that never returns: `callbacks.py termination | hup outside | inside MAX_EXEC_TIME FORCE_EXIT_AFTER`."""

import sys

from common import LONG, asleep, await_pending, say
from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

WHICH, PLACE, TIME, FORCED = sys.argv[1], sys.argv[2], int(sys.argv[3]) / 1000, int(sys.argv[4]) / 1000


def hang() -> None:
    say("callback")
    asleep()


if WHICH == "hup":
    configure_shutdown_manager(before_hup=hang, max_exec_time=TIME, force_exit_after=FORCED)
else:
    configure_shutdown_manager(before_termination=hang, max_exec_time=TIME, force_exit_after=FORCED)
if PLACE == "inside":
    with ShutdownProtection(LONG) as block:
        say("ready")
        await_pending()
        block.allow_break()
else:
    say("ready")
    asleep()
