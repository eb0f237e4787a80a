"""C9 to C18 beside gevent: blocks belong to greenlets. Where it is installed."""

import textwrap
from signal import SIGINT, SIGTERM

import pytest

from cases import End, check, numbers, run

pytest.importorskip("gevent", reason="gevent is not installed")

LOOP = """
import gevent, gevent.event
def pended(signum=SIGTERM):
    kill(signum)
    while not is_shutdown_requested():
        gevent.sleep(0.001)
def of(error):
    say("told", type(error).__name__, getattr(error, "code", "-"), getattr(error, "event", "-"))
"""

TOLD: dict[int, str] = {SIGTERM: "told SystemExit 143 SIGTERM", SIGINT: "told KeyboardInterrupt - SIGINT"}


def case(script: str) -> End:
    return run(LOOP + textwrap.dedent(script))


def test_c11_c18_in_a_program_that_is_patched() -> None:
    """There `threading` counts greenlets: whoever would take its numbers for threads' kills the process."""
    end = case("""
        from gevent import monkey
        monkey.patch_all()
        def work():
            with ShutdownProtection(0.3):
                say("entered")
                time.sleep(30)
        thread = spawn(work)
        time.sleep(0)
        kill(SIGTERM)
        thread.join()
        say("joined")
        time.sleep(20)
    """)
    assert end.lines[0] == "entered" and end.status == -SIGTERM and end.seconds < 10 and not end.stderr, end


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
@pytest.mark.parametrize("main", ["gevent.sleep(30)", "gevent.spawn(gevent.sleep, 30).join()"])
def test_c3_c17_without_a_block_the_main_greenlet_is_told(signum: int, main: str) -> None:
    end = case(f"""
        configure_shutdown_manager(before_termination=lambda: say("before"))
        gevent.spawn_later(0.05, kill, {signum})
        try:
            {main}
            say("not reached")
        except BaseException as error:
            of(error)
            os._exit(5)
    """)
    check(end, 5, ["before", TOLD[signum]])


def test_c3_c17_a_main_greenlet_that_blocks_its_thread_is_told() -> None:
    end = case("""
        gevent.sleep(0)
        configure_shutdown_manager()
        threading.Timer(0.1, kill, [SIGTERM]).start()
        try:
            time.sleep(30)
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, [TOLD[SIGTERM]])
    assert end.seconds < 15, end


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
def test_c14_each_greenlet_ends_at_its_own_breakpoint(signum: int) -> None:
    end = case(f"""
        def work(number):
            try:
                with ShutdownProtection(20) as block:
                    while True:
                        gevent.sleep(0.01 * number)
                        say("saved", number) if is_shutdown_requested() else None
                        block.allow_break()
            except gevent.GreenletExit as error:
                say("ended", number, error.event)
                raise
        workers = [gevent.spawn(work, number) for number in (10, 1, 5)]
        gevent.sleep(0.02)
        say(len(open_blocks()))
        try:
            pended({signum})
            gevent.joinall(workers)
            gevent.sleep(20)
            say("not reached")
        except BaseException as error:
            of(error)
            say([worker.dead for worker in workers])
            raise
    """)
    name = "SIGINT" if signum == SIGINT else "SIGTERM"
    ends = [line for number in (1, 5, 10) for line in (f"saved {number}", f"ended {number} {name}")]
    # The order of the greenlets is theirs.
    assert sorted(end.lines[1:-2]) == sorted(ends) and end.lines[0] == "3", end
    assert end.lines[-2:] == [TOLD[signum], "[True, True, True]"] and end.status == -signum, end
    assert not end.stderr or (signum == SIGINT and end.stderr.rstrip().endswith("KeyboardInterrupt")), end


def test_c13_a_block_of_the_main_greenlet_is_not_around_those_of_others() -> None:
    end = case("""
        def work():
            with ShutdownProtection(20) as block:
                pended()
                block.allow_break()
                say("not reached")
        with ShutdownProtection(20) as block:
            worker = gevent.spawn(work)
            worker.join()
            say("ended", type(worker.value).__name__, len(open_blocks()))
            gevent.sleep(0.05)
            say("undisturbed")
            block.allow_break()
        say("not reached")
    """)
    check(end, -SIGTERM, ["ended GreenletExit 1", "undisturbed"])


def test_c18_the_main_greenlet_lets_the_others_finish_at_its_break() -> None:
    end = case("""
        def work():
            with ShutdownProtection(20):
                while not is_shutdown_requested():
                    gevent.sleep(0.001)
                gevent.sleep(0.3)
                say("saved")
        worker = gevent.spawn(work)
        gevent.sleep(0)
        try:
            with ShutdownProtection(20) as block:
                pended()
                say("break")
                block.allow_break()
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["break", "saved", TOLD[SIGTERM]])


def test_c11_the_deadline_kills_the_greenlet_and_not_before() -> None:
    end = case("""
        def work():
            entered = time.monotonic()
            try:
                with ShutdownProtection(0.2):
                    gevent.sleep(30)
            finally:
                say("late", time.monotonic() - entered - 0.2)
                gevent.sleep(0.02)
                say("rolled")
        def saves():
            with ShutdownProtection(20):
                gevent.sleep(1)
                say("saved")
        workers = [gevent.spawn(work), gevent.spawn(saves)]
        gevent.sleep(0)
        pended()
        gevent.joinall(workers)
        gevent.sleep(20)
    """)
    (late,) = numbers(end.lines, "late")
    assert 0 <= late < 0.7, end
    assert end.lines[1:] == ["rolled", "saved"] and end.status == -SIGTERM and not end.stderr, end


def test_c14_threads_keep_their_blocks_beside_greenlets() -> None:
    end = case("""
        def work():
            with ShutdownProtection(20) as block:
                say("entered")
                while True:
                    time.sleep(0.001)
                    block.allow_break()
        thread = spawn(work)
        wait_for(open_blocks)
        with ShutdownProtection(20):
            pended()
            thread.join()
            say("joined")
        say("not reached")
    """)
    check(end, -SIGTERM, ["entered", "joined"])


def test_c8_gevent_is_not_imported_by_us_nor_is_trio() -> None:
    end = run("""
        with ShutdownProtection(20) as block:
            block.allow_break()
        say(sorted({"gevent", "greenlet", "trio", "asyncio", "anyio"} & set(sys.modules)))
    """)
    check(end, 0, ["[]"])
