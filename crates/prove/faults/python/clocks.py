"""The wall clock jumps while the program waits, and again while its shutdown is pending: `clocks.py SECONDS`."""

import os
import sys
import threading
import time

from graceful_shutdown import ShutdownProtection, wait

from common import LONG, asleep, fault, say

BY = int(sys.argv[1])
jumped: list[float] = []


def jump() -> None:
    time.sleep(0.1)
    wall = time.time()
    fault("fault_wall_clock", BY)
    jumped.append(time.time() - wall)


def jump_back() -> None:
    wait(LONG)
    fault("fault_wall_clock", -BY)


START = time.monotonic_ns()
with ShutdownProtection(1.5):
    say("start", START)
    say("pid", os.getpid())
    jumper = threading.Thread(target=jump)
    jumper.start()
    before = time.monotonic_ns()
    wait(0.3)
    waited = time.monotonic_ns() - before
    jumper.join()
    say("jumped", jumped[0])
    say("waited", waited)
    threading.Thread(target=jump_back, daemon=True).start()
    say("ready")
    asleep()
