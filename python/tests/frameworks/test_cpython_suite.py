"""CPython's own tests of signals and asyncio, with the package imported, or its handlers installed and put back.

Run on demand: `pytest -m slow frameworks/test_cpython_suite.py`. Needs the `test` package, which Debian has in
`libpython3-testsuite` and pyenv's builds bring along. A customization module, as Python imports one at its start,
brings the package into the tests' children too.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(
        importlib.util.find_spec("test.test_signal") is None, reason="CPython's test package is missing"
    ),
]

SUITES = ["test_signal", "test_threadsignals", "test_asyncio"]

CUSTOMIZATIONS = {
    "imported": "import graceful_shutdown\n",
    "installed and restored": (
        "import graceful_shutdown, signal, threading\n"
        "def former():\n"
        "    return [signal.getsignal(number) for number in (1, 2, 3, 15)]\n"
        "before = former()\n"
        "graceful_shutdown.configure_shutdown_manager()\n"
        "assert former() != before\n"
        "graceful_shutdown.restore_handlers()\n"
        "assert former() == before\n"
    ),
}

plain: dict[str, dict[str, str]] = {}
"""By suite: the results without the package, which are measured once."""


def results(directory: Path, suite: str, customization: str, *matching: str) -> dict[str, str]:
    """By name of the test: passed, skipped, failure or error."""
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(customization)
    report = directory / "report.xml"
    command = [sys.executable, "-m", "test", "--junit-xml", str(report), "--tempdir", str(directory), suite]
    for test in matching:
        command += ["-m", test]
    environment = {**os.environ, "PYTHONPATH": str(directory), "LC_ALL": "C.UTF-8"}
    for name in ("WATCHDOG", "PYTEST_CURRENT_TEST", "COLUMNS"):
        environment.pop(name, None)
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=directory, start_new_session=True, check=False
    )
    assert report.exists(), done.stdout + done.stderr
    found: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 (CPython's own report)
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[case.attrib["name"]] = kinds[0] if kinds else "passed"
    return found


def without_package(base: Path, suite: str) -> dict[str, str]:
    if suite not in plain:
        plain[suite] = results(base / "plain", suite, "")
    return plain[suite]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("how", CUSTOMIZATIONS)
def test_c8_cpythons_own_tests_give_the_same(how: str, suite: str, tmp_path: Path) -> None:
    without = without_package(tmp_path, suite)
    assert "passed" in without.values()
    with_package = results(tmp_path / "with", suite, CUSTOMIZATIONS[how])
    assert with_package.keys() == without.keys()
    different = [name for name in without if with_package[name] != without[name]]
    # Some of them measure times: what differs is run again by itself, and has to differ again, each time.
    for attempt in range(3):
        if not different:
            return
        names = [name.rpartition(".")[2] for name in different]
        again_without = results(tmp_path / f"plain{attempt}", suite, "", *names)
        again_with = results(tmp_path / f"with{attempt}", suite, CUSTOMIZATIONS[how], *names)
        different = [name for name in different if again_with.get(name) != again_without.get(name)]
    assert not different, {name: (without[name], with_package[name]) for name in different}
