"""What the contract says of a program of blocks, breakpoints, errors and events: naive, and written from it alone.

A program is a body for each thread, the main thread's first; a body is a list of statements. A thread runs from
point to point: at the beginning of a statement, and at the end of a body. Only one of them runs at a time, and who is
next is said from outside; so there is no time here but that of a block that has lapsed as soon as it was entered.

    ["block", tiny, run_at_exit, body]      `with`; tiny: it lapses at once
    ["break", depth, renew]                 `allow_break(renew)` of the block so many levels out
    ["renew", depth]
    ["raise", "own" | "exit"]               ValueError, SystemExit(7)
    ["try", body, catches, handler, final]  catches: "own", "stop" (SystemExit, KeyboardInterrupt) or "any"
    ["signal", signum], ["request"], ["cancel"]

Where the contract is silent the model has a statement skipped.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from signal import SIGHUP, SIGINT
from typing import Any

Statement = list[Any]
Body = list[Statement]
Walk = Generator[str, None, None]

REQUEST = 0
POINT, WAIT = "point", "wait"


class Told(BaseException):
    """What was delivered."""


class Own(Exception):  # noqa: N818
    """The program's own error."""


class OwnExit(BaseException):
    """The program's own SystemExit."""


CATCHES: dict[str, tuple[type[BaseException], ...]] = {
    "own": (Own,),
    "stop": (Told, OwnExit),
    "any": (Told, OwnExit, Own),
}


@dataclass(eq=False)
class Block:
    tiny: bool
    lapsed: bool
    closed: bool = False


@dataclass(eq=False)
class Thread:
    is_main: bool
    walk: Walk = field(init=False)
    at: str = POINT
    is_last: bool = False
    """At the end of its body."""
    ended: BaseException | bool | None = False
    """None: normally."""
    blocks: list[Block] = field(default_factory=list[Block])
    handled: list[BaseException] = field(default_factory=list[BaseException])
    notes: list[str] = field(default_factory=list[str])
    flags: str = ""
    stuck: bool = False
    """Interrupted at its point, and waits there for the blocks of others (C18)."""
    lapse_told: bool = False

    def holds(self) -> bool:
        return any(not block.lapsed for block in self.blocks)

    def has_lapsed(self) -> bool:
        return bool(self.blocks) and not self.holds()

    def handling(self) -> list[BaseException]:
        return [error for handled in self.handled for error in chain(handled)]

    def handles(self) -> bool:
        """Is what was delivered being handled in it?"""
        return any(isinstance(error, Told) for error in self.handling())


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


