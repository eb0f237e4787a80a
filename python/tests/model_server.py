"""Runs the programs of `model` with the package: each in a fork of this process, which has made no use of it.

A thread tells at each point what it has seen since the last one, and waits for a command: `g` go on, then `t`: the
block is to lapse, `w`: wait until the signal counts as another one, `k`: skip the statement, `s`: then wait to be
interrupted, `c`: count the open blocks, `p`: first wait until a shutdown is pending; `x`: wait to be interrupted here;
`d`: run to the end without commands.

    python model_server.py REPORTS COMMANDS...      (descriptors; programs come by the standard input)
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from typing import Any

import graceful_shutdown
from graceful_shutdown import ShutdownProtection

REPORTS, *COMMANDS = [int(argument) for argument in sys.argv[1:]]

CATCHES: dict[str, Any] = {
    "own": ValueError,
    "stop": (SystemExit, KeyboardInterrupt),
    "any": BaseException,
}


def shown(error: BaseException) -> str:
    code = f" {error.code}" if type(error) is SystemExit else ""
    return type(error).__name__ + code


class Thread:
    def __init__(self, number: int) -> None:
        self.number = number
        self.notes: list[str] = []
        self.command = "g"
        self.drains = False

    def report(self, *words: str) -> None:
        told, self.notes = [*self.notes, *words], []
        if not self.drains:
            os.write(REPORTS, json.dumps([self.number, told]).encode() + b"\n")

    def point(self) -> None:
        if self.drains:
            self.command = "gk"
            return
        if "s" in self.command:
            self.be_interrupted()
        counts, self.command = "c" in self.command, ""
        self.report(*([f"open {len(graceful_shutdown.open_blocks())}"] if counts else []))
        self.command = os.read(COMMANDS[self.number], 16).decode()
        while "p" in self.command and not graceful_shutdown.is_shutdown_requested():
            time.sleep(0.0005)
        if self.command == "x":
            self.be_interrupted()
        elif self.command == "d":
            self.command, self.drains = "gk", True

    def be_interrupted(self) -> None:
        until = time.monotonic() + 60
        self.command = ""
        while time.monotonic() < until:
            time.sleep(0.0005)
        self.notes.append("not interrupted")

    def body(self, body: list[Any], blocks: list[ShutdownProtection]) -> None:
        try:
            self.statements(body, blocks)
        except BaseException:
            # What `s` would wait for has come before the next point was reached.
            self.command = self.command.replace("s", "")
            raise

    def statements(self, body: list[Any], blocks: list[ShutdownProtection]) -> None:
        for kind, *rest in body:
            self.point()
            skipped = "k" in self.command
            if kind == "block":
                self.block(blocks, *rest)
            elif kind == "try":
                self.attempt(blocks, *rest)
            elif kind == "raise":
                raise ValueError("own") if rest == ["own"] else SystemExit(7)
            elif not skipped:
                self.call(kind, rest, blocks)
        self.point()

    def attempt(self, blocks: list[ShutdownProtection], body: Any, catches: str, handler: Any, final: Any) -> None:
        try:
            self.body(body, blocks)
        except CATCHES[catches] as error:
            self.notes.append(f"caught {shown(error)}")
            self.body(handler, blocks)
        finally:
            self.body(final, blocks)

    def block(self, blocks: list[ShutdownProtection], _tiny: bool, run_at_exit: bool, body: Any) -> None:
        tiny = "t" in self.command
        with ShutdownProtection(0.01 if tiny else 60, run_at_exit) as block:
            if tiny:
                time.sleep(0.03)
            self.body(body, [*blocks, block])
        self.notes.append("left")

    def call(self, kind: str, rest: list[Any], blocks: list[ShutdownProtection]) -> None:
        if "w" in self.command:
            time.sleep(0.06)
        if kind == "signal":
            signal.raise_signal(rest[0])
        elif kind == "request":
            graceful_shutdown.request_shutdown()
        elif kind == "cancel":
            try:
                graceful_shutdown.cancel_shutdown()
                self.notes.append("cancelled")
            except RuntimeError:
                self.notes.append("refused")
        else:
            block = blocks[-1 - int(rest[0]) % len(blocks)]
            if kind == "break":
                block.allow_break(rest[1])
                if "t" in self.command:
                    time.sleep(0.03)
            else:
                block.renew(60)

    def whole(self, body: list[Any]) -> None:
        try:
            self.body(body, [])
        except BaseException as error:
            self.report(f"ended {shown(error)}")
            if not self.number:
                raise
        else:
            self.report("ended")


def child(program: dict[str, Any]) -> None:
    threads = [Thread(number) for number in range(len(program["bodies"]))]
    graceful_shutdown.configure_shutdown_manager(
        max_attempts=program["max_attempts"], before_termination=lambda: threads[0].notes.append("before")
    )
    for thread, body in zip(threads[1:], program["bodies"][1:], strict=True):
        threading.Thread(target=thread.whole, args=(body,)).start()
    threads[0].whole(program["bodies"][0])


def read_all(descriptor: int) -> str:
    """What is there."""
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 1 << 20).decode()
    except BlockingIOError:
        return ""
    finally:
        os.set_blocking(descriptor, True)


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        for descriptor in COMMANDS:
            read_all(descriptor)
        err = os.pipe()
        pid = os.fork()
        if not pid:
            os.dup2(err[1], 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            signal.alarm(300)
            child(json.loads(line))
            return
        os.close(err[1])
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(REPORTS, json.dumps(["exit", status, read_all(err[0])]).encode() + b"\n")
        os.close(err[0])


main()
