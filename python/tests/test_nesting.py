"""C13, C14: nested blocks of one owner, blocks of several owners, and one object entered many times."""

from signal import SIGTERM

import pytest

from cases import check, numbers, run


@pytest.mark.parametrize("inner", ["ShutdownProtection(5)", "outer", "ShutdownProtection(drain_time=5)"])
def test_c13_an_inner_breakpoint_does_not_interrupt(inner: str) -> None:
    end = run(f"""
        try:
            with ShutdownProtection(20) as outer:
                pend()
                with {inner} as block:
                    say("nested", len(open_blocks()))
                    block.allow_break()
                    block.allow_break(renew=False)
                    say("alive")
                say("behind", len(open_blocks()))
                with {inner}:
                    say("again")
                outer.allow_break()
                say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["nested 2", "alive", "behind 1", "again", "told SystemExit 143 SIGTERM"])


@pytest.mark.parametrize("thread", ["main", "worker"])
def test_c9_c13_the_outer_block_s_breakpoint_interrupts_also_inside_an_inner_block(thread: str) -> None:
    end = run(f"""
        def work():
            with ShutdownProtection(15) as outer:
                with ShutdownProtection(15) as inner:
                    pend(SIGINT)
                    try:
                        outer.allow_break()
                        say("not reached")
                    except BaseException as error:
                        told(error)
                    say("inner", len(open_blocks()))
                say("not reached")
        if {thread == "worker"}:
            thread = spawn(work)
            try:
                thread.join()
                time.sleep(10)
            except KeyboardInterrupt:
                say("main")
        else:
            try:
                work()
            except KeyboardInterrupt:
                say("main")
    """)
    name = "KeyboardInterrupt -" if thread == "main" else "ShutdownInterrupt 130"
    check(end, 0, [f"told {name} SIGINT", "inner 1", "main"])
    assert end.seconds < 10, end


def test_c9_c26_an_inner_block_that_lives_on_protects_again() -> None:
    end = run("""
        with ShutdownProtection(15) as outer:
            with ShutdownProtection(15):
                pend(SIGINT)
                try:
                    outer.allow_break()
                except KeyboardInterrupt:
                    say("told")
                kill(SIGTERM)
                wait_for(is_shutdown_requested)
                time.sleep(0.1)
                say("protected")
            say("not reached")
    """)
    check(end, -SIGTERM, ["told", "protected"])


def test_c13_once_pending_an_inner_breakpoint_renews_nothing() -> None:
    end = run("""
        entered = time.monotonic()
        try:
            with ShutdownProtection(0.4), ShutdownProtection(0.4) as inner:
                pend(SIGINT)
                while True:
                    inner.allow_break()
                    time.sleep(0.01)
        except KeyboardInterrupt:
            say("late", time.monotonic() - entered - 0.4)
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end
    assert end.status == 0


@pytest.mark.parametrize(("outer", "inner"), [(0.5, 0.1), (0.1, 0.5)])
def test_c13_the_deadline_of_an_owner_is_its_latest(outer: float, inner: float) -> None:
    end = run(f"""
        entered = time.monotonic()
        try:
            with ShutdownProtection({outer}), ShutdownProtection({inner}):
                pend(SIGINT)
                time.sleep(30)
        except KeyboardInterrupt:
            say("late", time.monotonic() - entered - 0.5)
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end


def test_c13_a_lapsed_outer_block_does_not_shield_an_inner_breakpoint() -> None:
    end = run("""
        try:
            with ShutdownProtection(0.1):
                with ShutdownProtection(20) as inner:
                    pend(SIGINT)
                    time.sleep(0.3)
                    say("lapsed")
                    inner.allow_break()
                    say("not reached")
        except KeyboardInterrupt:
            say("told")
    """)
    check(end, 0, ["lapsed", "told"])


def test_c13_when_the_longer_inner_block_has_ended_the_lapsed_outer_one_is_interrupted() -> None:
    end = run("""
        try:
            with ShutdownProtection(0.1):
                with ShutdownProtection(20):
                    pend(SIGINT)
                    time.sleep(0.3)
                    say("inner")
                time.sleep(30)
                say("not reached")
        except KeyboardInterrupt:
            say("told")
    """)
    check(end, 0, ["inner", "told"])


def test_c13_one_object_nested_a_hundred_times() -> None:
    end = run("""
        protection = ShutdownProtection(20, name="same")
        def nest(depth):
            with protection as block:
                if depth:
                    nest(depth - 1)
                else:
                    say(len(open_blocks()), {block.name for block in open_blocks()})
                    pend()
                    block.allow_break()
        try:
            nest(99)
            say("not reached")
        except SystemExit as error:
            say(len(open_blocks()))
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["100 {'same'}", "0", "told SystemExit 143 SIGTERM"])


def test_c13_one_object_again_after_it_ended() -> None:
    end = run("""
        protection = ShutdownProtection(5)
        for number in range(1000):
            with protection:
                assert len(open_blocks()) == 1
            try:
                protection.allow_break()
            except ValueError:
                pass
            else:
                say("not reached")
            with protection as block:
                block.allow_break()
        for _ in range(20):
            try:
                with protection as block:
                    pend(SIGINT)
                    block.allow_break()
                    say("not reached")
            except KeyboardInterrupt:
                pass
        say(len(open_blocks()), is_shutdown_requested())
    """)
    check(end, 0, ["0 False"])


def test_c14_one_object_in_many_threads() -> None:
    """Each thread's breakpoint is its own block's."""
    end = run("""
        protection = ShutdownProtection(20)
        gate = threading.Barrier(9)
        ends = []
        def work(number):
            try:
                with protection as block:
                    gate.wait()
                    wait_for(is_shutdown_requested)
                    if number % 2:
                        block.allow_break()
                        say("not reached")
                    with protection:
                        block.allow_break()
            except ShutdownInterrupt:
                ends.append(number)
                raise
        threads = [spawn(work, number) for number in range(8)]
        gate.wait()
        say(len(open_blocks()), len({block.thread for block in open_blocks()}))
        try:
            kill(SIGTERM)    # here the main thread waits for the others
            time.sleep(20)
        except SystemExit as error:
            for thread in threads:
                thread.join()    # their blocks have ended; they have still to say so
            say(sorted(ends), len(open_blocks()))
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["8 8", "[0, 1, 2, 3, 4, 5, 6, 7] 0", "told SystemExit 143 SIGTERM"])


def test_c14_a_thread_that_is_done_is_done_while_another_goes_on() -> None:
    end = run("""
        entered = threading.Event()
        def long():
            with ShutdownProtection(20):
                entered.set()
                wait_for(lambda: not quick.is_alive())
                say("quick is done")
                time.sleep(0.1)
                say("long")
        def short():
            entered.wait()
            with ShutdownProtection(20) as block:
                pend()
                block.allow_break()
                say("not reached")
        quick = spawn(short)
        slow = spawn(long)
        try:
            quick.join(); slow.join(); time.sleep(20)
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["quick is done", "long", "told SystemExit 143 SIGTERM"])


def test_c13_c14_each_owner_has_its_own_deadline() -> None:
    end = run("""
        gate = threading.Barrier(3)
        def work(seconds):
            entered = time.monotonic()
            try:
                with ShutdownProtection(seconds):
                    gate.wait()
                    while True:
                        time.sleep(0.005)
            except ShutdownInterrupt:
                say("late", time.monotonic() - entered - seconds)
                raise
        began = time.monotonic()
        spawn(work, 0.3), spawn(work, 0.6)
        gate.wait()
        try:
            kill(SIGINT)
            time.sleep(20)
        except KeyboardInterrupt:
            say("main", time.monotonic() - began - 0.6)
    """)
    # The main thread is told when both have ended or lapsed; which of them then says so first, is nobody's rule.
    late, main = numbers(end.lines, "late"), numbers(end.lines, "main")
    assert len(late) == 2 and len(main) == 1 and min(late + main) >= 0 and max(late + main) < 2, end


def test_c13_the_decorator_and_generators_nest() -> None:
    end = run("""
        protection = ShutdownProtection(5, name="function")
        @protection
        def fact(number):
            "Its own text."
            return number * fact(number - 1) if number else len(open_blocks())
        @ShutdownProtection(5)
        def count():
            for number in range(3):
                yield number
            return len(open_blocks())
        say(fact(4), fact.__name__, fact.__doc__, len(open_blocks()))
        iterator = count()
        say(next(iterator), len(open_blocks()), list(iterator), len(open_blocks()))
        @protection
        def work():
            pend(SIGINT)
            return 1
        try:
            work()
        except KeyboardInterrupt:
            say("told")
    """)
    check(end, 0, ["120 fact Its own text. 0", "0 1 [1, 2] 0", "told"])


def test_c13_subclasses_and_methods() -> None:
    end = run("""
        class Mine(ShutdownProtection):
            def __init__(self, word, **options):
                super().__init__(5, **options)
                self.word = word
            def __enter__(self):
                super().__enter__()
                return self
        with Mine("x", name="y") as block:
            say(block.word, open_blocks()[0].name)
            block.allow_break()
        class Job:
            @ShutdownProtection(5)
            def work(self, number):
                return number, len(open_blocks())
        say(Job().work(3))
    """)
    check(end, 0, ["x y", "(3, 1)"])
