"""C27 in gunicorn: its workers have handlers of their own, which are what happens, after the block."""

from __future__ import annotations

import os
from dataclasses import dataclass
from signal import SIGINT, SIGTERM
from time import sleep

import pytest

from program import Place, Request, module, program, wait_until_taken

pytest.importorskip("gunicorn", reason="gunicorn is not installed")

APP = """
from work import work
def app(environ, start_response):
    body = work().encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""

# Says when the master has sent a signal to its worker: what gunicorn logs is said before.
CONFIGURATION = """
import os
from gunicorn.arbiter import Arbiter
kill_worker = Arbiter.kill_worker
def kill_worker_and_say(self, pid, signum):
    kill_worker(self, pid, signum)
    os.write(1, b"sent %d\\n" % signum)
Arbiter.kill_worker = kill_worker_and_say
"""

WORKERS = ["sync", "gthread"]
MODES = ["block", "configure", "configure+block"]


@dataclass(frozen=True)
class Outcome:
    answer: tuple[str, str]
    done: bool
    status: int
    failed: bool


def serve(place: Place, worker: str, *options: str) -> list[str]:
    (place.path / "app.py").write_text(APP)
    (place.path / "configuration.py").write_text(CONFIGURATION)
    bind = ["--bind", f"unix:{place.socket}", "--config", str(place.path / "configuration.py")]
    # Longer than the watchdog: a worker that does not end by itself fails its test.
    limits = ["--graceful-timeout", "300", "--timeout", "300"]
    return [*module("gunicorn", *bind, *limits, "--worker-class", worker, "--threads", "2", *options, "app:app")]


def outcome(worker: str, mode: str, signum: int, *options: str) -> Outcome:
    """Of a signal to the master in mid-request."""
    place = Place()
    with program(*serve(place, worker, *options), environment=place.environment(MODE=mode)) as gunicorn:
        request = Request(place.socket)
        pid = int(gunicorn.expect(r"inside (\d+)\n")[1])
        gunicorn.signal(signum)
        sent = int(gunicorn.expect(r"sent (\d+)\n")[1])
        wait_until_taken(pid, sent)
        place.go()
        answer = request.answer()
        end = gunicorn.end()
    place.remove()
    return Outcome(answer, "done\n" in end.stdout, end.status, "Traceback" in end.stderr)


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["", "preload"])
@pytest.mark.parametrize("worker", WORKERS)
def test_c27_sigterm_in_mid_request_is_as_without_us(worker: str, preload: list[str]) -> None:
    without = outcome(worker, "without", SIGTERM, *preload)
    assert without == Outcome(("200", "worked"), True, 0, False)
    for mode in MODES:
        assert outcome(worker, mode, SIGTERM, *preload) == without, mode


@pytest.mark.parametrize("worker", WORKERS)
def test_c27_sigint_ends_the_server_as_without_us_and_no_block_is_torn(worker: str) -> None:
    """gunicorn's quick shutdown: without us, a sync worker leaves in the middle of the request."""
    without = outcome(worker, "without", SIGINT)
    for mode in ["block", "configure+block"]:
        protected = outcome(worker, mode, SIGINT)
        assert protected.done, mode
        assert (protected.status, protected.failed) == (without.status, without.failed), mode


@pytest.mark.parametrize("worker", WORKERS)
def test_c27_more_signals_to_a_worker_are_no_attempts(worker: str, place: Place) -> None:
    mode = "configure+block"
    with program(*serve(place, worker), environment=place.environment(MODE=mode)) as gunicorn:
        request = Request(place.socket)
        pid = int(gunicorn.expect(r"inside (\d+)\n")[1])
        for _ in range(5):
            is_told(pid)
        place.go()
        assert request.answer() == ("200", "worked")
        gunicorn.signal(SIGTERM)
        end = gunicorn.end()
    assert end.status == 0
    assert "Traceback" not in end.stderr


def is_told(pid: int) -> None:
    os.kill(pid, SIGTERM)
    wait_until_taken(pid, SIGTERM)
    sleep(0.06)  # further apart than those that count as one (C2)
