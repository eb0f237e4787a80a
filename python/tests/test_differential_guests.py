"""D13, D14, D15, D16: callbacks, and handlers of others, on 0.1.2 and here."""

from __future__ import annotations

from signal import SIGHUP, SIGTERM

from pair import needs_original, run_both

pytestmark = needs_original


def test_d13_c16_a_before_termination_that_raises_does_not_prevent_the_end() -> None:
    original, ours = run_both("""
        import logging
        logging.basicConfig()
        def fails():
            say("called")
            raise RuntimeError("no")
        configure_shutdown_manager(before_termination=fails)
        for _ in range(2):
            try:
                kill(SIGTERM)
                time.sleep(0.3)
            except BaseException as end:
                say(type(end).__name__)
        say("lived on")
    """)
    assert original.lines == ["called", "RuntimeError"] * 2 + ["lived on"]
    assert original.status == 0
    # Once a shutdown; and a SystemExit that is swallowed does not undo it (C26).
    assert ours.lines == ["called", "SystemExit", "lived on"]
    assert ours.status == -SIGTERM
    assert "before_termination raised; the shutdown goes on" in ours.stderr


def test_d13_c6_a_before_hup_that_raises_does_not_prevent_the_end() -> None:
    original, ours = run_both("""
        import logging
        logging.basicConfig()
        def fails():
            raise RuntimeError("no")
        configure_shutdown_manager(before_hup=fails)
        try:
            kill(SIGHUP)
            time.sleep(0.3)
        except RuntimeError:
            say("RuntimeError")
        say("lived on")
    """)
    assert original.lines == ["RuntimeError", "lived on"]
    assert ours.lines == []
    assert ours.status == -SIGHUP
    assert "before_hup raised; the shutdown goes on" in ours.stderr


def test_d14_c27_the_programs_own_handler_is_what_happens() -> None:
    original, ours = run_both("""
        def own(*_):
            say("own handler")
        signal.signal(SIGTERM, own)
        configure_shutdown_manager()
        say("stands" if signal.getsignal(SIGTERM) is own else "replaced")
        try:
            kill(SIGTERM)
            time.sleep(0.3)
            say("lived on")
        except SystemExit:
            say("SystemExit")
    """)
    assert original.lines == ["replaced", "SystemExit"]
    assert ours.lines == ["stands", "own handler", "lived on"]
    assert ours.status == 0


def test_d14_c7_nohup_is_respected() -> None:
    original, ours = run_both("""
        signal.signal(SIGHUP, signal.SIG_IGN)
        configure_shutdown_manager()
        kill(SIGHUP)
        time.sleep(0.3)
        say("lived on")
    """)
    assert (original.lines, original.status) == ([], 1)
    assert (ours.lines, ours.status) == (["lived on"], 0)


SERVER = """
    # As a worker of gunicorn: SIGTERM asks it to stop after the request that it serves.
    alive = True
    def stop(*_):
        global alive
        alive = False
    signal.signal(SIGTERM, stop)
    def load_application():
        configure_shutdown_manager()
        def application():
            kill(SIGTERM)
            time.sleep(0.3)
            return 200
        return application
    application = load_application()
    while alive and elapsed() < 3:
        try:
            say(application())
        except BaseException as error:
            say(500, type(error).__name__)
            kill = lambda signum: None
            time.sleep(0.1)
    say("stopped by", "the signal" if not alive else "the watchdog")
"""


def test_d15_c27_a_server_that_hosts_the_program_serves_its_request_and_stops() -> None:
    original, ours = run_both(SERVER)
    assert original.lines[0] == "500 SystemExit"
    assert original.lines[-1] == "stopped by the watchdog"
    assert ours.lines == ["200", "stopped by the signal"]
    assert ours.status == 0


def test_d15_c27_a_server_that_raises_its_signal_again_dies_by_it() -> None:
    original, ours = run_both("""
        # As uvicorn: it puts its own handler over what the application has installed, and later raises again what came.
        configure_shutdown_manager()
        came = []
        former = signal.signal(SIGTERM, lambda signum, frame: came.append(signum))
        kill(SIGTERM)
        while not came:
            time.sleep(0.01)
        say("served")
        signal.signal(SIGTERM, former)
        signal.raise_signal(came.pop())
        time.sleep(3)
    """)
    assert original.lines == ours.lines == ["served"]
    assert (original.status, ours.status) == (1, -SIGTERM)


LOOP = """
    import asyncio, logging
    logging.basicConfig(format="%(levelname)s %(name)s")
    async def main():
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        configure_shutdown_manager()
        loop.add_signal_handler(SIGTERM, lambda: (say("the loop's handler"), asked.set()))
        configure_shutdown_manager()
        with ShutdownProtection(30) as block:
            kill(SIGTERM)
            for _ in range(20):
                await asyncio.sleep(0.02)
                block.allow_break()
            say("the block is done")
        await asyncio.wait_for(asked.wait(), 5)
    asyncio.run(main())
    say("lived on")
"""


def test_d16_c8_a_handler_that_is_installed_later_wins_and_the_log_says_so() -> None:
    original, ours = run_both("""
        import logging
        logging.basicConfig(format="%(levelname)s %(name)s")
        configure_shutdown_manager()
        signal.signal(SIGTERM, lambda *_: say("another's handler"))
        try:
            with ShutdownProtection(30):
                kill(SIGTERM)
                # It is noticed when an event of ours comes: an idle process does nothing for us (C25).
                kill(SIGINT)
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("KeyboardInterrupt")
    """)
    assert original.lines == ours.lines == ["another's handler", "KeyboardInterrupt"]
    assert original.stderr == ""
    assert ours.stderr == "WARNING graceful_shutdown\n"


def test_d16_c27_a_handler_that_is_installed_later_can_be_made_a_guest() -> None:
    original, ours = run_both(LOOP)
    # There the second call changes nothing.
    assert original.lines == ["the loop's handler", "the block is done", "lived on"]
    # Here the guest is called when the block has ended.
    assert ours.lines == ["the block is done", "the loop's handler", "lived on"]
    assert ours.stderr == "WARNING graceful_shutdown\n"  # That it stood over ours.
