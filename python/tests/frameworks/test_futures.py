"""`concurrent.futures`: blocks in the threads and processes of a pool, and a signal to the program."""

from __future__ import annotations

import sys
import textwrap
from signal import SIGINT, SIGTERM

import pytest

from program import Place, program

PRELUDE = """
import concurrent.futures, multiprocessing, os, sys, time
from pathlib import Path
from graceful_shutdown import *

GO = Path(os.environ["PLACE"]) / "go"

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def job(number):
    with ShutdownProtection(60):
        say("job", number)
        while not GO.exists():
            time.sleep(0.01)
        say("done", number)
        return number * number

def loop(number):
    with ShutdownProtection(60) as block:
        say("job", number)
        while True:
            wait(60)
            say("done", number)
            block.allow_break()
            say("torn")
"""


def script(place: Place, body: str) -> list[str]:
    path = place.path / "main.py"
    path.write_text(f"{PRELUDE}\nif __name__ == '__main__':\n{textwrap.indent(textwrap.dedent(body), '    ')}")
    return [sys.executable, str(path)]


def test_c15_c18_the_threads_of_a_pool_end_their_blocks_first(place: Place) -> None:
    body = """
    configure_shutdown_manager(before_termination=lambda: say("before termination"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(job, number) for number in (2, 3)]
        say(*(job.result() for job in jobs))
    """
    with program(*script(place, body), environment=place.environment()) as pool:
        pool.expect(r"job \d\n")
        pool.expect(r"job \d\n")
        pool.signal(SIGTERM)
        place.go()
        end = pool.end()
    assert "done 2\n" in end.stdout
    assert "done 3\n" in end.stdout
    assert end.stdout.index("before termination") > end.stdout.rindex("done")
    assert (end.status, end.stderr) == (-SIGTERM, "")


def test_c9_c19_threads_of_a_pool_break_and_the_status_is_the_signals(place: Place) -> None:
    """The pool keeps what ended a thread's block as the future's exception; the main thread waits for it in vain."""
    body = """
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(loop, number) for number in (2, 3)]
        for future in jobs:
            future.exception()
    """
    with program(*script(place, body), environment=place.environment()) as pool:
        pool.expect(r"job \d\n")
        pool.expect(r"job \d\n")
        pool.signal(SIGTERM)
        end = pool.end()
    assert sorted(end.stdout.split("\n")[2:]) == ["", "done 2", "done 3"]
    assert (end.status, end.stderr) == (-SIGTERM, "")


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_c14_sigterm_to_the_parent_of_a_process_pool(method: str, place: Place) -> None:
    """The processes are not told; the parent leaves its block when it has their results."""
    body = f"""
    context = multiprocessing.get_context({method!r})
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        with ShutdownProtection(60) as block:
            jobs = [pool.submit(job, number) for number in (2, 3)]
            while not is_shutdown_requested():
                time.sleep(0.01)
            GO.touch()
            say("results", *(job.result() for job in jobs))
        say("torn")
    """
    with program(*script(place, body), environment=place.environment()) as pool:
        pool.expect(r"job \d\n")
        pool.expect(r"job \d\n")
        pool.signal(SIGTERM)
        end = pool.end()
    assert "results 4 9\n" in end.stdout
    assert "torn" not in end.stdout
    assert (end.status, end.stderr) == (-SIGTERM, "")


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_c14_ctrl_c_to_all_of_a_process_pool_tears_no_block(method: str, place: Place) -> None:
    body = f"""
    context = multiprocessing.get_context({method!r})
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        jobs = [pool.submit(job, number) for number in (2, 3)]
        say("waiting")
        for future in jobs:
            future.exception()
    """
    with program(*script(place, body), environment=place.environment()) as pool:
        for _ in range(3):
            pool.expect(r"(job \d|waiting)\n")
        pool.signal_group(SIGINT)
        place.go()
        end = pool.end()
    assert "done 2\n" in end.stdout
    assert "done 3\n" in end.stdout
    assert end.status == -SIGINT
