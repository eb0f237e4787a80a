"""C23 by way of `subprocess`, `multiprocessing` and process pools."""

import textwrap
from pathlib import Path
from signal import SIGINT

import pytest

from cases import End, check, run, start


def test_subprocesses_are_as_without_us() -> None:
    end = run("""
        import subprocess
        with ShutdownProtection(5):
            code = "from signal import *; print([getsignal(n) for n in (1, 3, 15)] == [SIG_DFL] * 3, "
            code += "getsignal(2) is default_int_handler)"
            say(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip())
            say(subprocess.run(["sh", "-c", "kill -TERM $$; echo lives"], capture_output=True).returncode)
            with open("/proc/self/status") as status:
                mine = [line for line in status if line.startswith(("SigBlk", "SigIgn"))]
            command = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
            theirs = subprocess.run(command, capture_output=True, text=True).stdout
            say([line.split()[1] for line in theirs.splitlines()][0])
            say(subprocess.run(["sleep", "9"], timeout=None, preexec_fn=lambda: signal.alarm(1)).returncode)
    """)
    check(end, 0, ["True True", "-15", "0000000000000000", "-14"])


def test_a_group_signal_ends_the_child_and_waits_in_the_parent() -> None:
    victim = start("""
        import subprocess
        os.setpgid(0, 0)
        with ShutdownProtection(20):
            child = subprocess.Popen(["sleep", "20"], stdout=subprocess.DEVNULL)
            os.killpg(0, SIGINT)
            say("child", child.wait())
    """)
    check(victim.end(), -SIGINT, ["child -2"], "KeyboardInterrupt")


POOL = """
import os, signal, sys, time, threading
from graceful_shutdown import *
def job(number):
    with ShutdownProtection(20) as block:
        block.allow_break()
        time.sleep(0.01)
        return number * number
def long(path):
    with ShutdownProtection(20):
        with open(path, "w") as file:
            file.write("begun")
        time.sleep(0.7)
        with open(path, "w") as file:
            file.write("saved")
def interrupted(_):
    with ShutdownProtection(20) as block:
        os.kill(os.getpid(), signal.SIGTERM)
        while not is_shutdown_requested():
            pass
        block.allow_break()
"""


def script(tmp_path: Path, text: str) -> End:
    """From a file: what spawns imports it."""

    file = tmp_path / "pooled.py"
    file.write_text(POOL + 'if __name__ == "__main__":\n' + textwrap.indent(textwrap.dedent(text), "    "))
    return run(f"""
        import subprocess
        done = subprocess.run([sys.executable, {str(file)!r}], cwd={str(tmp_path)!r}, capture_output=True, text=True)
        say(done.returncode, *done.stdout.split())
        sys.stderr.write(done.stderr)
    """)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_terminate_waits_for_the_child_s_block(method: str, tmp_path: Path) -> None:
    """D12: a child of `multiprocessing` that is told to stop finishes its block, and then stops."""
    end = script(
        tmp_path,
        f"""
        import multiprocessing
        context = multiprocessing.get_context("{method}")
        with ShutdownProtection(20):
            process = context.Process(target=long, args=("state",))
            process.start()
            while not os.path.exists("state"):
                time.sleep(0.01)
            process.terminate()
            process.join(10)
            print(process.exitcode, open("state").read(), is_shutdown_requested())
    """,
    )
    # `multiprocessing` itself makes a status of the SystemExit, and leaves by `os._exit`.
    check(end, 0)
    assert end.lines in (["0 -15 saved False"], ["0 143 saved False"]), end


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process_pools_work_inside_and_outside_blocks(method: str, tmp_path: Path) -> None:
    end = script(
        tmp_path,
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        context = multiprocessing.get_context("{method}")
        with ShutdownProtection(20), context.Pool(2) as pool:
            print(sum(pool.map(job, range(10))))
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            print(sum(pool.map(job, range(10))))
            pool.submit(job, 3).result()
    """,
    )
    check(end, 0, ["0 285 285"])


def test_a_child_of_a_process_pool_that_is_told_to_stop_breaks_the_pool_and_hangs_nothing(tmp_path: Path) -> None:
    end = script(
        tmp_path,
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as pool:
            try:
                pool.submit(interrupted, 1).result(15)
            except BaseException as error:
                print(type(error).__name__, getattr(error, "code", "-"))
        print(is_shutdown_requested())
    """,
    )
    assert end.status == 0 and end.lines[0].startswith("0 ") and end.lines[0].endswith(" False"), end
