"""C23: after a fork the child starts clean; and the ways in which Python makes processes."""

import textwrap
from signal import SIGTERM

import pytest

from cases import End, check, numbers, run

CHILD = """
def child(work):
    "Runs it in a child of a fork, and says how that ended: -n by a signal."
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            told(error)
            raise
    return pid
def reap(pid):
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    say("child", code)
    return code
"""


def case(script: str) -> End:
    # From 3.12 on `os.fork` warns of threads; the case of one thread is below.
    return run(CHILD + textwrap.dedent(script), PYTHONWARNINGS="ignore::DeprecationWarning")


def test_c23_with_nothing_pending_a_fork_does_not_warn_of_threads_of_ours() -> None:
    end = run("""
        import warnings
        warnings.simplefilter("error")
        for _ in range(20):
            with ShutdownProtection(5) as block:
                block.allow_break()
                pid = os.fork()
                if not pid:
                    with ShutdownProtection(5):
                        os._exit(3)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
        with ShutdownProtection(5):
            pend()
    """)
    check(end, -SIGTERM, [])


def test_c23_a_child_has_no_blocks_and_nothing_pending() -> None:
    end = case("""
        def work():
            say(len(open_blocks()), is_shutdown_requested())
            with ShutdownProtection(5) as block:
                block.allow_break()
                say(len(open_blocks()))
        with ShutdownProtection(20) as block:
            reap(child(work))
            pend()
            reap(child(work))
            say("parent", len(open_blocks()), is_shutdown_requested())
    """)
    check(end, -SIGTERM, ["0 False", "1", "child 0"] * 2 + ["parent 1 True"])


@pytest.mark.parametrize(
    "where", ["with ShutdownProtection(20):", "if configure_shutdown_manager() is None:", "if True:"]
)
def test_c23_signals_to_the_child_are_the_child_s(where: str) -> None:
    end = case(f"""
        def work():
            with ShutdownProtection(20) as block:
                pend(SIGTERM)
                say("inside")
                block.allow_break()
        def bare():
            configure_shutdown_manager()
            kill(SIGTERM)
            time.sleep(20)
        {where}
            reap(child(work))
            reap(child(bare))
            say("parent", is_shutdown_requested())
    """)
    check(end, 0)
    told = "told SystemExit 143 SIGTERM"
    assert end.lines == ["inside", told, "child -15", told, "child -15", "parent False"], end


def test_c23_handlers_work_in_a_child_that_makes_no_use_of_us() -> None:
    end = case("""
        with ShutdownProtection(20):
            pid = child(lambda: (os.write(2, b""), time.sleep(20)))
            time.sleep(0.1)
            os.kill(pid, SIGTERM)
            reap(pid)
            say("parent", is_shutdown_requested())
    """)
    check(end, 0)
    assert end.lines[-2:] == ["child -15", "parent False"], end


def test_c23_deadlines_run_in_the_child() -> None:
    end = case("""
        def work():
            entered = time.monotonic()
            try:
                with ShutdownProtection(0.2):
                    kill(SIGINT)
                    time.sleep(20)
            except KeyboardInterrupt:
                say("late", time.monotonic() - entered - 0.2)
        with ShutdownProtection(20):
            kill(SIGTERM)
            reap(child(work))
    """)
    assert 0 <= numbers(end.lines, "late")[0] < 2, end
    check(end, -SIGTERM)


def test_c23_an_inherited_block_is_inert_until_its_next_use() -> None:
    end = case("""
        def work():
            say(len(open_blocks()))
            block.allow_break()
            say(len(open_blocks()))
            pend()
            block.allow_break()
            say("not reached")
        with ShutdownProtection(20) as block:
            reap(child(work))
        def leave():
            block.__exit__(None, None, None)
            say("left", len(open_blocks()))
        with ShutdownProtection(20) as block:
            reap(child(leave))
    """)
    check(end, 0, ["0", "1", "told SystemExit 143 SIGTERM", "child -15", "left 0", "child 0"])


def test_c23_the_child_leaves_the_parent_s_with_statement() -> None:
    end = case("""
        with ShutdownProtection(20) as block:
            pid = os.fork()
            if not pid:
                kill(SIGTERM)
                time.sleep(20)
                say("not reached")
        if pid:
            reap(pid)
            say("parent", is_shutdown_requested())
    """)
    check(end, 0)
    assert "not reached" not in end.lines and end.lines == ["child -15", "parent False"], end


