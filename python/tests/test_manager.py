"""`graceful_shutdown.manager`: the old names, deprecated, do what they did where they are used as documented."""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGTERM

import pytest

from victim import run, start

NAMES = [
    "HaltProtectedBlockException",
    "ProtectedBlock",
    "ShutdownImminentException",
    "ShutdownManager",
    "ShutdownProtection",
    "configure_shutdown_manager",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_old_name_is_imported_with_a_warning_at_the_importer(name: str) -> None:
    end = run(f"from graceful_shutdown.manager import {name}; say('imported')", PYTHONWARNINGS="default")
    assert (end.lines, end.status) == (["imported"], 0)
    assert end.stderr.startswith("<string>:") and "DeprecationWarning: graceful_shutdown.manager is " in end.stderr
    assert end.stderr.count("DeprecationWarning") == 1


def test_the_package_itself_warns_of_nothing_and_does_not_import_the_old_module() -> None:
    end = run("say('graceful_shutdown.manager' in sys.modules)", PYTHONWARNINGS="error")
    assert (end.lines, end.stderr) == (["False"], "")


def test_the_old_module_is_an_attribute_of_the_package_as_in_0_1_2() -> None:
    end = run("""
        import graceful_shutdown
        say(graceful_shutdown.manager.ShutdownProtection is ShutdownProtection)
        say(hasattr(graceful_shutdown, "no_such_name"))
    """)
    assert end.lines == ["True", "False"]


def test_importing_the_old_module_changes_nothing() -> None:
    end = run("""
        before = signal.getsignal(SIGTERM)
        import graceful_shutdown.manager
        say(signal.getsignal(SIGTERM) == before)
    """)
    assert end.lines == ["True"]


@pytest.mark.parametrize(("signum", "exception"), [(SIGINT, "KeyboardInterrupt"), (SIGTERM, "SystemExit")])
def test_c9_the_loop_of_the_old_documentation(signum: int, exception: str) -> None:
    victim = start("""
        from graceful_shutdown.manager import ProtectedBlock, ShutdownProtection
        try:
            with ShutdownProtection(4) as protected_block:
                say(isinstance(protected_block, ProtectedBlock))
                while True:
                    protected_block.allow_break()
                    try:
                        say("begin")
                        time.sleep(0.1)
                        say("end")
                    except (SystemExit, KeyboardInterrupt) as ex:
                        say("torn")
                        raise ex
        except BaseException as end:
            say(type(end).__name__)
            raise
    """)
    victim.expect("begin")
    victim.signal(signum)
    end = victim.end()
    assert end.lines[0] == "True" and end.lines[-1] == exception
    assert end.lines[1:-1] == ["begin", "end"] * ((len(end.lines) - 2) // 2)
    assert end.status == -signum


def test_c12_a_thread_that_may_not_start_meets_shutdown_imminent() -> None:
    end = run("""
        from graceful_shutdown.manager import ShutdownImminentException
        def work():
            try:
                with ShutdownProtection(4):
                    say("not reached")
            except ShutdownImminentException:
                say("imminent")
        with ShutdownProtection(30):
            kill(SIGTERM)
            worker = threading.Thread(target=work)
            worker.start()
            worker.join()
    """)
    assert end.lines == ["imminent"]
    assert end.status == -SIGTERM


def test_c9_a_thread_that_is_broken_off_meets_halt_protected_block() -> None:
    end = run("""
        import warnings
        warnings.simplefilter("ignore")
        from graceful_shutdown.manager import HaltProtectedBlockException
        def work():
            with ShutdownProtection(30) as block:
                entered.set()
                try:
                    while True:
                        block.allow_break()
                        time.sleep(0.01)
                except HaltProtectedBlockException:
                    say("halted")
                    raise
        entered = threading.Event()
        with ShutdownProtection(30):
            worker = threading.Thread(target=work)
            worker.start()
            entered.wait()
            kill(SIGTERM)
            worker.join()
            say("main is undisturbed")
    """)
    assert end.lines == ["halted", "main is undisturbed"]
    assert (end.status, end.stderr) == (-SIGTERM, "")


def test_c10_a_protected_block_that_is_started_and_ended_by_calls() -> None:
    end = run("""
        from graceful_shutdown.manager import ProtectedBlock
        block = ProtectedBlock(30, False)
        say(block.max_exec_time, block.run_at_exit)
        block.protect()
        kill(SIGTERM)
        say("undisturbed")
        block.renew()
        block.unprotect()
        say("too late")
    """)
    assert end.lines == ["30.0 False", "undisturbed"]
    assert end.status == -SIGTERM


def test_c4_the_managers_own_calls() -> None:
    end = run("""
        from graceful_shutdown.manager import ShutdownManager
        manager = ShutdownManager()
        key = manager.register_block(30)
        say(manager.check_break(), round(open_blocks()[0].remaining))
        manager.renew_block(key, 20)
        say(round(open_blocks()[0].remaining))
        kill(SIGTERM)
        say(manager.check_break())
        manager.unregister_block("unknown")
        say("undisturbed")
        manager.unregister_block(key)
        say("too late")
    """)
    assert end.lines == ["False 30", "20", "True", "undisturbed"]
    assert end.status == -SIGTERM


def test_c6_c30_the_managers_settings_are_those_of_the_package() -> None:
    end = run("""
        from graceful_shutdown.manager import ShutdownManager
        manager = ShutdownManager()
        say(manager.terminate_on_hup, manager.terminate_on_logoff, manager.default_max_exec_time,
            manager.max_termination_attempts, manager.before_termination, manager.hup_handler)
        manager.terminate_on_hup = False
        manager.default_max_exec_time = 20
        manager.hup_handler = lambda: say("hup")
        manager.before_termination = lambda: say("termination")
        with ShutdownProtection() as block:
            say(round(open_blocks()[0].remaining), ShutdownManager().default_max_exec_time)
            kill(SIGHUP)
            time.sleep(0.1)
        manager.hup_handler = None
        kill(SIGHUP)
        time.sleep(0.1)
        try:
            manager.max_termination_attempts = 0
        except ValueError as error:
            say(error, manager.max_termination_attempts)
        manager.terminate_on_hup = True
        kill(SIGHUP)
        time.sleep(10)
    """)
    assert end.lines == [
        "True True 89.5 3 None None",
        "20 20",
        "hup",
        "max_attempts must be at least 1, not 0 3",
        "termination",
    ]
    assert end.status == -SIGHUP
