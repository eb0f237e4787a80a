"""No file descriptor is left: `descriptors.py break | deadline`."""

import os
import resource
import sys
import time

from common import LONG, asleep, await_pending, say
from graceful_shutdown import ShutdownProtection

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
try:
    while True:
        os.open("/dev/null", os.O_RDONLY)
except OSError:
    pass
START = time.monotonic_ns()
with ShutdownProtection(LONG if sys.argv[1] == "break" else 0.3) as block:
    say("start", START)
    say("ready")
    if sys.argv[1] == "break":
        await_pending()
        block.allow_break()
    asleep()
