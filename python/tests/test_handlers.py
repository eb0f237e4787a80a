"""C8 and C27 within one program: when handlers are installed, what stood before, and what others install later."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, run, start


def test_c8_importing_changes_nothing() -> None:
    end = run("""
        ours = [signal.getsignal(number) for number in (SIGINT, SIGTERM, SIGQUIT, SIGHUP)]
        say(ours == [signal.default_int_handler] + [signal.SIG_DFL] * 3, threading.active_count())
        with open("/proc/self/status") as status:
            say(*(line.strip() for line in status if line.startswith(("Threads", "SigBlk"))))
        kill(SIGTERM)
        time.sleep(10)
    """)
    check(end, -SIGTERM, ["True 1", "Threads:\t1 SigBlk:\t0000000000000000"])


@pytest.mark.parametrize("first", ["configure_shutdown_manager()", "ShutdownProtection(5).__enter__()", "wait(0)"])
def test_c8_restore_handlers_puts_back_what_stood(first: str) -> None:
    end = run(f"""
        held = {first}
        say(signal.getsignal(SIGTERM) is signal.SIG_DFL)
        restore_handlers()
        ours = [signal.getsignal(number) for number in (SIGINT, SIGTERM, SIGQUIT, SIGHUP)]
        say(ours == [signal.default_int_handler] + [signal.SIG_DFL] * 3)
        try:
            kill(SIGINT)
            time.sleep(5)
        except KeyboardInterrupt as error:
            say("theirs", hasattr(error, "event"))
        kill(SIGTERM)
        time.sleep(10)
    """)
    check(end, -SIGTERM, ["False", "True", "theirs False"])


def test_c8_restore_handlers_leaves_what_others_installed_over_ours() -> None:
    end = run("""
        configure_shutdown_manager()
        signal.signal(SIGTERM, lambda *_: say("theirs"))
        restore_handlers()
        kill(SIGTERM)
        time.sleep(0.1)
        say(signal.getsignal(SIGINT) is signal.default_int_handler)
    """)
    assert end.lines == ["theirs", "True"], end
    assert end.status == 0


def test_c1_the_main_thread_is_woken_while_it_restores() -> None:
    """What wakes it comes when the last handler of ours has gone; the interpreter would print and drop it."""
    end = run("""
        import _signal
        put, calls = _signal.signal, []
        def slowly(signum, handler):
            former = put(signum, handler)
            calls.append(signum)
            if len(calls) == 4:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, wakers)
            return former
        configure_shutdown_manager()
        wakers = signal.valid_signals() - {SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, wakers)
        kill(SIGTERM)
        while signal.SIGURG not in signal.sigpending():
            time.sleep(0.001)
        _signal.signal = slowly
        try:
            restore_handlers()
            time.sleep(10)
        except SystemExit as error:
            told(error)
            say(len(calls))
            raise
    """)
    check(end, -SIGTERM, ["told SystemExit 143 SIGTERM", "4"])


def test_c18_the_main_thread_is_told_in_its_sleep_although_it_has_restored() -> None:
    end = run("""
        def work():
            with ShutdownProtection(20) as block:
                kill(SIGTERM)
                asleep.wait()
                time.sleep(0.2)
                say("left")
        asleep = threading.Event()
        threading.Thread(target=work).start()
        while not is_shutdown_requested():
            time.sleep(0.001)
        restore_handlers()
        say(signal.getsignal(SIGINT) is signal.default_int_handler, signal.getsignal(SIGTERM) == signal.SIG_DFL)
        asleep.set()
        try:
            time.sleep(10)
        except SystemExit as error:
            told(error)
            say(elapsed() < 5, open_blocks())
            try:
                kill(SIGINT)
            except KeyboardInterrupt as error:
                say("theirs", hasattr(error, "event"))
            raise
    """)
    check(end, -SIGTERM, ["True True", "left", "told SystemExit 143 SIGTERM", "True []", "theirs False"])


def test_c8_after_restoring_the_next_block_installs_again() -> None:
    end = run("""
        for _ in range(3):
            with ShutdownProtection(5):
                pass
            restore_handlers()
        try:
            with ShutdownProtection(5):
                pend()
                say("inside")
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["inside", "told SystemExit 143 SIGTERM"])