def test_c23_forks_while_threads_use_blocks_and_events_come() -> None:
    end = case("""
        stop = []
        def busy():
            while not stop:
                with ShutdownProtection(20) as block:
                    block.allow_break()
        threads = [spawn(busy) for _ in range(3)]
        def work():
            with ShutdownProtection(20) as block:
                block.allow_break()
            with ShutdownProtection(20) as block:
                pend()
        codes = set()
        for number in range(60):
            # Beside busy threads a fork takes as long as the machine is loaded: fewer, then.
            if number > 5 and elapsed() > 5:
                break
            pid = os.fork()
            if not pid:
                work()
                os._exit(1)
            _, status = os.waitpid(pid, 0)
            codes.add(os.waitstatus_to_exitcode(status))
        stop.append(1)
        say(codes)
    """)
    check(end, 0, ["{-15}"])


@pytest.mark.parametrize(
    ("module", "use"),
    [("_threads", "ShutdownProtection(5).__enter__()"), ("_decorator", "ShutdownProtection(5)(len)('')")],
)
def test_c23_a_fork_while_another_thread_imports_a_part_of_ours(module: str, use: str) -> None:
    """What is half imported at the fork stays so in the child, and who imports it there waits for ever."""
    end = case(f"""
        class Slow:
            def find_spec(self, name, path=None, target=None):
                if name == "graceful_shutdown.{module}" and threading.current_thread() is not threading.main_thread():
                    importing.set()
                    time.sleep(0.2)
        importing = threading.Event()
        sys.meta_path.insert(0, Slow())
        def use():
            {use}
        thread = spawn(use)
        importing.wait()
        def work():
            use()
            pend()
            with ShutdownProtection(5) as block:
                block.allow_break()
        reap(child(work))
        thread.join()
    """)
    assert end.lines[-1] == "child -15" and end.status == 0 and not end.stderr, end


def test_c23_no_event_reaches_the_parent() -> None:
    end = case("""
        configure_shutdown_manager(before_termination=lambda: say("before", os.getpid() == parent))
        parent = os.getpid()
        pids = [child(lambda: time.sleep(20)) for _ in range(5)]
        time.sleep(0.2)
        for pid in pids:
            os.kill(pid, SIGTERM)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        say(codes, is_shutdown_requested())
        with ShutdownProtection(5) as block:
            block.allow_break()
    """)
    assert end.lines.count("before False") == 5 and "before True" not in end.lines, end
    assert end.lines[-1] == "[-15, -15, -15, -15, -15] False" and end.status == 0 and not end.stderr, end


def test_c23_a_fork_in_a_thread() -> None:
    end = case("""
        def work():
            say(threading.current_thread() is threading.main_thread())
            with ShutdownProtection(5):
                pend()
        with ShutdownProtection(20):
            thread = spawn(lambda: reap(child(work)))
            thread.join()
            say(is_shutdown_requested())
    """)
    check(end, 0)
    assert end.lines == ["True", "told SystemExit 143 SIGTERM", "child -15", "False"], end


def test_c23_a_thread_that_was_not_the_main_one_before_the_first_use_is_it_in_the_child_that_it_forks() -> None:
    """The engine is not told of that fork."""
    end = case("""
        from graceful_shutdown import restore_handlers
        def work():
            try:
                with ShutdownProtection(5):
                    pend()
            except BaseException as error:
                told(error)
        def fork():
            try:
                restore_handlers()
            except ValueError:
                say("not main")
            reap(child(work))
        spawn(fork).join()
    """)
    check(end, 0, ["not main", "told SystemExit 143 SIGTERM", "child 0"])


@pytest.mark.parametrize("first", ["pass", "configure_shutdown_manager()"], ids=["before the first use", "after it"])
@pytest.mark.parametrize("last", ["return", "raise SystemExit(3)"])
def test_c23_a_child_that_a_thread_has_forked_ends_with_it(first: str, last: str) -> None:
    """Our own thread does not keep it alive."""
    end = case(f"""
        {first}
        def fork():
            pid = os.fork()
            if pid:
                reap(pid)
                return
            with ShutdownProtection(5):
                say("used")
            {last}
        spawn(fork).join()
    """)
    check(end, 0, ["used", "child 0"])
