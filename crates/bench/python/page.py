"""Tables, ratios and verdicts, as a page of Markdown."""

from __future__ import annotations

import math


def quantile(samples: list[float], q: float) -> float:
    """The value below which this fraction of the samples lies (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(max(math.ceil(q * len(ordered)), 1), len(ordered)) - 1]


def median(samples: list[float]) -> float:
    return quantile(samples, 0.5)


def figure(value: float) -> str:
    """Three significant digits, as far as a figure below a thousand goes."""
    size = abs(value)
    if size == 0:
        return "0"
    return f"{value:.{3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0}f}"


def times(value: float) -> str:
    return f"{figure(value)}x"


def table(header: list[str], rows: list[list[str]]) -> str:
    """The first column is text, the others are figures."""
    widths = [max(3, *(len(row[column]) for row in [header, *rows])) for column in range(len(header))]

    def line(row: list[str]) -> str:
        sized = list(zip(row, widths, strict=True))
        cells = [cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(sized)]
        return "| " + " | ".join(cells) + " |\n"

    rule = "".join(f"| {'-' * width}{':' if column else ' '}" for column, width in enumerate(widths)) + "|\n"
    return line(header) + rule + "".join(line(row) for row in rows)


class Page:
    def __init__(self, facts: str) -> None:
        self.facts = facts
        self.sections: list[str] = []
        self.targets: list[list[str]] = []
        print(facts)

    def section(self, title: str, text: str, header: list[str], rows: list[list[str]]) -> None:
        self._add(f"## {title}\n\n{text}\n\n{table(header, rows)}")

    def failed(self, part: str, error: Exception) -> None:
        self._add(f"## {part}\n\nNot measured: {error!r}.\n")
        self.targets.append([part, "measured at all", repr(error), "MISSED"])

    def judge(self, what: str, aim: str, measured: str, value: float, limit: float, worst: float = 0) -> None:
        met = "met" if value <= limit else "within the worst" if value <= worst else "MISSED"
        self.targets.append([what, aim, measured, met])

    def verdicts(self) -> str:
        return table(["target", "aim", "measured", "verdict"], self.targets)

    def _add(self, section: str) -> None:
        print(f"\n{section}", flush=True)
        self.sections.append(section)

    def __str__(self) -> str:
        head = (
            "# Benchmarks of the Python package\n\n"
            "Written by `cargo xtask bench`, which measures all of it in one run on the machine at hand.\n"
        )
        return "\n".join([head, self.facts, f"## Targets\n\n{self.verdicts()}", *self.sections])
