"""C15, C17, C18, C29: threads end quietly, the main thread is told last, and leaves no block behind."""

from signal import SIGTERM

import pytest

from cases import check, numbers, run, start

WORKER = """
        entered, go = threading.Event(), threading.Event()
        def work():
            with ShutdownProtection(20) as block:
                entered.set()
                go.wait()
                say("saved")
"""


@pytest.mark.parametrize("daemon", [True, False])
@pytest.mark.parametrize(
    "place", ["time.sleep(30)", "threading.Event().wait()", "while True: pass", "wait(30); time.sleep(30)"]
)
def test_c15_c18_the_main_thread_is_told_last(place: str, daemon: bool) -> None:
    victim = start(
        WORKER
        + f"""
        configure_shutdown_manager(before_termination=lambda: say("before", len(open_blocks())))
        thread = spawn(work, daemon={daemon})
        entered.wait()
        spawn(lambda: (wait_for(is_shutdown_requested), time.sleep(0.1), say("go"), go.set()))
        try:
            say("ready")
            {place}
            say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """
    )
    victim.expect("ready")
    victim.signal(SIGTERM)
    check(victim.end(), -SIGTERM, ["ready", "go", "saved", "before 0", "told SystemExit 143 SIGTERM"])


def test_c18_the_end_of_the_main_thread_s_own_block_waits_for_the_others() -> None:
    end = run(
        WORKER
        + """
        spawn(work)
        entered.wait()
        try:
            with ShutdownProtection(20) as block:
                pend()
                threading.Timer(0.2, go.set).start()
                say("inside")
            say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """
    )
    check(end, -SIGTERM, ["inside", "saved", "told SystemExit 143 SIGTERM"])


def test_c18_deadlines_hold_while_the_main_thread_waits() -> None:
    end = run("""
        entered = threading.Event()
        def work():
            began = time.monotonic()
            try:
                with ShutdownProtection(0.5):
                    entered.set()
                    while True:
                        time.sleep(0.005)
            finally:
                say("late", time.monotonic() - began - 0.5)
        spawn(work)
        entered.wait()
        try:
            with ShutdownProtection(0.1) as block:
                pend()
                block.allow_break()
        except SystemExit as error:
            told(error)
            raise
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end
    assert sorted(end.lines)[1:] == ["told SystemExit 143 SIGTERM"], end  # lapsed: both at the same time
    check(end, -SIGTERM)


def test_c15_a_blocked_worker_is_not_waited_for_beyond_its_deadline() -> None:
    end = run("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(0.4):
                entered.set()
                time.sleep(30)
        spawn(work, daemon=True)
        entered.wait()
        began = time.monotonic()
        try:
            kill(SIGTERM)
            time.sleep(30)
        except SystemExit as error:
            say("took", time.monotonic() - began)
            raise
    """)
    assert 0.2 < numbers(end.lines, "took")[0] < 3, end
    assert end.status == -SIGTERM and not end.stderr, end


@pytest.mark.parametrize("how", ["renewed", "late"])
def test_c11_a_deadline_that_comes_up_meanwhile_is_met_in_time(how: str) -> None:
    """While the main thread's block holds the end for longer: the block was renewed behind its lapse, or began late."""
    end = run(f"""
        def renewed():
            with ShutdownProtection(0.1) as block:
                try:
                    while True:
                        time.sleep(0.001)
                except SystemExit:
                    block.renew(0.5)
                works()
        def late():
            wait(20)
            with ShutdownProtection(0.5, run_at_exit=True):
                works()
        def works():
            began = time.monotonic()
            try:
                while time.monotonic() < began + 20:
                    time.sleep(0.001)
            finally:
                say("met", time.monotonic() - began)
        with ShutdownProtection(30):
            thread = spawn({how})
            wait_for(lambda: len(open_blocks()) > ("{how}" == "renewed"))
            kill(SIGTERM)
            thread.join()
    """)
    (met,) = numbers(end.lines, "met")
    assert 0.4 < met < 15, end
    check(end, -SIGTERM)


def test_c5_breaks_the_waiting_of_the_main_thread() -> None:
    victim = start("""
        entered = threading.Event()
        def work():
            with ShutdownProtection(60):
                entered.set()
                time.sleep(60)
        spawn(work, daemon=True)
        entered.wait()
        try:
            with ShutdownProtection(60) as block:
                for _ in range(2):
                    kill(SIGTERM)
                    time.sleep(0.06)
                threading.Timer(0.2, kill, [SIGQUIT]).start()
                block.allow_break()
                say("not reached")
        except SystemExit as error:
            told(error)
            raise
    """)
    end = victim.end()
    assert end.lines == ["told SystemExit 131 SIGQUIT"], end
    assert end.stderr == "" and end.seconds < 10


def test_c10_an_own_error_of_a_thread_is_not_lost_behind_the_shutdown() -> None:
    end = run("""
        def work():
            try:
                with ShutdownProtection(5):
                    wait(10)
                    raise ValueError("mine")
            except ValueError as error:
                say("mine", error.__context__)
            with ShutdownProtection(5):
                say("not reached")
        thread = spawn(work)
        wait_for(open_blocks)
        try:
            kill(SIGTERM)
            time.sleep(10)
        except SystemExit as error:
            told(error)
            raise
    """)
    assert sorted(end.lines) == ["mine None", "told SystemExit 143 SIGTERM"], end
    check(end, -SIGTERM)


def test_c18_non_daemon_threads_go_on_when_the_main_thread_has_been_told() -> None:
    """As without us: the interpreter joins them; a thread without blocks decides by itself."""
    end = run("""
        def work():
            wait(20)
            time.sleep(0.3)
            say("worker")
        spawn(work)
        time.sleep(0.1)
        try:
            kill(SIGTERM)
            time.sleep(20)
        except SystemExit:
            say("main")
            raise
    """)
    check(end, -SIGTERM, ["main", "worker"])


def test_c9_a_block_is_used_by_another_thread_than_its_owner() -> None:
    end = run("""
        with ShutdownProtection(20) as block:
            def work():
                block.allow_break()
                block.renew(10)
                say("nothing pending")
                wait(20)
                try:
                    block.allow_break()
                except SystemExit as error:
                    told(error)
            thread = spawn(work)
            wait_for(lambda: open_blocks()[0].remaining < 15)
            pend()
            thread.join()
            say("inside", len(open_blocks()))
    """)
    assert "nothing pending" in end.lines and "inside 1" in end.lines, end
    assert end.status == -SIGTERM and end.stderr == ""


def test_c17_a_thread_that_ends_while_another_still_installs_is_quiet() -> None:
    """The first of two registers with the interpreter, slowly; the second goes on, and is interrupted meanwhile."""
    end = run("""
        import importlib.abc
        class Slow(importlib.abc.MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name == "graceful_shutdown._threads":
                    slow.set()
                    time.sleep(0.3)
        sys.meta_path.insert(0, Slow())
        slow = threading.Event()
        def work():
            with ShutdownProtection(20) as block:
                while True:
                    time.sleep(0.001)
                    block.allow_break()
        spawn(work)
        slow.wait(15)
        spawn(work)
        wait_for(open_blocks)
        kill(SIGTERM)
        time.sleep(20)
    """)
    check(end, -SIGTERM, [])
