"""The programs for a signal before each bytecode: small, and whole only if "one" is followed by "two" or by "undone".

They use what 0.1.2 has as well. `pend()` is an event of the program's own.
"""

from __future__ import annotations

from typing import Any

NAME = "<program>"

TWO_STEPS = """
def program():
    with ShutdownProtection(20) as block:
        say("one")
        say("two")
        block.allow_break()
        say("one")
        say("two")
    with ShutdownProtection(20):
        say("one")
        say("two")
"""

ROUNDS = """
def program():
    protection = ShutdownProtection(20)
    number = 0
    while number < 3:
        with protection as block:
            say("one")
            block.renew(30)
            number += 1
            say("two")
"""

NESTED = """
class Own(Exception):
    pass

def program():
    with ShutdownProtection(20) as outer:
        say("one")
        with ShutdownProtection(20) as inner:
            inner.allow_break()
        try:
            with ShutdownProtection(20):
                raise Own
        except Own:
            with outer:
                say("two")
        outer.allow_break()
        say("one")
        say("two")
"""

ROLL_BACK = """
def program():
    try:
        with ShutdownProtection(20) as block:
            say("one")
            block.allow_break()
            say("two")
    except BaseException:
        with ShutdownProtection(20) as block:
            if said.count("one") > said.count("two"):
                block.allow_break()
                say("undone")
        raise
"""

INTERRUPTED = """
def program():
    try:
        with ShutdownProtection(20) as block:
            say("one")
            pend()
            block.allow_break()
            say("two")
    except BaseException:
        with ShutdownProtection(20) as block:
            if said.count("one") > said.count("two"):
                say("undone")
                block.allow_break()
                say("one")
                with ShutdownProtection(20):
                    say("two")
        raise
"""

DECORATED = """
@ShutdownProtection(20)
def write():
    say("one")
    say("two")

def program():
    write()
    write()
"""

THREAD = """
@ShutdownProtection(20)
def write():
    say("one")
    say("two")

def work():
    with ShutdownProtection(20) as block:
        say("one")
        say("two")
        block.allow_break()
        say("one")
        say("two")
    write()

def program():
    spawn(work).join()
"""

LOOP = """
import asyncio
async def work():
    async with ShutdownProtection(20) as block:
        say("one")
        await asyncio.sleep(0)
        say("two")
        block.allow_break()
        say("one")
        say("two")
    async with ShutdownProtection(20):
        say("one")
        await asyncio.sleep(0)
        say("two")

def program():
    asyncio.run(work())
"""

EXIT = """
import atexit

def leave():
    with ShutdownProtection(20, run_at_exit=True) as block:
        say("one")
        block.allow_break()
        say("two")

def program():
    atexit.register(leave)
"""

EARLY_EXIT = EXIT.replace("def program", "atexit.register(leave)\ndef program")


def of(source: str, *imports: str, configured: bool = True, traces_exit: bool = False) -> dict[str, Any]:
    return {"source": source, "imports": imports, "configured": configured, "traces exit": traces_exit}


PROGRAMS = {
    "two steps": of(TWO_STEPS),
    "first use": of(TWO_STEPS, configured=False),
    "rounds": of(ROUNDS),
    "nested": of(NESTED),
    "roll back": of(ROLL_BACK),
    "interrupted": of(INTERRUPTED),
    "decorated": of(DECORATED),
    "thread": of(THREAD),
    "loop": of(LOOP, "asyncio"),
    "exit": of(EXIT, traces_exit=True),
    "early exit": of(EARLY_EXIT, traces_exit=True),
}
