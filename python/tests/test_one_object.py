"""One object in several threads: each entry is a block of its own, whoever else is in one."""

from __future__ import annotations

import textwrap
from signal import SIGTERM

from cases import End, check, run


def hasty(script: str) -> End:
    """With threads that get in each other's way as often as can be."""
    return run("sys.setswitchinterval(1e-6)\n" + textwrap.dedent(script))


def test_c13_the_inner_of_two_entries_is_the_inner_one_after_another_thread_has_left() -> None:
    end = run("""
        protection = ShutdownProtection(20)
        entered, leave = threading.Event(), threading.Event()
        def other():
            with protection:
                entered.set()
                leave.wait()
        thread = spawn(other)
        entered.wait()
        try:
            with protection:
                leave.set()
                thread.join()
                with protection:
                    pend()
                    protection.allow_break()
                    say("inside", len(open_blocks()))
                say("outside", len(open_blocks()))
                protection.allow_break()
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["inside 2", "outside 1", "told SystemExit 143 SIGTERM"])


def test_c14_threads_that_share_an_object_leave_no_block_open() -> None:
    end = hasty("""
        shared = ShutdownProtection(20, name="shared")
        def work():
            for _ in range(2000):
                with shared:
                    shared.allow_break()
                    with shared:
                        shared.renew()
                    shared.allow_break(False)
        def look():
            while any(thread.is_alive() for thread in threads):
                text.update(block.name for block in open_blocks())
                repr(shared)
        text = set()
        threads = [spawn(work) for _ in range(4)]
        look()
        say(open_blocks(), text <= {"shared"})
        kill(SIGTERM)
        time.sleep(10)
    """)
    check(end, -SIGTERM, ["[] True"])


def test_c22_threads_that_end_the_blocks_of_others_end_each_once() -> None:
    end = hasty("""
        import random
        shared = ShutdownProtection(20)
        def work(seed):
            chance = random.Random(seed)
            for _ in range(3000):
                try:
                    chance.choice([
                        shared.__enter__, shared.__enter__, shared.__exit__, shared.__exit__, shared.allow_break,
                        shared.renew, lambda: shared.renew(5), open_blocks,
                    ])()
                except ValueError as error:
                    assert str(error) == "the block has ended", error
        threads = [spawn(work, seed) for seed in range(4)]
        for thread in threads:
            thread.join()
        left = len(open_blocks())
        for _ in range(left):
            shared.__exit__()
        say(len(open_blocks()))
        # Each slot is there once: as many blocks can be open as are entered.
        many = [ShutdownProtection(20).__enter__() for _ in range(5000)]
        say(len(open_blocks()))
        del many
        say(len(open_blocks()))
    """)
    check(end, 0, ["0", "5000", "0"])


def test_open_blocks_looks_at_objects_that_come_and_go() -> None:
    end = hasty("""
        def work():
            while not stop:
                for number in range(50):
                    # It goes with its block open, or closed.
                    block = ShutdownProtection(20, name=f"block {number}").__enter__()
                    if number % 2:
                        block.__exit__()
        stop = []
        threads = [spawn(work) for _ in range(3)]
        names = set()
        for _ in range(300):
            names.update(str(block).split("(")[0] for block in open_blocks())
        stop.append(1)
        for thread in threads:
            thread.join()
        say(names <= {f"block {number} " for number in range(50)}, len(open_blocks()))
    """)
    check(end, 0, ["True 0"])


def test_c11_the_interrupt_of_a_thread_never_comes_outside_of_its_block() -> None:
    end = hasty("""
        from graceful_shutdown import ShutdownInterrupt
        def work():
            for _ in range(300):
                try:
                    try:
                        with ShutdownProtection(0.001, run_at_exit=True):
                            for _ in range(200):
                                pass
                    except ShutdownInterrupt:
                        continue
                    for _ in range(200):
                        pass
                except ShutdownInterrupt:
                    say("outside")
        with ShutdownProtection(20):
            pend()
            threads = [spawn(work) for _ in range(3)]
            for thread in threads:
                thread.join()
        say("went on")
    """)
    assert end.status == -SIGTERM and not end.lines, end
