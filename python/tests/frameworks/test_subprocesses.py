"""Programs that a protected program starts are as without us: neither our handlers nor a mask reach them."""

from __future__ import annotations

import os
import sys
from signal import SIGINT, SIGTERM

import pytest

from program import Place, program

SHOW = "['grep', '-E', '^Sig(Blk|Ign|Cgt)', '/proc/self/status']"

WAYS = {
    "run": f"sys.stdout.write(subprocess.run({SHOW}, stdout=subprocess.PIPE, text=True).stdout)",
    "signals not restored": (
        f"sys.stdout.write(subprocess.run({SHOW}, stdout=subprocess.PIPE, text=True, restore_signals=False).stdout)"
    ),
    "preexec_fn": (
        f"sys.stdout.write(subprocess.run({SHOW}, stdout=subprocess.PIPE, text=True, preexec_fn=os.getpid).stdout)"
    ),
    "system": "os.system(\"grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status\")",
    "posix_spawn": f"os.waitpid(os.posix_spawnp('grep', {SHOW}, os.environ), 0)",
    "thread": (f"thread = threading.Thread(target=lambda: subprocess.run({SHOW})); thread.start(); thread.join()"),
}

WHERE = {
    "without": "{}",
    "configured": "configure_shutdown_manager()\n{}",
    "in a block": "with ShutdownProtection(60):\n    {}",
    "while pending": (
        "with ShutdownProtection(60):\n    request_shutdown()\n    {}\n    sys.stdout.flush()\n    cancel_shutdown()"
    ),
    "before termination": (
        "def before():\n    {}\n    sys.stdout.flush()\n    os._exit(0)\n"
        "configure_shutdown_manager(before_termination=before)\nrequest_shutdown()"
    ),
}


def shown(way: str, where: str) -> str:
    package = "" if where == "without" else "from graceful_shutdown import *\n"
    code = f"import os, subprocess, sys, threading\n{package}{WHERE[where].format(WAYS[way])}\n"
    with program(sys.executable, "-c", code) as parent:
        end = parent.end()
    assert (end.status, end.stderr) == (0, "")
    return end.stdout


@pytest.mark.parametrize("way", WAYS)
def test_c8_a_child_has_the_masks_and_handlers_that_it_has_without_us(way: str) -> None:
    without = shown(way, "without")
    assert without.count("Sig") == 3
    for where in WHERE:
        assert shown(way, where) == without, where


@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c4_a_child_dies_of_a_signal_to_the_group_while_the_parents_block_goes_on(signum: int) -> None:
    code = """
import subprocess, sys
from graceful_shutdown import *
with ShutdownProtection(60) as block:
    child = subprocess.Popen(["sleep", "60"])
    print("started", child.pid, flush=True)
    print("child", child.wait(), flush=True)
    print("pending", wait(60), flush=True)
    print("next", subprocess.run([sys.executable, "-c", "print('works')"], stdout=subprocess.PIPE).stdout, flush=True)
    block.allow_break()
    print("torn", flush=True)
"""
    with program(sys.executable, "-c", code) as parent:
        parent.expect(r"started \d+\n")
        parent.signal_group(signum)
        end = parent.end()
    assert end.stdout.splitlines()[1:] == [f"child -{int(signum)}", "pending True", r"next b'works\n'"]
    assert end.status == -signum


def test_c4_communicate_in_a_block_is_not_disturbed(place: Place) -> None:
    """What the parent alone is told tears nothing from the child's pipes."""
    go = str(place.path / "go")
    child = f"import os, time\nwhile not os.path.exists({go!r}): time.sleep(0.01)\nprint('x' * 100000)"
    code = f"""
import subprocess, sys
from graceful_shutdown import *
with ShutdownProtection(60):
    child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    print("started", flush=True)
    out, err = child.communicate(timeout=60)
    print("got", len(out), len(err), child.returncode, is_shutdown_requested(), flush=True)
"""
    with program(sys.executable, "-c", code) as parent:
        parent.expect("started\n")
        os.kill(parent.pid, SIGTERM)
        place.go()
        end = parent.end()
    assert end.stdout == "started\ngot 100001 0 0 True\n"
    assert (end.status, end.stderr) == (-SIGTERM, "")
