"""The three examples of the README of 0.1.2, as they stand there.

In place of the comments that stand for the program's own work there are calls of the functions below; nothing else is
changed.
"""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, Signals

import pytest

from victim import PRELUDE, Victim

SIGNALS: list[Signals] = [SIGINT, SIGTERM, SIGQUIT, SIGHUP]

WORK = (
    PRELUDE
    + """
signalled, overrun, slow = {signalled!r}, {overrun!r}, {slow!r}
def work(name):
    say("begin", name)
    if name == slow:
        time.sleep(1)
    if name == signalled:
        while not is_shutdown_requested():
            time.sleep(0.01)
        while overrun:
            time.sleep(0.01)
    say("end", name)
def roll_back(name, error):
    say("rolled back", name, type(error).__name__, elapsed())
"""
)

BLOCKS = """\
from graceful_shutdown import ShutdownProtection

with ShutdownProtection(4) as protected_block:
  
  # BLOCK 1
  try:
      # do some stuff you don't want interrupted
  except (SystemExit, KeyboardInterrupt) as ex:
      # rollback as needed
      # only called if there is a timeout in the block

  protected_block.allow_break()

  # BLOCK 2
  try:
      # do some other stuff
  except (SystemExit, KeyboardInterrupt) as ex:
      # rollback as needed
"""


def blocks(signalled: str = "", overrun: bool = False, slow: str = "", end: str = "say('over')\n") -> Victim:
    script = BLOCKS.replace("# do some stuff you don't want interrupted", "work('block 1')")
    script = script.replace("# do some other stuff", "work('block 2')")
    script = script.replace("# rollback as needed", "roll_back('block 1', ex)", 1)
    script = script.replace("# rollback as needed", "roll_back('block 2', ex)", 1)
    return Victim(script + end, prelude=WORK.format(signalled=signalled, overrun=overrun, slow=slow))


BLOCK_1 = ["begin block 1", "end block 1"]
BLOCK_2 = ["begin block 2", "end block 2"]


def test_c4_the_two_blocks_without_a_signal() -> None:
    end = blocks().end()
    assert end.lines == [*BLOCK_1, *BLOCK_2, "over"]
    assert (end.status, end.stderr) == (0, "")


@pytest.mark.parametrize("signum", SIGNALS)
def test_c9_a_signal_in_the_first_block_waits_for_the_break(signum: Signals) -> None:
    victim = blocks(signalled="block 1")
    victim.expect("begin block 1")
    victim.signal(signum)
    end = victim.end()
    assert end.lines == BLOCK_1
    assert end.status == -signum


@pytest.mark.parametrize("signum", SIGNALS)
def test_c10_a_signal_in_the_second_block_waits_for_its_end(signum: Signals) -> None:
    victim = blocks(signalled="block 2")
    victim.expect("begin block 2")
    victim.signal(signum)
    end = victim.end()
    assert end.lines == [*BLOCK_1, *BLOCK_2]
    assert end.status == -signum


@pytest.mark.parametrize(("signum", "exception"), [(SIGINT, "KeyboardInterrupt"), (SIGTERM, "SystemExit")])
def test_c11_a_first_block_that_takes_too_long_rolls_back_and_the_second_does_not_begin(
    signum: Signals, exception: str
) -> None:
    victim = blocks(signalled="block 1", overrun=True)
    victim.expect("begin block 1")
    victim.signal(signum)
    end = victim.end()
    assert [line.rsplit(" ", 1)[0] for line in end.lines] == ["begin block", f"rolled back block 1 {exception}"]
    assert 4 <= float(end.lines[1].split()[-1]) < 8
    assert end.status == -signum


def test_c11_the_time_of_the_second_block_counts_from_the_break() -> None:
    victim = blocks(signalled="block 2", overrun=True, slow="block 1")
    victim.expect("begin block 2")
    victim.signal(SIGTERM)
    end = victim.end()
    assert end.lines[:3] == [*BLOCK_1, "begin block 2"]
    assert end.lines[3].startswith("rolled back block 2 SystemExit") and len(end.lines) == 4
    assert 5 <= float(end.lines[3].split()[-1]) < 9
    assert end.status == -SIGTERM


@pytest.mark.parametrize("signum", SIGNALS)
def test_c3_a_signal_after_the_blocks_ends_the_program_at_once(signum: Signals) -> None:
    victim = blocks(end="say('over')\ntime.sleep(10)\nsay('too late')\n")
    victim.expect("over")
    victim.signal(signum)
    end = victim.end()
    assert end.lines[-1] == "over"
    assert end.status == -signum


CONFIGURED = """\
from graceful_shutdown import configure_shutdown_manager

configure_shutdown_manager()
# do your work here
"""


@pytest.mark.parametrize("signum", SIGNALS)
def test_c3_c17_configured_alone_a_signal_is_an_exception(signum: Signals) -> None:
    work = """
try:
    say("working")
    time.sleep(10)
    say("too late")
except BaseException as end:
    say(type(end).__name__, end.event)
    raise
finally:
    import atexit
    atexit.register(say, "exit function")
"""
    victim = Victim(CONFIGURED.replace("# do your work here", work))
    victim.expect("working")
    victim.signal(signum)
    end = victim.end()
    exception = "KeyboardInterrupt" if signum == SIGINT else "SystemExit"
    assert end.lines == ["working", f"{exception} {signum.name}", "exit function"]
    assert end.status == -signum


THREAD = """\
from graceful_shutdown import configure_shutdown_manager, ShutdownProtection
import threading
import time


class ProtectedThread(threading.Thread):

    def run(self):
        with ShutdownProtection() as protected_block:
            while True:
                protected_block.allow_break()
                # do something protected here
                time.sleep(0.1)
                
# Call this first, otherwise signal registration won't happen properly
configure_shutdown_manager()

# Create, start, and then join our thread
t = ProtectedThread()
t.daemon = True  # Ensures the thread exits when the main thread exits
t.start()
t.join()
# Now if you SIGINT the thread, the main program will wait for the current loop of the thread to finish before exiting.

"""


@pytest.mark.parametrize("signum", SIGNALS)
def test_c15_c18_the_current_loop_of_the_daemon_thread_is_finished(signum: Signals) -> None:
    script = THREAD.replace("# do something protected here", "work('loop')")
    victim = Victim(script + "say('joined')\n", prelude=WORK.format(signalled="loop", overrun=False, slow=""))
    victim.expect("begin loop")
    victim.signal(signum)
    end = victim.end()
    assert end.lines == ["begin loop", "end loop"]
    assert end.status == -signum


def test_c18_the_loop_of_the_thread_goes_on_until_the_signal_and_no_loop_is_torn() -> None:
    script = THREAD.replace("# do something protected here", "work('loop')")
    victim = Victim(script, prelude=WORK.format(signalled="", overrun=False, slow=""))
    victim.expect("end loop")
    victim.expect("begin loop")
    victim.signal(SIGTERM)
    end = victim.end()
    assert len(end.lines) >= 2 and len(end.lines) % 2 == 0
    assert end.lines == ["begin loop", "end loop"] * (len(end.lines) // 2)
    assert end.status == -SIGTERM
