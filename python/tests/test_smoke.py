"""The package does what its first page says."""

from signal import SIGTERM

from victim import start


def test_c4_c9_a_signal_waits_for_the_breakpoint() -> None:
    victim = start("""
        try:
            with ShutdownProtection(4) as block:
                say("inside")
                while not is_shutdown_requested():
                    time.sleep(0.01)
                say("undisturbed")
                block.allow_break()
                say("not reached")
        except SystemExit as end:
            say("told", end.code, end.event)
            raise
    """)
    victim.expect("inside")
    victim.signal(SIGTERM)
    end = victim.end()
    assert end.lines == ["inside", "undisturbed", "told 143 SIGTERM"]
    assert end.status == -SIGTERM
    assert end.stderr == ""
