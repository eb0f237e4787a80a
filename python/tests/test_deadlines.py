"""C11: a lapsed block interrupts its owner inside it, never before its deadline and never outside it."""

from signal import SIGHUP, SIGTERM

import pytest

from cases import check, numbers, run

BLOCKED = {
    "sleep": ("", "time.sleep(30)"),
    "lock": ("lock = threading.Lock(); lock.acquire()", "lock.acquire()"),
    "timed lock": ("lock = threading.Lock(); lock.acquire()", "lock.acquire(timeout=30)"),
    "rlock": (
        "lock = threading.RLock(); spawn(lambda: (lock.acquire(), time.sleep(60)), daemon=True)",
        "lock.acquire()",
    ),
    "event": ("event = threading.Event()", "event.wait()"),
    "condition": ("condition = threading.Condition()", "with condition: condition.wait(30)"),
    "queue": ("import queue; line = queue.Queue()", "line.get()"),
    "simple queue": ("import queue; line = queue.SimpleQueue()", "line.get()"),
    "join": ("thread = spawn(time.sleep, 60, daemon=True)", "thread.join()"),
    "select": ("import select; pipe = os.pipe()", "select.select([pipe[0]], [], [])"),
    "poll": ("import select; poll = select.poll()", "poll.poll(30000)"),
    "epoll": ("import select; poll = select.epoll()", "poll.poll(30)"),
    "recv": ("import socket; ends = socket.socketpair()", "ends[0].recv(1)"),
    "accept": ("import socket; s = socket.create_server(('127.0.0.1', 0))", "s.accept()"),
    "pipe read": ("pipe = os.pipe()", "os.read(pipe[0], 1)"),
    "file read": ("pipe = os.pipe(); file = open(pipe[0])", "file.readline()"),
    "subprocess": (
        "import subprocess; child = subprocess.Popen(['sleep', '9'], stdout=subprocess.DEVNULL)",
        "os.waitpid(child.pid, 0)",
    ),
    "busy": ("", "while True: pass"),
    "busy calls": ("", "while True: len('')"),
    "wait": ("", "while True: time.sleep(0) if wait(30) else say('not reached')"),
}


@pytest.mark.parametrize("place", list(BLOCKED))
def test_c11_a_main_thread_is_interrupted_at_its_deadline_wherever_it_is(place: str) -> None:
    """Five times, so that a moment's load does not decide; living on meanwhile is C26."""
    before, blocked = BLOCKED[place]
    end = run(f"""
        for _ in range(5):
            {before}
            entered = time.monotonic()
            try:
                with ShutdownProtection(0.12):
                    kill(SIGINT)
                    {blocked}
                    say("not reached")
            except KeyboardInterrupt as error:
                say("late", time.monotonic() - entered - 0.12)
                assert str(error.event) == "SIGINT"
        os._exit(0)
    """)
    late = numbers(end.lines, "late")
    assert len(end.lines) == len(late) == 5 and not end.stderr, end
    assert min(late) >= 0, late
    assert min(late) < 0.05 and max(late) < 2, late


TAKEN = {
    "a handler in Python": "signal.signal(signal.SIGURG, lambda *_: say('theirs'))",
    "the default action": "signal.signal(signal.SIGURG, signal.SIG_DFL)",
    "ignored": "signal.signal(signal.SIGURG, signal.SIG_IGN)",
    "blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])",
    "two of them": (
        "[signal.signal(number, lambda *_: say('theirs')) for number in (signal.SIGURG, signal.SIGRTMAX - 2)]"
    ),
    "both ways": (
        "signal.signal(signal.SIGURG, lambda *_: say('theirs'));"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(signal.SIGRTMIN + 2, signal.SIGRTMAX + 1))"
    ),
}


@pytest.mark.parametrize("first", ["pass", "with ShutdownProtection(1): pass"])
@pytest.mark.parametrize("taken", list(TAKEN))
def test_c11_a_blocked_main_thread_is_reached_although_the_signal_that_wakes_it_is_taken(
    taken: str, first: str
) -> None:
    """By another library, before our first use or after it; and what that library has installed stays."""
    end = run(f"""
        for _ in range(3):
            {first}
            {TAKEN[taken]}
            stands = signal.getsignal(signal.SIGURG)
            entered = time.monotonic()
            try:
                with ShutdownProtection(0.2):
                    kill(SIGINT)
                    time.sleep(30)
                    say("not reached")
            except KeyboardInterrupt:
                say("late", time.monotonic() - entered - 0.2)
            assert signal.getsignal(signal.SIGURG) is stands
            if callable(stands):
                kill(signal.SIGURG)
    """)
    late = numbers((line for line in end.lines if line != "theirs"), "late")
    assert len(late) == 3 and not end.stderr and end.status == 0, end
    assert min(late) >= 0 and max(late) < 5, late
    assert end.lines.count("theirs") == (3 if "lambda" in TAKEN[taken] else 0), end


def test_c11_a_deadline_that_passed_before_the_event_interrupts_at_once() -> None:
    end = run("""
        for _ in range(5):
            try:
                with ShutdownProtection(0.05):
                    time.sleep(0.1)
                    sent = time.monotonic()
                    kill(SIGINT)
                    time.sleep(30)
                    say("not reached")
            except KeyboardInterrupt:
                say("late", time.monotonic() - sent)
    """)
    late = numbers(end.lines, "late")
    assert len(late) == 5 and min(late) < 0.05, end


def test_c11_without_an_event_nothing_ever_happens_at_a_deadline() -> None:
    end = run("""
        with ShutdownProtection(0.02) as block:
            time.sleep(0.2)
            say("alive")
            block.allow_break()
        say("alive")
    """)
    check(end, 0, ["alive", "alive"])


