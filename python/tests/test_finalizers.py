"""C11: an interrupt that comes within a finalizer, where the interpreter only prints it, is not lost."""

from signal import SIGTERM

import pytest

from cases import check, run

THREAD = """
import weakref
class Object:
    def __init__(self, work):
        self.work = work
class Deleted(Object):
    def __del__(self):
        self.work()
def deleted(work):
    Deleted(work)
def weak(work):
    item = Object(work)
    reference = weakref.ref(item, lambda _: work())
    del item
def long():
    time.sleep(0.005)
def fails():
    raise LookupError("own")
def work(how, times):
    try:
        with ShutdownProtection(0.2):
            for _ in times:
                how(long)
    except BaseException as error:
        told(error)
def start(how):
    thread = spawn(work, how, repeat(0))
    wait_for(open_blocks)
    kill(SIGTERM)
    wait_for(lambda: not thread.is_alive())
"""


@pytest.mark.parametrize("how", ["deleted", "weak"])
def test_c11_an_interrupt_within_a_finalizer_comes_again(how: str) -> None:
    end = run(f"""{THREAD}
with ShutdownProtection(20):
    start({how})
""")
    check(end, -SIGTERM, ["told ShutdownInterrupt None None"])


def test_c11_other_errors_of_finalizers_are_printed_as_ever() -> None:
    end = run(f"""{THREAD}
with ShutdownProtection(20):
    start(deleted)
    deleted(fails)
""")
    check(end, -SIGTERM, ["told ShutdownInterrupt None None"], stderr="LookupError: own")


def test_c11_the_program_s_own_hook_is_left_alone() -> None:
    end = run(f"""{THREAD}
def hook(unraisable):
    say("hook", unraisable.exc_type.__name__)
sys.unraisablehook = hook
with ShutdownProtection(20):
    thread = spawn(work, deleted, range(200))
    wait_for(open_blocks)
    kill(SIGTERM)
    thread.join()
    deleted(fails)
    say(sys.unraisablehook is hook)
""")
    assert end.lines[-2:] == ["hook LookupError", "True"], end
    assert end.status == -SIGTERM and not end.stderr, end