def test_c8_the_first_use_from_a_thread_records_events_at_once() -> None:
    victim = start("""
        def work():
            with ShutdownProtection(20) as block:
                say("inside")
                while True:
                    block.allow_break()
                    time.sleep(0.005)
        try:
            spawn(work)
            while True:
                time.sleep(0.5)
        except SystemExit as error:
            told(error)
            say(signal.getsignal(SIGTERM) is signal.SIG_DFL)
            raise
    """)
    victim.expect("inside")
    victim.signal(SIGTERM)
    check(victim.end(), -SIGTERM, ["inside", "told SystemExit 143 SIGTERM", "False"])


@pytest.mark.parametrize(
    "place",
    [
        "time.sleep(30)",
        "os.read(os.pipe()[0], 1)",
        "import select; select.select([os.pipe()[0]], [], [])",
        "lock = threading.Lock(); lock.acquire(); lock.acquire()",
        "import queue; queue.SimpleQueue().get()",
        "while True: pass",
    ],
)
@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c8_the_first_use_from_a_thread_while_the_main_thread_is_blocked_for_ever(place: str, signum: int) -> None:
    victim = start(f"""
        def work():
            with ShutdownProtection(20) as block:
                say("inside")
                while True:
                    block.allow_break()
                    time.sleep(0.005)
        try:
            spawn(work)
            {place}
        except BaseException as error:
            told(error)
            raise
    """)
    victim.expect("inside")
    victim.signal(signum)
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(victim.end(), -signum, ["inside", told], "KeyboardInterrupt" if signum == SIGINT else "")


@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c8_c17_a_wake_up_in_the_middle_of_the_main_threads_installation_raises_nothing(signum: int) -> None:
    """`signal.signal` runs the handlers that have tripped, which is how the main thread is woken."""
    victim = start("""
        import _thread, builtins
        imports = builtins.__import__
        def again(name, *rest, **more):
            if name == "_signal" and threading.current_thread() is threading.main_thread():
                builtins.__import__ = imports
                _thread.interrupt_main()
                say("again")
            return imports(name, *rest, **more)
        def work():
            with ShutdownProtection(20) as block:
                builtins.__import__ = again
                say("inside")
                while True:
                    block.allow_break()
                    time.sleep(0.005)
        try:
            spawn(work)
            time.sleep(30)
        except BaseException as error:
            told(error)
            time.sleep(0.2)    # nothing comes behind it
            say(signal.getsignal(SIGINT) is signal.default_int_handler)
            raise
    """)
    victim.expect("inside")
    victim.signal(signum)
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(
        victim.end(),
        -signum,
        ["inside", "again", told, "False"],
        "KeyboardInterrupt" if signum == SIGINT else "",
    )


def test_c8_first_uses_from_many_threads_at_once() -> None:
    end = run("""
        gate = threading.Barrier(16)
        def work():
            gate.wait()
            with ShutdownProtection(20):
                gate.wait()
        threads = [spawn(work) for _ in range(16)]
        for thread in threads:
            thread.join()
        say(len(open_blocks()))
        with ShutdownProtection(5):
            pend()
    """)
    check(end, -SIGTERM, ["0"])


