"""C27 in uvicorn: its handlers ask the server to stop; then it raises the signals for whom they replaced."""

from __future__ import annotations

from dataclasses import dataclass
from signal import SIGINT, SIGTERM
from time import sleep

import pytest

from program import Place, Request, module, program, wait_until_taken

pytest.importorskip("uvicorn", reason="uvicorn is not installed")

WAYS = ["async with", "with", "thread"]
MODES = ["block", "configure", "configure+block"]
LOOPS = ["asyncio", "uvloop"]


@dataclass(frozen=True)
class Outcome:
    answer: tuple[str, str]
    done: bool
    lifespan: bool
    status: int
    failed: bool


def outcome(mode: str, how: str, loop: str, *signals: int, runner: str = "uvicorn") -> Outcome:
    """Of signals in mid-request."""
    place = Place()
    (place.path / "run.py").write_text(
        f"import asgi, uvicorn\nuvicorn.run(asgi.app, uds={place.socket!r}, loop={loop!r}, lifespan='on')\n"
    )
    command = module("uvicorn", "--uds", place.socket, "--loop", loop, "--lifespan", "on", "asgi:app")
    if runner == "run":
        command = module("run")
    with program(*command, environment=place.environment(MODE=mode, HOW=how)) as uvicorn:
        request = Request(place.socket)
        uvicorn.expect(r"inside \d+\n")
        for number, signum in enumerate(signals):
            if number:
                sleep(0.06)  # further apart than those that count as one (C2)
            uvicorn.signal(signum)
            wait_until_taken(uvicorn.pid, signum)
        place.go()
        answer = request.answer()
        end = uvicorn.end()
    place.remove()
    return Outcome(
        answer, "done\n" in end.stdout, "lifespan over\n" in end.stdout, end.status, "Traceback" in end.stderr
    )


def skip_without(loop: str) -> None:
    if loop == "uvloop":
        pytest.importorskip("uvloop", reason="uvloop is not installed")


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("how", WAYS)
def test_c27_sigterm_in_mid_request_is_as_without_us(how: str, loop: str) -> None:
    skip_without(loop)
    without = outcome("without", how, loop, SIGTERM)
    assert without == Outcome(("200", "worked"), True, True, -SIGTERM, False)
    for mode in MODES:
        assert outcome(mode, how, loop, SIGTERM) == without, mode


def test_c27_sigint_in_mid_request_is_as_without_us() -> None:
    without = outcome("without", "async with", "asyncio", SIGINT)
    assert without.answer == ("200", "worked")
    for mode in MODES:
        assert outcome(mode, "async with", "asyncio", SIGINT) == without, mode


@pytest.mark.parametrize("how", WAYS)
def test_c27_many_sigterms_are_no_attempts(how: str) -> None:
    """uvicorn waits for the request at each SIGTERM, the fifth too."""
    signals = [SIGTERM] * 5
    without = outcome("without", how, "asyncio", *signals)
    assert without.answer == ("200", "worked")
    assert outcome("configure+block", how, "asyncio", *signals) == without


def test_c27_the_second_sigint_forces_the_end_as_without_us_but_no_block_is_torn() -> None:
    """Both reach uvicorn, if after the block: it leaves without the application's `lifespan.shutdown`."""
    without = outcome("without", "async with", "asyncio", SIGINT, SIGINT)
    assert not without.lifespan
    for mode in ["block", "configure+block"]:
        protected = outcome(mode, "async with", "asyncio", SIGINT, SIGINT)
        assert protected.done, mode
        assert (protected.status, protected.lifespan) == (without.status, without.lifespan), mode


@pytest.mark.parametrize("how", WAYS)
def test_c27_uvicorn_run_by_a_program_is_as_without_us(how: str) -> None:
    """The application, and so the package, is there before the server has its handlers."""
    without = outcome("without", how, "asyncio", SIGTERM, runner="run")
    assert without.answer == ("200", "worked")
    for mode in MODES:
        assert outcome(mode, how, "asyncio", SIGTERM, runner="run") == without, mode