class Model:
    def __init__(self, bodies: list[Body], max_attempts: int) -> None:
        self.max_attempts = max_attempts
        self.sent: set[int] = set()
        self.reset()
        self.threads = [Thread(is_main=number == 0) for number in range(len(bodies))]
        self.main = self.threads[0]
        for thread, body in zip(self.threads, bodies, strict=True):
            thread.walk = self.whole(thread, body)
            next(thread.walk)

    def reset(self) -> None:
        """Nothing is pending (C26)."""
        self.events: list[int] = []
        self.attempts = 0
        self.told: str | None = None
        self.status: int | None = None
        self.terminated = self.delivered = False
        self.own_error: BaseException | None = None
        self.forced = self.forced_raised = False
        for thread in getattr(self, "threads", []):
            thread.lapse_told = thread.stuck = False

    @property
    def pending(self) -> bool:
        return bool(self.events)

    # What a thread does.

    def whole(self, thread: Thread, body: Body) -> Walk:
        yield from self.body(thread, body, [], last=True)

    def body(self, thread: Thread, body: Body, blocks: list[Block], last: bool = False) -> Walk:
        for statement in body:
            yield POINT
            yield from self.statement(thread, statement, blocks)
        thread.is_last = last
        yield POINT

    def statement(self, thread: Thread, statement: Statement, blocks: list[Block]) -> Walk:
        kind, *rest = statement
        if kind == "block":
            yield from self.block(thread, blocks, *rest)
        elif kind == "try":
            yield from self.attempt(thread, blocks, *rest)
        elif kind == "raise":
            raise Own("ValueError") if rest == ["own"] else OwnExit("SystemExit 7")
        elif kind == "signal":
            self.event(thread, rest[0])
        elif kind == "request":
            self.event(thread, REQUEST)
        elif kind == "cancel":
            self.cancel(thread)
        elif not blocks:
            thread.flags += "k"
        elif kind == "break":
            yield from self.allow_break(thread, blocks[-1 - int(rest[0]) % len(blocks)], rest[1])
        elif kind == "renew":
            self.renew(thread, blocks[-1 - int(rest[0]) % len(blocks)])

    def attempt(
        self, thread: Thread, blocks: list[Block], body: Body, catches: str, handler: Body, final: Body
    ) -> Walk:
        def guarded() -> Walk:
            try:
                yield from self.body(thread, body, blocks)
            except CATCHES[catches] as error:
                thread.notes.append(f"caught {error}")
                thread.handled.append(error)
                try:
                    yield from self.body(thread, handler, blocks)
                finally:
                    thread.handled.pop()

        try:
            yield from guarded()
        except GeneratorExit:
            raise
        except BaseException as error:
            thread.handled.append(error)
            try:
                yield from self.body(thread, final, blocks)
            finally:
                thread.handled.pop()
            raise
        yield from self.body(thread, final, blocks)

    def block(self, thread: Thread, blocks: list[Block], tiny: bool, run_at_exit: bool, body: Body) -> Walk:
        """C12, C10."""
        self.forget()
        if self.pending and not (run_at_exit or thread.handles() or thread.holds()):
            yield from self.tell(thread)
        tiny = tiny and not self.pending
        thread.flags += "t" * tiny
        block = Block(tiny, tiny)
        thread.blocks.append(block)
        try:
            yield from self.body(thread, body, [*blocks, block])
        except BaseException as error:
            self.close(thread, block)
            if thread.is_main and self.pending and not isinstance(error, Told):
                self.own_error = error
            raise
        was_closed = block.closed
        self.close(thread, block)
        if self.pending and not thread.handles() and (was_closed or not thread.holds()):
            yield from self.tell(thread)
        thread.notes.append("left")

    def close(self, thread: Thread, block: Block) -> None:
        block.closed = True
        if block in thread.blocks:
            thread.blocks.remove(block)

    def allow_break(self, thread: Thread, block: Block, renew: bool) -> Walk:
        """C9, C13."""
        if block.closed and not self.pending:
            raise Own("ValueError")
        if thread.handles():
            return
        if not self.pending:
            if renew:
                thread.flags += "t" * block.tiny
            return
        if not block.closed and any(not outer.lapsed for outer in thread.blocks[: thread.blocks.index(block)]):
            return
        self.close(thread, block)
        yield from self.tell(thread)
        # It was cancelled meanwhile.
        block.closed = False
        thread.blocks.append(block)

    def renew(self, thread: Thread, block: Block) -> None:
        if self.pending:
            thread.flags += "k"
        elif block.closed:
            raise Own("ValueError")
        else:
            block.tiny = block.lapsed = False

    # The shutdown.

    def event(self, thread: Thread, kind: int) -> None:
        """C2 to C5, C20."""
        if self.forced or self.main.ended is not False:
            thread.flags += "k"
            return
        thread.flags += "w" * (kind in self.sent)
        self.sent.add(kind)
        self.forget()
        self.attempts += kind != REQUEST and not (kind == SIGHUP and SIGHUP in self.events)
        self.events.append(kind)
        if self.attempts >= self.max_attempts and kind != REQUEST:
            self.forced = True

    def forget(self) -> None:
        """C26: a KeyboardInterrupt that was handled."""
        if self.told == "KeyboardInterrupt" and not self.main.handles():
            self.reset()

    def cancel(self, thread: Thread) -> None:
        """C26."""
        if self.main.handles() or self.main.stuck:
            # What is being handled then is not said; nor when who waits goes on.
            thread.flags += "k"
            return
        if self.forced:
            thread.notes.append("refused")
            return
        thread.notes.append("cancelled")
        self.reset()

    def others_hold(self) -> bool:
        return any(thread.holds() for thread in self.threads if not thread.is_main)

    def tell(self, thread: Thread) -> Walk:
        """C16, C17, C18. Returns only if the shutdown was cancelled. After the last attempt (C5) nobody waits."""
        if not thread.is_main:
            raise Told("ShutdownInterrupt")
        while self.pending and not self.forced and self.others_hold():
            yield WAIT
        if self.pending:
            raise self.delivery()

    def delivery(self) -> Told:
        self.terminate()
        if self.told is None:
            if self.events == [SIGINT]:
                self.told, self.status = "KeyboardInterrupt", -SIGINT
            else:
                first = self.events[0]
                self.told = f"SystemExit {128 + first if first else 0}"
                self.status = -first
        self.delivered = True
        self.own_error = None
        return Told(self.told)

    def terminate(self) -> None:
        if not self.terminated:
            self.terminated = True
            self.main.notes.append("before")

    # From point to point.

    def runnable(self) -> list[int]:
        alive = [number for number, thread in enumerate(self.threads) if thread.ended is False]
        workers = [number for number in alive if number]
        return [
            number
            for number in alive
            if self.threads[number].at == POINT
            and not self.threads[number].stuck
            and not (number == 0 and workers and self.main.is_last)
        ]

    def step(self, number: int) -> tuple[dict[int, str], list[int]]:
        """Runs one thread to its next point. What the threads are to be sent, and which of them are heard of then."""
        thread = self.threads[number]
        # A main thread that waits was not heard of: what it was sent for, another one's event must not overtake.
        thread.flags = "p" * (number != 0 and self.pending and (self.main.stuck or self.main.at == WAIT))
        commands: dict[int, str] = {}
        heard = {number}
        self.go(thread)
        while (moved := self.interrupted()) is not None:
            index, error = moved
            heard.add(index)
            if error is None:
                if self.threads[index].at == WAIT:
                    self.go(self.threads[index])
                continue
            if index == number:
                thread.flags += "s"
            elif index:
                commands[index] = "x"
            self.go(self.threads[index], error)
        if thread.stuck:
            # When it is made to wait, nobody knows: not before it is told to be.
            thread.flags += "s"
        heard = {index for index in heard if self.threads[index].at == POINT and not self.threads[index].stuck}
        # A main thread that goes to wait is not heard of: nobody knows when it has closed its block.
        if heard == {number} and "s" not in thread.flags and self.main.at == POINT and not self.main.stuck:
            thread.flags += "c"
        commands[number] = "g" + thread.flags
        return commands, sorted(heard)

    def go(self, thread: Thread, error: BaseException | None = None) -> None:
        thread.stuck = False
        try:
            thread.at = thread.walk.throw(error) if error else next(thread.walk)
        except StopIteration:
            thread.ended = None
        except (Told, Own, OwnExit) as ended:
            thread.ended = ended
        if thread.ended is not False:
            thread.at = POINT

    def interrupted(self) -> tuple[int, BaseException | None] | None:
        """Who runs without a command: is interrupted at its point, or has waited long enough (C5, C11, C15, C18)."""
        main = self.main
        if main.ended is False:
            if self.forced and not self.forced_raised:
                self.forced_raised = self.delivered = True
                self.terminate()
                self.told = f"SystemExit {128 + self.events[-1]}"
                self.status = -self.events[-1]
                return 0, Told(self.told)
            if main.at == WAIT:
                return None if self.pending and self.others_hold() else (0, None)
            if self.pending and not self.delivered:
                if not main.holds() and not self.others_hold():
                    if self.own_error not in main.handling():
                        return 0, self.delivery()
                elif main.has_lapsed():
                    main.stuck = True
        for number, thread in enumerate(self.threads):
            if number and thread.ended is False and self.pending and thread.has_lapsed() and not thread.lapse_told:
                thread.lapse_told = True
                return number, Told("ShutdownInterrupt")
        return None

    def open(self) -> int:
        return sum(len(thread.blocks) for thread in self.threads)

    def exit_status(self) -> int:
        """C19, when the main thread has ended."""
        ended = self.main.ended
        if isinstance(ended, Own):
            return 1
        if isinstance(ended, OwnExit):
            return 7
        if ended is None:
            self.forget()
        return self.status or 0