def test_c27_a_handler_before_ours_is_what_happens() -> None:
    end = run("""
        calls = []
        signal.signal(SIGTERM, lambda signum, frame: calls.append((signum, frame is not None)))
        with ShutdownProtection(5) as block:
            for number in range(5):
                kill(SIGTERM)
                time.sleep(0.06)
            say("deferred", calls)
            block.allow_break()
            with ShutdownProtection(5):    # a new block starts
                pass
        wait_for(lambda: len(calls) == 5)
        say(is_shutdown_requested(), set(calls))
        kill(SIGTERM)
        wait_for(lambda: len(calls) == 6)
    """)
    assert end.lines[1:] == ["False {(15, True)}"], end
    assert end.status == 0 and end.stderr == ""


def test_c27_a_guest_that_raises_ends_the_main_thread_behind_its_block() -> None:
    end = run("""
        def bye(*_):
            sys.exit(9)
        signal.signal(SIGTERM, bye)
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.2)
            say("done")
        time.sleep(5)
        say("not reached")
    """)
    check(end, 9, ["done"])


def test_c27_c18_a_guest_that_ends_the_main_thread_waits_for_the_blocks_of_others() -> None:
    end = run("""
        signal.signal(SIGTERM, lambda *_: sys.exit(9))
        entered = threading.Event()
        def work():
            with ShutdownProtection(5):
                entered.set()
                time.sleep(0.5)
                say("saved")
        spawn(work, daemon=True)
        entered.wait()
        kill(SIGTERM)
        time.sleep(5)
        say("not reached")
    """)
    check(end, 9, ["saved"])


def test_c27_a_guest_and_our_events_side_by_side() -> None:
    end = run("""
        signal.signal(SIGTERM, lambda *_: say("theirs"))
        try:
            with ShutdownProtection(5):
                kill(SIGTERM)
                time.sleep(0.06)
                kill(SIGINT)
                time.sleep(0.06)
                say("inside")
        except KeyboardInterrupt as error:
            told(error)
    """)
    assert sorted(end.lines[1:]) == ["theirs", "told KeyboardInterrupt - SIGINT"], end
    assert end.lines[0] == "inside"
    assert end.stderr == ""


@pytest.mark.parametrize("first", ["pass", "spawn(lambda: wait(0)).join()"])
@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c27_the_interpreters_handler_for_sigint_is_a_guest_elsewhere(signum: int, first: str) -> None:
    """`signal.default_int_handler` is the default for `SIGINT`, and for nothing else."""
    end = run(f"""
        signal.signal({signum}, signal.default_int_handler)
        {first}
        try:
            with ShutdownProtection(5):
                kill({signum})
                time.sleep(0.2)
                say("inside", is_shutdown_requested())
            time.sleep(5)
        except BaseException as error:
            told(error)
    """)
    ours = signum == SIGINT
    check(end, 0, [f"inside {ours}", "told KeyboardInterrupt - " + ("SIGINT" if ours else "-")])


C_HANDLER = """
    import ctypes
    theirs = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda number: say("theirs", number))
    def handle(number):
        ctypes.CDLL(None).signal(number, theirs)
"""


@pytest.mark.parametrize("first", ["pass", "spawn(lambda: wait(0)).join(); time.sleep(0.01)"])
@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c27_a_handler_in_c_before_ours_is_a_guest(signum: int, first: str) -> None:
    """Python knows nothing of it: `signal.getsignal` says what the interpreter has."""
    end = run(
        C_HANDLER
        + f"""
    handle({signum})
    {first}
    configure_shutdown_manager()
    with ShutdownProtection(5) as block:
        for _ in range(3):
            kill({signum})
            time.sleep(0.06)
        say("inside", is_shutdown_requested())
        block.allow_break()
        say("broken")
    kill({signum})
    restore_handlers()
    kill({signum})
    """
    )
    theirs = [f"theirs {signum}"]
    check(end, 0, ["inside False", *theirs * 3, "broken", *theirs * 2])


