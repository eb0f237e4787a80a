"""A block that nothing but attempts ends: `stair.py MAX_ATTEMPTS`."""

import sys
import time

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

from ledger import say

configure_shutdown_manager(max_attempts=int(sys.argv[1]))
with ShutdownProtection(600):
    say("ready")
    while True:
        time.sleep(600)
