"""C26 in a Jupyter kernel, which puts Python's own handler for `SIGINT` in its place before each cell."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from program import WATCHDOG, Place

pytest.importorskip("ipykernel", reason="ipykernel is not installed")
client = pytest.importorskip("jupyter_client", reason="jupyter_client is not installed")

ROUNDS = 5
"""More than `max_attempts`."""

SCRIPT = """
import time
from graceful_shutdown import *

def work():
    with ShutdownProtection(60) as block:
        print("inside", flush=True)
        while not is_shutdown_requested():
            time.sleep(0.01)
        print("undisturbed", flush=True)
        block.allow_break()
        print("torn", flush=True)
"""


class Notebook:
    def __init__(self, place: Place) -> None:
        environment = place.environment(IPYTHONDIR=str(place.path), JUPYTER_RUNTIME_DIR=str(place.path))
        self.manager: Any = client.KernelManager(kernel_name="python3")
        self.manager.kernel_spec.argv[0] = sys.executable
        self.manager.start_kernel(env={**os.environ, **environment})
        self.client: Any = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=WATCHDOG)

    def run(self, code: str, interrupt_at: str | None = None) -> list[str]:
        """What a cell prints, and the name of its error; interrupted when it has printed this."""
        request = self.client.execute(code)
        said: list[str] = []
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=WATCHDOG / 4)
            except queue.Empty:
                raise AssertionError(f"the cell says nothing more; it said {said}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                said += content["text"].split()
            elif message["msg_type"] == "error":
                said.append(content["ename"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return said
            if interrupt_at is not None and interrupt_at in said:
                interrupt_at = None
                self.manager.interrupt_kernel()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(place: Place) -> Iterator[Notebook]:
    opened = Notebook(place)
    assert opened.run(SCRIPT) == []
    yield opened
    opened.close()


def is_interrupted_after_its_block(notebook: Notebook) -> None:
    """The kernel runs cells in a task of its loop; they are the main thread's code all the same."""
    *said, error = notebook.run("work()", "inside")
    assert said == ["inside", "undisturbed"]
    assert error == "KeyboardInterrupt"
    assert notebook.run("print('alive', open_blocks())") == ["alive", "[]"]


def test_c11_c26_a_cell_is_interrupted_at_the_deadline_of_its_block(notebook: Notebook) -> None:
    for _ in range(ROUNDS):
        cell = "with ShutdownProtection(0.2):\n    print('inside', flush=True)\n    time.sleep(60)"
        assert notebook.run(cell, "inside") == ["inside", "KeyboardInterrupt"]
        assert notebook.run("print('alive', open_blocks())") == ["alive", "[]"]


def test_c27_a_cell_that_awaits_is_cancelled_by_the_kernel_after_its_block(notebook: Notebook) -> None:
    """There the kernel has a handler of its own, which is our guest."""
    cell = """
async with ShutdownProtection(60) as block:
    print("inside", flush=True)
    await asyncio.sleep(0.5)
    print("undisturbed", flush=True)
await asyncio.sleep(60)
print("torn", flush=True)
"""
    notebook.run("import asyncio")
    for _ in range(ROUNDS):
        assert notebook.run(cell, "inside") == ["inside", "undisturbed", "CancelledError"]
        assert notebook.run("print('alive', open_blocks())") == ["alive", "[]"]


def test_c26_the_first_cell_with_a_block_is_interrupted_after_it(notebook: Notebook) -> None:
    is_interrupted_after_its_block(notebook)


def test_c26_each_cell_with_a_block_is_interrupted_after_it(notebook: Notebook) -> None:
    for _ in range(ROUNDS):
        is_interrupted_after_its_block(notebook)


def test_c26_a_cell_without_a_block_is_interrupted_at_once(notebook: Notebook) -> None:
    notebook.run("configure_shutdown_manager()")
    for _ in range(ROUNDS):
        said = notebook.run("print('sleeping', flush=True); time.sleep(60); print('slept')", "sleeping")
        assert said == ["sleeping", "KeyboardInterrupt"]
        assert notebook.run("print('alive')") == ["alive"]