def test_c27_a_handler_in_c_after_ours_becomes_a_guest() -> None:
    end = run(
        C_HANDLER
        + """
    configure_shutdown_manager()
    handle(SIGTERM)
    configure_shutdown_manager()
    with ShutdownProtection(5):
        kill(SIGTERM)
        say("inside", is_shutdown_requested())
    try:
        with ShutdownProtection(5):
            pend(SIGINT)
    except KeyboardInterrupt as error:
        told(error)
    """
    )
    check(end, 0, ["inside False", "theirs 15", "told KeyboardInterrupt - SIGINT"])


@pytest.mark.parametrize("chain", [False, True])
def test_c27_faulthandler_is_a_guest_and_decides(chain: bool) -> None:
    end = run(f"""
        import faulthandler
        faulthandler.register(SIGTERM, sys.stdout, chain={chain})
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.06)
            say("inside", is_shutdown_requested())
        say("behind")
    """)
    assert end.lines[0] == "inside False" and "most recent call first" in end.lines[1], end
    assert (end.status, end.lines[-1] == "behind") == ((-SIGTERM, False) if chain else (0, True)), end


def test_c7_a_signal_that_c_code_ignores_stays_ignored() -> None:
    end = run("""
        import ctypes
        ctypes.CDLL(None).signal(SIGTERM, ctypes.c_void_p(1))
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.06)
            say(is_shutdown_requested())
        kill(SIGTERM)
    """)
    check(end, 0, ["False"])


def test_c27_what_the_program_installs_before_the_main_thread_has_come_is_a_guest() -> None:
    end = run("""
        def work():
            with ShutdownProtection(5):
                entered.set()
                go.wait()
        entered, go = threading.Event(), threading.Event()
        def first(*_):
            say("theirs", is_shutdown_requested())
        spawn(work)
        while not entered.is_set():
            pass
        signal.signal(SIGTERM, first)
        configure_shutdown_manager()
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.06)
            say("inside")
        go.set()
    """)
    check(end, 0, ["inside", "theirs False"])


def test_c8_a_handler_after_ours_wins_and_is_logged_and_becomes_a_guest() -> None:
    end = run("""
        import logging
        logging.basicConfig(stream=sys.stdout, format="log %(name)s %(levelname)s", level=logging.INFO)
        configure_shutdown_manager()
        signal.signal(SIGTERM, lambda *_: say("theirs"))
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.06)
            say("inside")
        say("outside", is_shutdown_requested())
        configure_shutdown_manager()
        with ShutdownProtection(5):
            kill(SIGTERM)
            time.sleep(0.06)
            say("inside")
        say("outside", is_shutdown_requested())
    """)
    said = [line for line in end.lines if not line.startswith("log")]
    assert said == ["theirs", "inside", "outside False", "inside", "theirs", "outside False"], end
    assert len([line for line in end.lines if line.startswith("log graceful_shutdown")]) == 1, end


def test_c8_a_later_handler_may_call_ours() -> None:
    end = run("""
        configure_shutdown_manager()
        former = signal.getsignal(SIGTERM)
        def chained(signum, frame):
            say("theirs")
            former(signum, frame)
        signal.signal(SIGTERM, chained)
        try:
            with ShutdownProtection(5):
                kill(SIGTERM)
                time.sleep(0.06)
                say("inside", is_shutdown_requested())
        except SystemExit as error:
            told(error)
            raise
    """)
    check(end, -SIGTERM, ["theirs", "inside True", "told SystemExit 143 SIGTERM"])


def test_a_sub_interpreter_gets_a_clear_error() -> None:
    end = run("""
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        made = interpreters.create()
        code = '''
        import os
        try:
            import graceful_shutdown
        except ImportError as error:
            os.write(1, f"ImportError {error}\\\\n".encode())
        '''
        import textwrap
        (getattr(interpreters, "run_string", None) or interpreters.exec)(made, textwrap.dedent(code))
        interpreters.destroy(made)
        with ShutdownProtection(5):
            pend()
    """)
    check(end, -SIGTERM)
    assert len(end.lines) == 1 and end.lines[0].startswith("ImportError") and "interpreter" in end.lines[0], end