def test_c11_a_renewed_block_has_its_time_again_and_not_more() -> None:
    end = run("""
        try:
            with ShutdownProtection(0.2) as block:
                pend(SIGINT)
                for _ in range(4):
                    time.sleep(0.1)
                    renewed = time.monotonic()
                    block.renew(0.15)
                time.sleep(30)
        except KeyboardInterrupt:
            say("late", time.monotonic() - renewed - 0.15)
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end


def test_c11_renewing_shortens_as_well() -> None:
    end = run("""
        try:
            with ShutdownProtection(60) as block:
                pend(SIGINT)
                renewed = time.monotonic()
                block.renew(0.1)
                time.sleep(30)
        except KeyboardInterrupt:
            say("late", time.monotonic() - renewed - 0.1)
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end


def test_c11_drain_time_counts_from_the_event() -> None:
    end = run("""
        try:
            with ShutdownProtection(drain_time=0.2) as block:
                time.sleep(0.5)
                block.allow_break()
                say(open_blocks()[0].remaining)
                sent = time.monotonic()
                pend(SIGINT)
                time.sleep(0.1)
                kill(SIGINT)
                say(open_blocks()[0].remaining < 0.2)
                time.sleep(30)
        except KeyboardInterrupt:
            say("not reached")
        except SystemExit:
            say("late", time.monotonic() - sent - 0.2)
    """)
    assert end.lines[:2] == ["None", "True"], end
    assert 0 <= numbers(end.lines, "late")[0] < 2, end


def test_c11_an_own_error_after_the_deadline_is_still_the_own_error() -> None:
    end = run("""
        try:
            with ShutdownProtection(0.1):
                pend(SIGINT)
                try:
                    time.sleep(30)
                except KeyboardInterrupt:
                    say("inside")
                    raise ValueError("mine")
        except ValueError as error:
            say("mine", type(error.__context__).__name__)
    """)
    check(end, 0, ["inside", "mine KeyboardInterrupt"])


def test_c11_an_interrupt_at_the_deadline_is_inside_the_block() -> None:
    """Blocks that end about when their deadline comes: out of `with`, or inside it, and never behind it."""
    end = run("""
        import random
        def spin(until):    # a function: CPython 3.13.0 skips an `except` for what is raised at a `while` (gh-130279)
            while time.monotonic() < until:
                pass
        count = [0, 0]
        for _ in range(300):
            where = "before"
            try:
                with ShutdownProtection(0.01) as block:
                    where = "inside"
                    kill(SIGINT)
                    spin(time.monotonic() + random.uniform(0.008, 0.013))
                    where = "end"
                where = "behind"
                for _ in range(100):
                    pass
                say("not reached")
            except KeyboardInterrupt:
                count[where == "end"] += 1
                if where not in ("inside", "end"):
                    say("outside", where)
            for _ in range(100):
                pass
        say("sum", sum(count))
    """)
    check(end, 0, ["sum 300"])


@pytest.mark.parametrize("body", ["while True: pass", "while True: time.sleep(0.01)", "while True: wait(0.01)"])
def test_c11_a_worker_is_interrupted_between_bytecodes(body: str) -> None:
    end = run(f"""
        def work():
            entered = time.monotonic()
            try:
                with ShutdownProtection(0.2):
                    pend()
                    {body}
            except ShutdownInterrupt as error:
                say("late", time.monotonic() - entered - 0.2)
                raise
        try:
            spawn(work)
            time.sleep(20)    # a join that is interrupted forgets the thread, up to CPython 3.12
        except SystemExit as error:
            told(error)
            raise
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end
    assert sorted(end.lines)[1:] == ["told SystemExit 143 SIGTERM"], end  # lapsed: both at the same time
    check(end, -SIGTERM)


def test_c11_a_worker_s_interrupt_that_comes_too_late_is_withdrawn() -> None:
    end = run(
        """
        import random
        done = []
        def work():
            for _ in range(100):
                where = "before"
                try:
                    with ShutdownProtection(0.01, run_at_exit=True) as block:
                        where = "inside"
                        until = time.monotonic() + random.uniform(0.008, 0.014)
                        while time.monotonic() < until:
                            pass
                    where = "behind"
                    for _ in range(300):
                        pass
                    where = "nowhere"
                except ShutdownInterrupt:
                    if where not in ("inside", "behind"):
                        say("outside", where)
                try:
                    for _ in range(1000):
                        pass
                except ShutdownInterrupt:
                    say("outside", "loose")
            done.append(1)
        def hold():
            with ShutdownProtection(15):
                wait_for(lambda: len(done) == 2)
        holder = spawn(hold)
        wait_for(open_blocks)
        pend()
    """
        """
        threads = [spawn(work), spawn(work)]
    """
    )
    assert not [line for line in end.lines if line.startswith("outside")], end
    assert end.status == -SIGTERM, end


@pytest.mark.parametrize("way", ["request_shutdown()", "kill(SIGHUP)"])
def test_c11_c16_a_lapsed_block_and_a_callback_do_not_wait_for_each_other(way: str) -> None:
    """The main thread is woken for its lapsed block while it runs the callback."""
    end = run(f"""
        def slow():
            for _ in range(50):
                time.sleep(0.001)
            say("slow")
        configure_shutdown_manager(before_termination=slow, before_hup=slow if {way!r}.startswith("kill") else False)
        with ShutdownProtection(0.01):
            time.sleep(0.05)
            {way}
            time.sleep(15)
    """)
    hup = way.startswith("kill")
    check(end, -SIGHUP if hup else 0, ["slow"] * (1 + hup))
