"""A signal before each bytecode: runs a program of `bytecode_programs` once for each of its steps, and signals there.

Run as a program, also by an interpreter that has 0.1.2. A process for each step is a fork of this one, which has
imported the package and made no use of it: the child starts clean, its handlers and its threads are its own.

    python bytecodes.py '{"package": "ours", "program": "two steps", "signals": [15], "stride": 1}'
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import queue
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from bytecode_programs import NAME, PROGRAMS

if TYPE_CHECKING:
    from typing_extensions import Self

WATCHDOG = 60
"""Seconds after which SIGALRM ends a child."""

WAYS = ("raise", "kill", "thread")
"""How a signal is sent: `raise`, `kill`, or `pthread_kill` of the main thread by another."""

said: list[str] = []


def say(word: str) -> None:
    said.append(word)
    os.write(1, word.encode() + b"\n")


class Nothing:
    """What protects nothing, for the comparison."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def allow_break(self) -> None: ...


def leave(signum: int, _: object) -> None:
    """The usual handler."""
    sys.exit(128 + signum)


class Package:
    """What the programs are written for: this package, 0.1.2, or nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        if name != "nothing":
            import graceful_shutdown

            self.module: Any = graceful_shutdown

    def words(self) -> dict[str, Any]:
        if self.name == "nothing":
            return {"ShutdownProtection": Nothing}
        return {"ShutdownProtection": self.module.ShutdownProtection}

    def configure(self) -> None:
        if self.name == "nothing":
            for signum in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
                signal.signal(signum, leave)
        else:
            self.module.configure_shutdown_manager(before_termination=lambda: say("before"))

    def wait_until_pending(self) -> None:
        """The event has been seen, or its exception comes out of here."""
        if self.name == "ours":
            until = time.monotonic() + 10
            while not self.module.is_shutdown_requested():
                if time.monotonic() > until:
                    say("lost")
                    break
                time.sleep(0.0002)

    def count_open(self) -> None:
        if self.name == "ours":
            say(f"open {len(self.module.open_blocks())}")


def of_program(code: CodeType) -> bool:
    """Also the parts of the package that are Python."""
    return code.co_filename == NAME or "/graceful_shutdown/" in code.co_filename


class Steps:
    """Counts the bytecodes of the program in one thread, and sends the signal before the one of this number."""

    def __init__(self, package: Package, job: dict[str, Any]) -> None:
        self.package = package
        self.number, self.signum, self.way = job["step"], job["signum"], job["way"]
        self.waits, self.thread = job["waits"], job["thread"]
        self.count = 0
        self.reported = False
        self.orders: queue.SimpleQueue[None] = queue.SimpleQueue()
        # No Event: what is raised in the midst of its Python code leaves its lock in disorder.
        self.sent = threading.Lock()
        self.sent.acquire()
        if self.way == "thread":
            threading.Thread(target=self.send_from_here, daemon=True).start()

    def begin(self) -> None:
        if sys.version_info >= (3, 12):
            # Tracing by bytecodes does not reach each frame there.
            events = sys.monitoring
            if events.get_tool(events.DEBUGGER_ID) is None:
                events.use_tool_id(events.DEBUGGER_ID, "bytecodes")
                events.register_callback(events.DEBUGGER_ID, events.events.INSTRUCTION, self.instruction)
            events.set_events(events.DEBUGGER_ID, events.events.INSTRUCTION)
        else:
            threading.settrace(self.trace)
            sys.settrace(self.trace)

    def end(self) -> None:
        if sys.version_info >= (3, 12):
            sys.monitoring.set_events(sys.monitoring.DEBUGGER_ID, 0)
        else:
            sys.settrace(None)
            threading.settrace(None)

    def report(self) -> None:
        if not self.reported:
            self.end()
            self.package.count_open()
            say(f"steps {self.count}")
            self.reported = True

    def instruction(self, code: CodeType, _offset: int) -> object:
        if not of_program(code):
            return sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]
        self.step()
        return None

    def trace(self, frame: FrameType, event: str, _arg: object) -> Any:
        if event == "call" and of_program(frame.f_code):
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            return self.trace
        if event == "opcode":
            self.step()
        return None

    def step(self) -> None:
        if (threading.current_thread() is threading.main_thread()) == (self.thread == "main"):
            self.count += 1
            if self.count == self.number:
                self.send()

    def send(self) -> None:
        # No code of ours runs behind it any more, least of all while an exception is on its way.
        self.end()
        say("signal")
        if self.way == "thread":
            self.orders.put(None)
            self.sent.acquire()
        elif self.way == "kill":
            os.kill(os.getpid(), self.signum)
        else:
            signal.raise_signal(self.signum)
        if self.waits:
            self.package.wait_until_pending()

    def send_from_here(self) -> None:
        self.orders.get()
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, self.signum)
        self.sent.release()


def child(package: Package, program: dict[str, Any], job: dict[str, Any]) -> None:
    """Leaves as the program does: by its end, or by what comes out of it."""
    signal.alarm(WATCHDOG)
    steps = Steps(package, job)
    if program["traces exit"]:
        atexit.register(steps.report)
    names: dict[str, Any] = {"say": say, "said": said, "spawn": spawn, "pend": lambda: pend(package)}
    names.update(package.words())
    exec(program["code"], names)  # noqa: S102 - it is what the test is about
    if program["configured"]:
        package.configure()
    steps.begin()
    if program["traces exit"]:
        names["program"]()
        return
    try:
        names["program"]()
        steps.report()
    except BaseException:
        # It comes out of the report itself, if the event was still on its way when the program ended.
        steps.report()
        raise


def spawn(work: Callable[[], None]) -> threading.Thread:
    """Work in a thread, begun when the main thread is out of `start()`: what is raised between the bytecodes of that
    may, on CPython before 3.12, release a lock of threading's twice, and end in an error of threading's own."""
    started = threading.Lock()
    started.acquire()

    def run() -> None:
        with started:
            work()

    thread = threading.Thread(target=run)
    try:
        thread.start()
    finally:
        started.release()
    return thread


def pend(package: Package) -> None:
    say("pend")
    signal.raise_signal(signal.SIGTERM)
    package.wait_until_pending()


def read(descriptor: int) -> str:
    with open(descriptor, "rb") as pipe:
        return pipe.read().decode()


def main() -> None:
    job = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    package = Package(job["package"])
    program = dict(PROGRAMS[job["program"]])
    program["code"] = compile(program["source"], NAME, "exec")
    for name in program["imports"]:
        __import__(name)
    # What the child need not collect at its end.
    gc.freeze()
    results: list[dict[str, Any]] = []
    total = None
    todo: list[dict[str, Any]] = [{"step": 0, "signum": 0, "way": "raise"}]
    while todo:
        one = todo.pop()
        out, err = os.pipe(), os.pipe()
        pid = os.fork()
        if not pid:
            os.dup2(out[1], 1)
            os.dup2(err[1], 2)
            for descriptor in (*out, *err):
                os.close(descriptor)
            child(package, program, {**job, **one})
            return
        os.close(out[1])
        os.close(err[1])
        words, stderr = read(out[0]).split("\n")[:-1], read(err[0])
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        results.append({**one, "status": status, "words": words, "stderr": stderr})
        if total is None:
            total = max(int(word.split()[1]) for word in words if word.startswith("steps"))
            todo = [
                {"step": step, "signum": signum, "way": WAYS[(step // job["stride"]) % 3] if job["ways"] else "raise"}
                for signum in job["signals"]
                for step in range(1, total + 1, job["stride"])
            ]
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
