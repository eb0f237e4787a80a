"""pytest has no handlers of its own: it catches what was delivered, after the block, and its fixtures are torn down."""

from __future__ import annotations

from signal import SIGINT, SIGTERM

import pytest

from program import End, Place, module, program, wait_until_taken

TESTS = """
import pytest
from work import MODE, say, work

@pytest.fixture
def fixture():
    yield
    say("torn down")

@pytest.fixture(scope="session", autouse=True)
def session():
    yield
    say("session over")

def test_first(fixture):
    work()
    say("after the block")

def test_second():
    say("second")
"""


def interrupted(place: Place, mode: str, signum: int) -> End:
    (place.path / "test_case.py").write_text(TESTS)
    (place.path / "pytest.ini").write_text("[pytest]\n")
    quiet = ["-q", "-s", "-p", "no:cacheprovider", "--rootdir", str(place.path)]
    command = module("pytest", *quiet, str(place.path / "test_case.py"))
    with program(*command, environment=place.environment(MODE=mode)) as session:
        session.expect(r"inside \d+\n")
        session.signal(signum)
        wait_until_taken(session.pid, signum)
        place.go()
        return session.end()


@pytest.mark.parametrize("mode", ["block", "configure+block"])
def test_c17_c26_ctrl_c_in_a_test_ends_pytest_after_the_block(mode: str, place: Place) -> None:
    without = interrupted(place, "without", SIGINT)
    assert without.status == pytest.ExitCode.INTERRUPTED
    assert "done\n" not in without.stdout
    (place.path / "go").unlink()

    end = interrupted(place, mode, SIGINT)
    assert "done\n" in end.stdout
    assert "after the block" not in end.stdout
    assert "torn down\n" in end.stdout
    assert "session over\n" in end.stdout
    assert "second" not in end.stdout
    assert "KeyboardInterrupt" in end.stdout
    assert end.status == without.status


def test_c17_c19_sigterm_in_a_test(place: Place) -> None:
    """pytest takes the `SystemExit` for a failure of the test and goes on, and ends with an error of its own."""
    end = interrupted(place, "block", SIGTERM)
    assert "done\n" in end.stdout
    assert "after the block" not in end.stdout
    assert "torn down\n" in end.stdout
    assert "session over\n" in end.stdout
    assert "1 failed" in end.stdout
    assert end.status == pytest.ExitCode.TESTS_FAILED
