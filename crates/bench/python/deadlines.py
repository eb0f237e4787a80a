"""From the event to the exception: at a breakpoint, and at a deadline, whatever the main thread does meanwhile."""

from __future__ import annotations

import child
from contestants import ORIGINAL, OURS, Sites
from page import Page, figure, median, quantile

FLOOR = "a timer's signal, a handler that raises"

# One KeyboardInterrupt that was handled is over (C26). 0.1.2 has to be told so.
OVER = {
    OURS: "def over(): pass\n",
    FLOOR: "def over(): pass\n",
    ORIGINAL: """
def over():
    from graceful_shutdown.manager import ProtectedBlock
    manager = ProtectedBlock(1, False).manager
    manager._attempts, manager._kill_raised, manager._term_requested = 0, False, False
    manager._block_registry.clear()
""",
}

BREAK = """
import json, signal, sys, time
from graceful_shutdown import ShutdownProtection
now = time.perf_counter_ns
found = []
for _ in range(int(sys.argv[1])):
    try:
        # For an hour: 0.1.2 has a thread that sleeps for as long.
        with ShutdownProtection(3600) as block:
            signal.raise_signal(signal.SIGINT)
            # Until all that the event sets going is done; as a program that works, not one that comes from a sleep.
            until = now() + 2_000_000
            while now() < until: pass
            began = now()
            try:
                block.allow_break()
            except KeyboardInterrupt:
                found.append((now() - began) / 1e3)
                raise
    except KeyboardInterrupt:
        pass
    over()
print(json.dumps(found))
"""

RAISED = """
import json, sys, time
now = time.perf_counter_ns
def allow_break(): raise KeyboardInterrupt
found = []
for _ in range(int(sys.argv[1])):
    until = now() + 2_000_000
    while now() < until: pass
    began = now()
    try:
        allow_break()
    except KeyboardInterrupt:
        found.append((now() - began) / 1e3)
print(json.dumps(found))
"""

OVERSHOOT = """
import _thread, json, os, signal, sys, time
kind, count, ends = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "in time"
now = time.monotonic
lock = _thread.allocate_lock()
lock.acquire()
reader, writer = os.pipe()
def write_now_and_then():
    while True:
        time.sleep(1)
        os.write(writer, b"x")
if kind == "a read" and not ends:
    _thread.start_new_thread(write_now_and_then, ())
def wait():
    if kind == "a busy loop":
        until = now() + 1
        while now() < until: pass
    elif kind == "time.sleep": time.sleep(1)
    elif kind == "a lock": lock.acquire(timeout=1)
    else: os.read(reader, 1)
found = []
for _ in range(count):
    began = now()
    try:
        with Block(0.02):
            wait()
    except (KeyboardInterrupt, SystemExit):
        pass
    found.append((now() - began - 0.02) * 1e3)
    over()
print(json.dumps(found))
"""


# A block of so many seconds that is met by an event at once.
MET = """
import signal
from graceful_shutdown import ShutdownProtection
class Block:
    def __init__(self, seconds):
        self.block = ShutdownProtection(seconds)
    def __enter__(self):
        self.block.__enter__()
        signal.raise_signal(signal.SIGINT)
    def __exit__(self, *error):
        return self.block.__exit__(*error)
"""
TIMER = """
import signal
signal.signal(signal.SIGALRM, signal.default_int_handler)
class Block:
    def __init__(self, seconds):
        self.seconds = seconds
    def __enter__(self):
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
    def __exit__(self, *error):
        pass
"""


def measure(sites: Sites, page: Page, short: bool) -> None:
    present = [name for name in (OURS, ORIGINAL) if name not in sites.missing]
    rows = []
    for name in present:
        rounds = [child.run(sites, name, OVER[name] + BREAK, 20 if short else 60) for _ in range(2 if short else 5)]
        samples = [sample for found in rounds for sample in found]
        if name == OURS:
            page.judge("event to exception, p50", "at most 5 us", f"{figure(median(samples))} us", median(samples), 5)
        rows.append([name, figure(median(samples)), figure(quantile(samples, 0.99)), str(len(samples))])
    rounds = [child.run(sites, None, RAISED, 20 if short else 60) for _ in range(2 if short else 5)]
    samples = [sample for found in rounds for sample in found]
    rows.append(["a function that raises", figure(median(samples)), figure(quantile(samples, 0.99)), str(len(samples))])
    text = "From the call of `allow_break()`, with an event pending, to the line behind `except KeyboardInterrupt`."
    page.section(
        "4. From a pending event to the exception", text, ["a breakpoint", "p50 us", "p99 us", "samples"], rows
    )

    rows = []
    for kind in ("a busy loop", "time.sleep", "a lock", "a read"):
        for name in [*present, FLOOR]:
            count = 3 if name == ORIGINAL else 40 if short else 250
            script = OVER[name] + (TIMER if name == FLOOR else MET) + OVERSHOOT
            site = None if name == FLOOR else name
            samples = child.run(sites, site, script, kind, count, "" if name == ORIGINAL else "in time")
            p50, p99 = median(samples), quantile(samples, 0.99)
            rows.append([f"{kind}: {name}", figure(p50), figure(p99), figure(min(samples)), str(count)])
            if name == OURS:
                measured = f"{figure(p50)} ms, {figure(p99)} ms"
                aim = "at most 0.2 ms at p50, 1 ms at p99, never early"
                fault = max(p50 / 0.2, p99, 2 if min(samples) < 0 else 0)
                page.judge(f"overshoot in {kind}", aim, measured, fault, 1)
    text = (
        "Milliseconds from the deadline to the exception, blocks of 20 ms. What waits would return by itself after a "
        "second: where the figure is near 980, nothing has interrupted it. The timer's signal is what the interpreter "
        "and the machine cost anybody."
    )
    header = ["the main thread is in", "p50 ms", "p99 ms", "earliest ms", "samples"]
    page.section("5. How late a deadline strikes", text, header, rows)
