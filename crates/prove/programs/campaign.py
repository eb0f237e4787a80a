"""A program that is interrupted again and again, without protection or with it."""

from __future__ import annotations

import random
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import child
from child import SIGNALS, Shot
from sites import Audit, Program
from tally import Tally

# One run in so many gets a second signal. A third one would be the user's last word, which ends a program at once.
SECOND_SHOTS = 5
LONGEST_GAP = 0.02


@dataclass(frozen=True)
class Effort:
    # In each round, each signal is the first one of a run once.
    rounds: int
    # After this a round is the last one.
    seconds: float


def run(program: Program, binaries: Path, efforts: tuple[Effort, Effort], seed: str) -> tuple[Tally, Tally]:
    """Both halves, without protection and with it, on the same things."""
    moments = random.Random(f"{seed} {program.name}")
    with tempfile.TemporaryDirectory(prefix="prove-") as name, program.open(Path(name) / "site") as site:
        command = program.command(Path(name) / "site", binaries)
        halves = []
        for effort, arguments in zip(efforts, (["--unprotected"], []), strict=True):
            tally, began = Tally(), time.monotonic()
            before = Audit(0)
            site.start_over()
            for _ in range(effort.rounds):
                for first in moments.sample(SIGNALS, len(SIGNALS)):
                    ending = child.run([*command, *arguments], _shots(program, first, moments))
                    after = site.audit()
                    tally.count(ending, before, after, site.units)
                    if after.torn is not None or after.done == site.units:
                        site.start_over()
                        after = Audit(0)
                    before = after
                tally.seconds = time.monotonic() - began
                if tally.seconds > effort.seconds:
                    break
            halves.append(tally)
    return halves[0], halves[1]


def _shots(program: Program, first: signal.Signals, moments: random.Random) -> list[Shot]:
    shots = [Shot(first, moments.uniform(0, program.longest_delay))]
    if moments.randrange(SECOND_SHOTS) == 0:
        shots.append(Shot(moments.choice(SIGNALS), moments.uniform(0, LONGEST_GAP)))
    return shots
