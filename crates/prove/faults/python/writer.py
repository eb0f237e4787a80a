"""One protected two-step write after the other: `writer.py LEDGER`."""

import os
import sys
import time

from graceful_shutdown import ShutdownProtection

from common import say

file = os.open(sys.argv[1], os.O_RDWR)
count = 0
while True:
    count += 1
    with ShutdownProtection(600):
        os.pwrite(file, count.to_bytes(8, "little"), 0)
        time.sleep(0.001)
        os.pwrite(file, count.to_bytes(8, "little"), 8)
    if count == 1:
        say("ready")
