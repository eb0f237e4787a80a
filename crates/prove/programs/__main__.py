"""Interrupts programs that are built on other people's packages, without protection and with it.

    python crates/prove/programs --binaries FOLDER [--short] [--seed N] [--out FILE] PROGRAM ...

`cargo xtask prove programs` installs what they need and calls this. The driver is the programs' parent, sends the
signals, and looks at what they leave; it does not use the library itself, because a witness must not depend on what it
judges. It fails if a protected run left something torn or ended in a way that it should not, and if no unprotected one
left anything torn: in the full form of each program, in the short one of all.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from importlib import import_module
from pathlib import Path

import campaign
from campaign import Effort
from report import HEAD, facts, section
from sites import Program
from tally import Tally

SHORT = (Effort(8, 6), Effort(16, 10))
FULL = (Effort(50, 300), Effort(75, 450))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", choices=("archive", "batch", "mirror", "training"))
    parser.add_argument("--binaries", type=Path, required=True, help="where those in Rust have been built")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", default=os.environ.get("PROVE_SEED"))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    # So that the server does not outlive us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    # Short, because a person may want to type it.
    seed = arguments.seed or str(random.randrange(1_000_000))
    text, failed, torn = [HEAD, facts(seed, arguments.short)], False, 0
    print(text[1], flush=True)
    for name in arguments.programs:
        # Only the packages of the programs that were named are there.
        program: Program = import_module(f"site_{name}").PROGRAM
        unprotected, protected = campaign.run(program, arguments.binaries, SHORT if arguments.short else FULL, seed)
        text.append(section(program, unprotected, protected))
        print(text[-1], flush=True)
        for failure in (it for it in unprotected.failures if "stuck" in it):
            print(f"without protection, too: {failure}\n", flush=True)
        failures = faults(unprotected, protected, arguments.short)
        failed |= bool(failures)
        torn += unprotected.torn
        for failure in failures[:10]:
            print(f"FAILED, {name}: {failure}\n", flush=True)
    # Of one program, a few runs may be without luck.
    if torn == 0:
        raise SystemExit("FAILED: no run without protection left anything torn, so nothing was shown")
    if failed:
        raise SystemExit(1)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text("\n".join(text))
        print(f"written to {arguments.out}")


def faults(unprotected: Tally, protected: Tally, short: bool) -> list[str]:
    found = list(protected.failures)
    if not short:
        found += protected.unproven()
        if unprotected.torn == 0:
            found.append("no run without protection left anything torn")
    return found


if __name__ == "__main__":
    main()
