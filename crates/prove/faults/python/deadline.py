"""A block with a known deadline, beside busy threads if it is told so: `deadline.py WAY MILLISECONDS [BUSY]`."""

import sys
import threading
import time
from collections import deque
from itertools import repeat

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

from common import asleep, say, tell_pending

WAY, TIME, BUSY = sys.argv[1], int(sys.argv[2]) / 1000, int((sys.argv[3:] or ["0"])[0])
begin = threading.Event()


def compute() -> None:
    # Those that are busy before all have started keep the rest from it, for seconds.
    begin.wait()
    while True:
        pass


if WAY == "stuck":
    configure_shutdown_manager(force_exit_after=0.1)
for _ in range(BUSY):
    threading.Thread(target=compute, daemon=True).start()
START = time.monotonic_ns()
with ShutdownProtection(drain_time=TIME) if WAY == "drain" else ShutdownProtection(TIME):
    say("start", START)
    if not BUSY:
        tell_pending()
    begin.set()
    say("ready")
    if WAY == "runs":
        compute()
    elif WAY == "stuck":
        # In C, with the interpreter lock, for ever.
        deque(repeat(0), maxlen=0)
    asleep()
