"""Words that the cases of the rules have in common, on top of the harness in `victim`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from victim import PRELUDE, End, Victim

__all__ = ["WORDS", "End", "check", "numbers", "run", "start"]

WORDS = (
    PRELUDE
    + """\
from itertools import chain, repeat
def pend(signum=SIGTERM):
    kill(signum)
    while not is_shutdown_requested():
        time.sleep(0.001)
def told(error):
    "What was raised: its type, its code and its event."
    say("told", type(error).__name__, getattr(error, "code", "-"), getattr(error, "event", "-"))
def spawn(work, *args, daemon=False):
    thread = threading.Thread(target=work, args=args, daemon=daemon)
    thread.start()
    return thread
def stuck():
    "In C code for ever, with the interpreter lock: says so from there."
    sum(chain(map(os.write, (1,), (b"stuck\\n",)), repeat(0)))
def wait_for(condition, limit=15):
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.002)
"""
)


def start(script: str, **environment: str) -> Victim:
    return Victim(textwrap.dedent(script), prelude=WORDS, **environment)


def run(script: str, **environment: str) -> End:
    """A case that signals itself."""
    return start(script, **environment).end()


def check(end: End, status: int, lines: Iterable[str] | None = None, stderr: str = "") -> None:
    """All of it at once, so that a failure shows all of it. `stderr`: empty, or what must be in it."""
    seen = (end.status, end.lines, end.stderr)
    assert end.status == status, seen
    assert lines is None or end.lines == list(lines), seen
    assert stderr in end.stderr if stderr else not end.stderr, seen


def numbers(lines: Iterable[str], word: str) -> list[float]:
    """What the lines that begin with this word measured."""
    return [float(line.split()[1]) for line in lines if line.split()[0] == word]
