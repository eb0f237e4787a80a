"""D3, D4, D5, D20, D23: blocks in threads, on 0.1.2 and here."""

from __future__ import annotations

from signal import SIGTERM

from pair import needs_original, run_both, seconds, start_both

pytestmark = needs_original


def test_d3_c8_the_first_block_may_be_in_a_thread() -> None:
    original, ours = run_both("""
        def work():
            try:
                with ShutdownProtection(5):
                    say("entered")
            except Exception as error:
                say(type(error).__name__, error)
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    """)
    assert len(original.lines) == 1 and original.lines[0].startswith("ValueError signal only works in main thread")
    assert ours.lines == ["entered"]


def test_d4_c17_the_main_thread_is_told_when_a_worker_breaks() -> None:
    original, ours = start_both("""
        import queue
        configure_shutdown_manager()
        def work():
            with ShutdownProtection(30) as block:
                ready.acquire()
                say("inside")
                while True:
                    block.allow_break()
                    time.sleep(0.01)
        ready = threading.Lock()
        ready.acquire()
        threading.Thread(target=work, daemon=True).start()
        try:
            ready.release()
            queue.Queue().get(timeout=3)
        except BaseException as end:
            say("main", type(end).__name__)
    """)
    for victim in original, ours:
        victim.expect("inside")
        victim.signal(SIGTERM)
    # There the SystemExit is raised in the worker, where threading swallows it.
    assert original.end().lines == ["inside", "main Empty"]
    end = ours.end()
    assert end.lines == ["inside", "main SystemExit"]
    assert end.status == -SIGTERM


def test_d5_c9_each_thread_is_told_and_the_main_thread_is_the_last() -> None:
    original, ours = start_both("""
        configure_shutdown_manager()
        both = threading.Barrier(3)
        def work():
            try:
                with ShutdownProtection(30) as block:
                    both.wait()
                    while True:
                        block.allow_break()
                        time.sleep(0.01)
                say("left as if it were done")
            except SystemExit:
                say("told")
        workers = [threading.Thread(target=work, daemon=True) for _ in range(2)]
        for worker in workers:
            worker.start()
        both.wait()
        say("inside")
        try:
            time.sleep(3)
            say("main was not told")
        except SystemExit:
            # Their blocks have ended; what they do then is not protected, and a daemon thread would be cut in it.
            for worker in workers:
                worker.join()
            say("main")
    """)
    for victim in original, ours:
        victim.expect("inside")
        victim.signal(SIGTERM)
    there = original.end().lines
    assert sorted(there[1:3]) == ["left as if it were done", "told"]
    assert there[3:] == ["main was not told"]
    assert ours.end().lines == ["inside", "told", "told", "main"]


def test_d20_c9_except_exception_does_not_swallow_a_break() -> None:
    original, ours = run_both("""
        configure_shutdown_manager()
        held = threading.Event()
        def hold():
            with ShutdownProtection(30):
                held.set()
                time.sleep(1)
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        with ShutdownProtection(30) as block:
            kill(SIGTERM)
            for _ in range(3):
                try:
                    block.allow_break()
                except Exception as error:
                    say("swallowed", type(error).__name__)
        say("went on")
    """)
    assert original.lines == ["swallowed HaltProtectedBlockException"] * 3 + ["went on"]
    assert ours.lines == []
    assert ours.status == -SIGTERM


def test_d23_c18_the_main_thread_waits_for_the_blocks_of_others() -> None:
    original, ours = run_both("""
        configure_shutdown_manager()
        held = threading.Event()
        def hold():
            with ShutdownProtection(30):
                held.set()
                time.sleep(1)
                say("the thread is done")
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        with ShutdownProtection(30):
            kill(SIGTERM)
        say("main went on")
    """)
    # There the daemon thread is cut in its block.
    assert original.lines == ["main went on"]
    assert original.status == 0
    assert ours.lines == ["the thread is done"]
    assert ours.status == -SIGTERM


def test_d23_c29_the_interpreter_does_not_exit_in_the_middle_of_a_daemon_threads_block() -> None:
    original, ours = run_both("""
        configure_shutdown_manager()
        held = threading.Event()
        def hold():
            with ShutdownProtection(30):
                held.set()
                time.sleep(1)
                say("the thread is done")
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        say("main ends", elapsed())
    """)
    assert seconds(original, "main ends") > 0 and len(original.lines) == 1
    assert [line.split()[0] for line in ours.lines] == ["main", "the"]
    assert (original.status, ours.status) == (0, 0)
