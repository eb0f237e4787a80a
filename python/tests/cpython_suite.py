"""CPython's own tests of signals, threads and asyncio, with this package beside them: the same results as without it.

    python tests/cpython_suite.py [MODULE ...]

by an interpreter that has the package, and the tests of the standard library (pyenv's have them; Debian has them in
`libpython3.N-testsuite`). They run three times, each time in an environment of its own, in which every interpreter that
a test starts begins the same way: without the package; with it imported; with its handlers installed and restored. It
takes some minutes, and is no part of `cargo xtask test`.

A test that has not the same result all three times is run again; what differs then, too, is what the package has
changed.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MODULES = [
    "test.test_signal",
    "test.test_threadsignals",
    "test.test_faulthandler",
    "test.test_asyncio.test_runners",
    "test.test_asyncio.test_unix_events",
    "test.test_asyncio.test_subprocess",
]

BEGINNINGS = {
    "without": "",
    "imported": "import graceful_shutdown",
    "restored": (
        "import graceful_shutdown as g; g.configure_shutdown_manager(); g.ShutdownProtection(4).__enter__().__exit__();"
        " g.restore_handlers()"
    ),
}

TRIES = 3
"""How often a test is run whose results differ."""

Results = dict[str, str]


class Recorder(unittest.TestResult):
    """By test: what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.results: Results = {}

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        super().startTest(test)
        self.results[test.id()] = "passed"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addFailure(test, err)
        self.results[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addError(test, err)
        self.results[test.id()] = "failed"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.results[test.id()] = "failed"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        self.results[test.id()] = "skipped"


def record(output: str, names: list[str]) -> None:
    """In an environment: runs these tests, and writes down what came of them."""
    recorder = Recorder()
    unittest.defaultTestLoader.loadTestsFromNames(names).run(recorder)
    Path(output).write_text(json.dumps(recorder.results))
    for test, trace in recorder.failures + recorder.errors:
        print(test.id(), trace, file=sys.stderr)


def environment(folder: Path, beginning: str) -> Path:
    """An environment whose interpreters begin like this; its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    found = importlib.util.find_spec("graceful_shutdown")
    assert found is not None and found.origin is not None, "the package is not installed here"
    package = Path(found.origin).parent.parent
    # `-I` and `-E`, with which many tests start interpreters, leave such files in force.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "beginning.pth").write_text(f"{package}\n{beginning}\n")
    return folder / "bin" / "python"


def results(python: Path, names: Iterable[str], log: Path) -> Results:
    with tempfile.TemporaryDirectory() as folder, log.open("ab") as errors:
        output = Path(folder) / "results"
        # Its output is that of the tests, which write what they like.
        subprocess.run(
            [python, __file__, "--record", str(output), *names], cwd=folder, stdout=errors, stderr=errors, check=False
        )
        found: Results = json.loads(output.read_text()) if output.exists() else {}
    return found


def differing(by_beginning: dict[str, Results]) -> Iterator[str]:
    for test in sorted(set().union(*by_beginning.values())):
        if len({results.get(test, "not run") for results in by_beginning.values()}) > 1:
            yield test


def compare(names: list[str]) -> int:
    present = [name for name in names if _is_here(name)]
    for name in sorted(set(names) - set(present)):
        print(f"skipped: {name} is not here")
    if not present:
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pythons = {name: environment(folder / name, beginning) for name, beginning in BEGINNINGS.items()}
        by_beginning = {name: results(python, present, folder / "log") for name, python in pythons.items()}
        for name, found in by_beginning.items():
            counts = {outcome: list(found.values()).count(outcome) for outcome in ("passed", "failed", "skipped")}
            print(f"{name}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
        again = by_beginning
        different = list(differing(again))
        for _ in range(1, TRIES):
            if different:
                # In turn, so that what is special about a moment is so for all of them.
                again = {name: results(python, different, folder / "log") for name, python in pythons.items()}
                different = list(differing(again))
        for test in different:
            print(f"DIFFERS: {test}: " + ", ".join(f"{name} {again[name].get(test, 'not run')}" for name in again))
        if different:
            print((folder / "log").read_text(errors="replace")[-20_000:])
    return 1 if different else 0


def _is_here(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(compare(sys.argv[1:] or MODULES))
