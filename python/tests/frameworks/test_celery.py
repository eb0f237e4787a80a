"""C27 in a Celery worker, on a broker of its own: its warm shutdown comes after the block, with the task's result."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGTERM
from time import sleep

import pytest

from program import Place, module, program, wait_until, wait_until_taken

celery = pytest.importorskip("celery", reason="celery is not installed")
pytest.importorskip("redis", reason="the client of redis is not installed")
redis_server = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(redis_server is None, reason="redis-server is not installed")

TASKS = """
import os
from celery import Celery
from work import work

app = Celery("tasks", broker=os.environ["REDIS"], backend=os.environ["REDIS"])
app.conf.worker_hijack_root_logger = False
app.task(work, name="work")
"""

POOLS = ["prefork", "solo", "threads"]
MODES = ["block", "configure", "configure+block"]


@dataclass(frozen=True)
class Outcome:
    result: str
    done: bool
    status: int
    failed: bool


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A redis of this test's own: no port, nothing kept."""
    assert redis_server is not None
    home = Place()
    options = ["--port", "0", "--unixsocket", home.socket, "--save", "", "--dir", str(home.path)]
    server = subprocess.Popen([redis_server, *options], stdout=subprocess.DEVNULL, start_new_session=True)
    wait_until(lambda: Path(home.socket).exists(), "redis to listen")
    yield f"redis+socket://{home.socket}"
    server.terminate()
    server.wait()
    home.remove()


def outcome(broker: str, pool: str, mode: str, *signals: int) -> Outcome:
    """Of signals to the worker in the middle of a task."""
    place = Place()
    (place.path / "tasks.py").write_text(TASKS)
    client = celery.Celery(broker=broker, backend=broker)
    client.control.purge()
    command = module("celery", "-A", "tasks", "worker", "--pool", pool, "--concurrency", "1")
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    with program(*command, *quiet, environment=place.environment(MODE=mode, REDIS=broker)) as worker:
        task = client.send_task("work")
        worker.expect(r"inside \d+\n")
        for number, signum in enumerate(signals):
            if number:
                sleep(0.06)  # further apart than those that count as one (C2)
            worker.signal(signum)
            wait_until_taken(worker.pid, signum)
        place.go()
        # Now and then, with us or without, a process of the pool waits up to 30 s for its last result to be taken.
        end = worker.end()
        # The worker has ended: what it has not said by now it will never say.
        result = task.result if task.ready() else "none"
    place.remove()
    return Outcome(str(result), "done\n" in end.stdout, end.status, "Traceback" in end.stderr)


@pytest.mark.parametrize("pool", POOLS)
def test_c27_sigterm_in_the_middle_of_a_task_is_as_without_us(broker: str, pool: str) -> None:
    without = outcome(broker, pool, "without", SIGTERM)
    assert without == Outcome("worked", True, 0, False)
    for mode in MODES:
        assert outcome(broker, pool, mode, SIGTERM) == without, mode


@pytest.mark.parametrize("pool", POOLS)
def test_c27_sigint_in_the_middle_of_a_task_is_as_without_us(broker: str, pool: str) -> None:
    """The first Ctrl-C is a warm shutdown too."""
    without = outcome(broker, pool, "without", SIGINT)
    assert without.result == "worked"
    assert outcome(broker, pool, "configure+block", SIGINT) == without


@pytest.mark.parametrize("pool", POOLS)
def test_c27_many_sigterms_are_no_attempts(broker: str, pool: str) -> None:
    """To Celery each is the same warm shutdown."""
    signals = [SIGTERM] * 5
    without = outcome(broker, pool, "without", *signals)
    assert without.result == "worked"
    assert outcome(broker, pool, "configure+block", *signals) == without
