"""What a campaign counted."""

from __future__ import annotations

import math
import signal
from dataclasses import dataclass, field

from child import SIGNALS, Ending
from sites import Audit


def quantile(samples: list[float], q: float) -> float:
    """The value that this fraction of the samples does not exceed (nearest rank)."""
    return sorted(samples)[max(math.ceil(q * len(samples)), 1) - 1]


@dataclass
class Tally:
    runs: int = 0
    sent: dict[signal.Signals, int] = field(default_factory=lambda: dict.fromkeys(SIGNALS, 0))
    ended_by: dict[signal.Signals, int] = field(default_factory=lambda: dict.fromkeys(SIGNALS, 0))
    units: int = 0
    torn: int = 0
    complete: int = 0
    wrong: int = 0
    latencies: list[float] = field(default_factory=list)
    # What must not happen under protection.
    failures: list[str] = field(default_factory=list)
    seconds: float = 0

    def count(self, ending: Ending, before: Audit, after: Audit, units: int) -> None:
        self.runs += 1
        for number in ending.sent:
            self.sent[number] += 1
        names = " and ".join(number.name for number in ending.sent) or "no signal"
        if ending.by_signal:
            assert ending.status is not None
            self.ended_by[signal.Signals(-ending.status)] += 1
            self.latencies.append(ending.seconds)
        elif ending.status == 0 and after.done == units:
            self.complete += 1
        else:
            self.wrong += 1
            status = "stuck" if ending.status is None else f"status {ending.status}"
            self.failures.append(f"{names}: {status}, and it said: {ending.said}")
        if after.torn is not None:
            self.torn += 1
            self.failures.append(f"{names}: {after.torn}")
        elif after.done < before.done:
            self.failures.append(f"{names}: {before.done} units were done before, and {after.done} after")
        else:
            self.units += after.done - before.done

    def unproven(self) -> list[str]:
        """The signals that ended no run: nothing was shown of them."""
        return [f"{number.name} ended no run" for number, count in self.ended_by.items() if count == 0]

    def latency(self, q: float) -> str:
        return f"{quantile(self.latencies, q) * 1e3:.1f} ms" if self.latencies else "-"
