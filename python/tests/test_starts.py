"""C12: starting a block while a shutdown is pending."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, run


def test_c12_a_start_is_a_break_and_run_at_exit_is_not() -> None:
    end = run("""
        entered = threading.Event()
        def hold():
            with ShutdownProtection(10) as block:
                entered.set()
                wait_for(go.is_set)
        go = threading.Event()
        thread = spawn(hold)
        entered.wait()
        def work():
            pend()
            try:
                with ShutdownProtection(10):
                    say("not reached")
            except ShutdownInterrupt as error:
                told(error)
            with ShutdownProtection(10, True):
                say("at exit")
            with ShutdownProtection(10, run_at_exit=True):
                say("at exit")
        spawn(work)
        try:
            wait(10)
            go.set()
            time.sleep(10)
        except SystemExit as error:
            told(error)
            raise
    """)
    assert "not reached" not in end.lines
    # Which of the two threads says its words first is open: the worker holds no block any more when it is told.
    assert {"told ShutdownInterrupt 143 SIGTERM", "told SystemExit 143 SIGTERM"} <= set(end.lines), end
    assert end.status == -SIGTERM, end


@pytest.mark.parametrize("way", ["except", "finally", "exit"])
def test_c12_blocks_start_while_what_was_delivered_is_being_handled(way: str) -> None:
    handlers = {
        "except": "except SystemExit:\n    roll_back()\n    raise",
        "finally": "finally:\n    roll_back()",
        "exit": "finally:\n    pass",
    }
    end = run(
        """
def roll_back():
    with ShutdownProtection(5) as block:
        block.allow_break()
        say("rolled")
        with ShutdownProtection(5):
            kill(SIGTERM)
            block.allow_break()
            say("back")
    say("done")
import atexit
class Session:
    def __enter__(self): pass
    def __exit__(self, *_):
        roll_back()
"""
        + (
            "try:\n    with Session(), ShutdownProtection(5) as block:\n"
            if way == "exit"
            else "try:\n    with ShutdownProtection(5) as block:\n"
        )
        + """
        pend()
        block.allow_break()
"""
        + handlers[way]
    )
    check(end, -SIGTERM, ["rolled", "back", "done"])


def test_c12_blocks_start_in_before_termination_and_in_atexit_functions() -> None:
    end = run("""
        import atexit
        def save(word):
            with ShutdownProtection(5) as block:
                block.allow_break()
                say(word)
            say("done")
        atexit.register(save, "atexit")
        configure_shutdown_manager(before_termination=lambda: save("before"))
        kill(SIGTERM)
        time.sleep(10)
        say("not reached")
    """)
    check(end, -SIGTERM, ["before", "done", "atexit", "done"])


def test_c12_in_the_original_readme_s_roll_back_the_second_block_is_refused() -> None:
    end = run("""
        done = []
        try:
            with ShutdownProtection(4) as block:
                done.append(1)
                pend(SIGINT)
                block.allow_break()
                done.append(2)
            with ShutdownProtection(4):
                done.append(3)
        except KeyboardInterrupt:
            with ShutdownProtection(4):
                done.append(-1)
        say(done)
    """)
    check(end, 0, ["[1, -1]"])


def test_c1_an_interrupt_within_the_first_imports_is_kept() -> None:
    """What is raised in a callback of an import is printed and dropped."""
    end = run("""
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "graceful_shutdown._threads":
                    try:
                        signal.raise_signal(SIGINT)
                        sum(range(9))
                    except BaseException:
                        say("dropped")
        sys.meta_path.insert(0, Finder())
        try:
            with ShutdownProtection(5):
                say("inside")
        except KeyboardInterrupt:
            say("interrupted")
        with ShutdownProtection(5) as block:
            say("again")
            signal.raise_signal(SIGINT)
            say("protected")
    """)
    check(end, -SIGINT, ["interrupted", "again", "protected"], "KeyboardInterrupt")
