"""Children of `multiprocessing`: each has blocks and handlers of its own, whatever way it was started (C23)."""

from __future__ import annotations

import sys
import textwrap
from signal import SIGINT, SIGTERM

import pytest

from program import Place, program

METHODS = ["fork", "forkserver", "spawn"]

PRELUDE = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from graceful_shutdown import *

GO = Path(os.environ["PLACE"]) / "go"

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def child(protected=True):
    if not protected:
        say("bare", os.getpid())
        time.sleep(60)
        say("slept")
        return
    with ShutdownProtection(60):
        say("child", os.getpid())
        while not is_shutdown_requested():
            time.sleep(0.01)
        say("child done")
    say("torn")

def job(number):
    with ShutdownProtection(60):
        say("job", number)
        while not GO.exists():
            time.sleep(0.01)
    return number * number

def fail():
    with ShutdownProtection(60):
        sys.exit(3)
"""


def script(place: Place, method: str, body: str) -> list[str]:
    path = place.path / "main.py"
    main = f"context = multiprocessing.get_context({method!r})\n" + textwrap.dedent(body)
    path.write_text(f"{PRELUDE}\nif __name__ == '__main__':\n{textwrap.indent(main, '    ')}")
    return [sys.executable, str(path)]


@pytest.mark.parametrize("method", METHODS)
def test_c4_c23_terminate_waits_for_the_childs_block(method: str, place: Place) -> None:
    body = """
    process = context.Process(target=child)
    process.start()
    while not GO.exists():
        time.sleep(0.01)
    process.terminate()
    process.join()
    say("exit code", process.exitcode, is_shutdown_requested())
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        parent.expect(r"child \d+\n")
        place.go()
        end = parent.end()
    # Although multiprocessing takes the code of `SystemExit`, and leaves a forked child by `os._exit`.
    assert "child done\nexit code -15 False\n" in end.stdout
    assert "torn" not in end.stdout
    assert end.status == 0
    assert end.stderr == ""


@pytest.mark.parametrize("method", METHODS)
def test_c23_a_child_inherits_no_block_and_dies_at_once(method: str, place: Place) -> None:
    """In 0.1.2 it obeyed when the parent's deadline had come."""
    body = """
    with ShutdownProtection(60):
        process = context.Process(target=child, args=(False,))
        process.start()
        while not GO.exists():
            time.sleep(0.01)
        process.terminate()
        process.join()
        say("exit code", process.exitcode, is_shutdown_requested())
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        parent.expect(r"bare \d+\n")
        place.go()
        end = parent.end()
    assert "exit code -15 False\n" in end.stdout or "exit code 143 False\n" in end.stdout
    assert "slept" not in end.stdout
    assert (end.status, end.stderr) == (0, "")


@pytest.mark.parametrize("method", METHODS)
def test_c14_ctrl_c_reaches_all_and_each_ends_its_own_block(method: str, place: Place) -> None:
    body = """
    process = context.Process(target=child)
    process.start()
    try:
        with ShutdownProtection(60):
            while not GO.exists():
                time.sleep(0.01)
            say("parent in", is_shutdown_requested())
            while not is_shutdown_requested():
                time.sleep(0.01)
            process.join()
            say("parent done", process.exitcode)
        say("torn")
    finally:
        say("rolled back")
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        parent.expect(r"child \d+\n")
        place.go()
        parent.expect("parent in False\n")
        parent.signal_group(SIGINT)
        end = parent.end()
    assert "child done\n" in end.stdout
    assert "torn" not in end.stdout
    # A child that `KeyboardInterrupt` ends has the code 1 in multiprocessing.
    assert "parent done 1\n" in end.stdout
    assert "rolled back\n" in end.stdout
    assert end.status == -SIGINT


@pytest.mark.parametrize("method", METHODS)
def test_c15_sigterm_to_the_parent_does_not_reach_the_children(method: str, place: Place) -> None:
    body = """
    with ShutdownProtection(60) as block, context.Pool(2) as pool:
        results = pool.map_async(job, [2, 3], chunksize=1)
        while not is_shutdown_requested():
            time.sleep(0.01)
        GO.touch()
        say("results", results.get())
        block.allow_break()
        say("torn")
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        parent.expect(r"job \d\n")
        parent.expect(r"job \d\n")
        parent.signal(SIGTERM)
        end = parent.end()
    assert "results [4, 9]\n" in end.stdout
    assert "torn" not in end.stdout
    assert (end.status, end.stderr) == (-SIGTERM, "")


@pytest.mark.parametrize("method", METHODS)
def test_c10_a_childs_own_exit_code_is_kept(method: str, place: Place) -> None:
    body = """
    process = context.Process(target=fail)
    process.start()
    process.join()
    say("exit code", process.exitcode)
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        end = parent.end()
    assert (end.stdout, end.status, end.stderr) == ("exit code 3\n", 0, "")


@pytest.mark.parametrize("method", METHODS)
def test_c23_a_pool_is_terminated_as_without_us(method: str, place: Place) -> None:
    """Its workers have used the package; one that hangs would hang the parent."""
    body = """
    configure_shutdown_manager()
    GO.touch()
    with context.Pool(2) as pool:
        say(pool.map(job, range(4)))
    say("left")
    pool.join()
    """
    with program(*script(place, method, body), environment=place.environment()) as parent:
        end = parent.end()
    assert "[0, 1, 4, 9]\nleft\n" in end.stdout
    assert (end.status, end.stderr) == (0, "")
