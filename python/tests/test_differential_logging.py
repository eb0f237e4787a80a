"""D24: what can be asserted of it. Type hints, and no logging in handlers, on 0.1.2 and here."""

from __future__ import annotations

from signal import SIGTERM

from pair import needs_original, run_both

pytestmark = needs_original


def test_d24_nothing_is_logged_where_the_signal_has_interrupted_the_program() -> None:
    original, ours = run_both("""
        import logging
        writing = set()
        class Handler(logging.Handler):
            def emit(self, record):
                me = threading.get_ident()
                if me in writing:
                    say("reentered by", record.name)
                    return
                writing.add(me)
                if record.name == "program":
                    kill(SIGTERM)
                    time.sleep(0.3)
                writing.discard(me)
        logging.basicConfig(level=logging.DEBUG, handlers=[Handler()])
        with ShutdownProtection(30):
            logging.getLogger("program").info("the signal comes while this is written")
            say("written")
    """)
    assert original.lines[0] == "reentered by graceful_shutdown"
    assert ours.lines == ["written"]
    assert ours.status == -SIGTERM


def test_d24_what_holds_the_end_is_logged_all_the_same() -> None:
    original, ours = run_both("""
        import logging
        logged = threading.Event()
        class Handler(logging.StreamHandler):
            def emit(self, record):
                super().emit(record)
                logged.set()
        handler = Handler()
        handler.setFormatter(logging.Formatter("%(name)s %(threadName)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        with ShutdownProtection(30):
            kill(SIGTERM)
            logged.wait(15)
    """)
    # There by the main thread, in its signal handler.
    assert set(original.stderr.splitlines()) == {"graceful_shutdown MainThread"}
    (line,) = ours.stderr.splitlines() or [""]
    assert line.startswith("graceful_shutdown ") and "MainThread" not in line, ours


def test_d24_the_package_has_type_hints() -> None:
    original, ours = run_both("""
        import graceful_shutdown
        from pathlib import Path
        package = Path(graceful_shutdown.__file__).parent
        say((package / "py.typed").exists(), (package / "__init__.pyi").exists())
    """)
    assert original.lines == ["False False"]
    assert ours.lines == ["True True"]
