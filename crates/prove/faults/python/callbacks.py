"""A callback that never returns: `callbacks.py termination | hup outside | inside MAX_EXEC_TIME`."""

import sys

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager, wait

from common import LONG, asleep, say

WHICH, PLACE, TIME = sys.argv[1], sys.argv[2], int(sys.argv[3]) / 1000


def hang() -> None:
    say("callback")
    asleep()


if WHICH == "hup":
    configure_shutdown_manager(before_hup=hang, max_exec_time=TIME)
else:
    configure_shutdown_manager(before_termination=hang, max_exec_time=TIME)
if PLACE == "inside":
    # The main thread that hangs in `before_hup` hangs in its block, whose time is that of the configuration.
    with ShutdownProtection(TIME if WHICH == "hup" else LONG) as block:
        say("ready")
        while not wait(LONG):
            pass
        block.allow_break()
else:
    say("ready")
    asleep()
