"""Measures the Python package beside its rivals, in one run, and writes the page.

    python crates/bench/python --wheel WHEEL --floor LIBRARY --work FOLDER [--short] [--out FILE]

`cargo xtask bench` builds both and calls this. Nothing here needs a package: what is measured lies in folders of its
own, and runs in processes of its own that take turns, since two of the contestants have the same name. A missed target
is printed as such and does not fail the run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import crowd
import deadlines
import importing
import machine
import operations
import processes
from contestants import Sites
from page import Page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--floor", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    sites = Sites(arguments.work.resolve(), arguments.wheel.resolve(), arguments.floor.resolve())
    page = Page(machine.facts(sites, arguments.short))
    for part in (operations, deadlines, crowd, processes, importing):
        # A part that fails is a finding, too: the others are still worth their time.
        try:
            part.measure(sites, page, arguments.short)
        except Exception as error:  # noqa: BLE001, PERF203
            page.failed(part.__name__, error)
    print(page.verdicts())
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(str(page))
        print(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
