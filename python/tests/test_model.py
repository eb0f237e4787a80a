"""Random programs, run by the package and by the model of the contract, which must say the same at each point.

The same few programs in every run of the tests; `HYPOTHESIS_PROFILE=many`: other ones each time, `EXAMPLES` of them.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model import Body, Model
from victim import default_signals

# Always the same; and a thread that is not heard of would be waited for at each step of making a program small.
settings.register_profile("gate", max_examples=25, derandomize=True, phases=[Phase.generate])
settings.register_profile("many", max_examples=int(os.environ.get("EXAMPLES", "3000")))
PROFILE = settings(
    settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate")),
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

THREADS = 3
PATIENCE = float(os.environ.get("PATIENCE", "90"))
"""Seconds after which a thread that should have been heard of is lost."""


class Server:
    """The process that runs the programs."""

    def __init__(self) -> None:
        reports, inner = os.pipe()
        pipes = [os.pipe() for _ in range(THREADS)]
        self.reports, self.commands = reports, [pipe[1] for pipe in pipes]
        given = [inner, *(pipe[0] for pipe in pipes)]
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("model_server.py"), *map(str, given)],
            stdin=subprocess.PIPE,
            pass_fds=given,
            preexec_fn=default_signals,  # noqa: PLW1509 - it starts no thread and takes no lock
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        for descriptor in given:
            os.close(descriptor)
        self.rest = b""

    def start(self, program: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(program).encode() + b"\n")
        self.process.stdin.flush()

    def send(self, number: int, command: str) -> None:
        os.write(self.commands[number], command.encode())

    def hear(self) -> list[Any]:
        while b"\n" not in self.rest:
            with selectors.DefaultSelector() as selector:
                selector.register(self.reports, selectors.EVENT_READ)
                if not selector.select(PATIENCE):
                    return ["nobody"]
            self.rest += os.read(self.reports, 65536)
        line, self.rest = self.rest.split(b"\n", 1)
        heard: list[Any] = json.loads(line)
        return heard

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        for descriptor in (self.reports, *self.commands):
            os.close(descriptor)


class Servers:
    """The server, anew after a program that went wrong."""

    def __init__(self) -> None:
        self.server: Server | None = None

    def get(self) -> Server:
        self.server = self.server or Server()
        return self.server

    def drop(self) -> None:
        server, self.server = self.server, None
        if server:
            server.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.drop()


def compare(server: Server, bodies: list[Body], max_attempts: int, schedule: list[int]) -> None:
    model = Model(bodies, max_attempts)
    server.start({"bodies": bodies, "max_attempts": max_attempts})
    trace: list[Any] = []

    def expect(numbers: list[int]) -> None:
        missing = set(numbers)
        while missing:
            number, *seen = server.hear()
            assert number in missing, (number, seen, "was not to be heard of", trace)
            missing.remove(number)
            thread = model.threads[int(number)]
            expected, thread.notes = thread.notes, []
            if thread.ended is not False:
                expected += ["ended" if thread.ended is None else f"ended {thread.ended}"]
            trace.append((number, *seen))
            assert seen == [expected], ("expected", expected, "seen", trace)

    expect(list(range(len(bodies))))
    turn = 0
    while model.main.ended is False and (runnable := model.runnable()):
        number = runnable[schedule[turn % len(schedule)] % len(runnable)]
        turn += 1
        commands, heard = model.step(number)
        thread = model.threads[number]
        if "c" in commands[number] and thread.ended is False:
            thread.notes.append(f"open {model.open()}")
        trace.append(commands)
        for index, command in commands.items():
            server.send(index, command)
        expect(heard)
    assert model.main.ended is not False, ("nobody goes on", trace)
    left = [number for number, thread in enumerate(model.threads) if thread.ended is False]
    for number in left:
        server.send(number, "d")
    while (ended := server.hear())[0] != "exit":
        trace.append(ended)
    _, status, stderr = ended
    # What threads do that outlive the main thread is not in the model.
    assert left or status == model.exit_status(), ("expected", model.exit_status(), "seen", status, trace, stderr)
    assert "ignored" not in stderr and "Fatal" not in stderr, (trace, stderr)


def bodies_of(depth: int) -> st.SearchStrategy[Body]:
    signals = st.sampled_from([SIGINT, SIGINT, SIGTERM, SIGQUIT, SIGHUP]).map(lambda signum: ["signal", int(signum)])
    breaks = st.tuples(st.just("break"), st.sampled_from([0, 0, 0, 1, 2]), st.booleans())
    simple = [
        signals,
        signals,
        breaks,
        breaks,
        st.tuples(st.just("renew"), st.sampled_from([0, 1])),
        st.tuples(st.just("raise"), st.sampled_from(["own", "exit"])),
        st.sampled_from([["request"], ["cancel"]]),
    ]
    if not depth:
        return st.lists(st.one_of(*simple).map(list), max_size=2)
    body = bodies_of(depth - 1)
    seldom = st.sampled_from([False, False, True])
    block = st.tuples(st.just("block"), seldom, seldom, body)
    attempt = st.tuples(st.just("try"), body, st.sampled_from(["own", "stop", "any"]), body, body)
    return st.lists(st.one_of(block, block, block, attempt, attempt, *simple).map(list), min_size=1, max_size=3)


BODIES = bodies_of(3)
SCHEDULE = st.lists(st.integers(0, 5), min_size=1, max_size=20)
ATTEMPTS = st.sampled_from([3, 3, 2, 1])


def check(servers: Servers, bodies: list[Body], max_attempts: int, schedule: list[int]) -> None:
    try:
        compare(servers.get(), bodies, max_attempts, schedule)
    except BaseException:
        servers.drop()
        raise


@PROFILE
@given(body=BODIES, max_attempts=ATTEMPTS)
def test_one_thread_sees_what_the_model_says(servers: Servers, body: Body, max_attempts: int) -> None:
    check(servers, [body], max_attempts, [0])


@PROFILE
@given(bodies=st.lists(BODIES, min_size=2, max_size=THREADS), max_attempts=ATTEMPTS, schedule=SCHEDULE)
def test_threads_see_what_the_model_says(
    servers: Servers, bodies: list[Body], max_attempts: int, schedule: list[int]
) -> None:
    check(servers, bodies, max_attempts, schedule)
