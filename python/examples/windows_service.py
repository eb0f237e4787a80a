r"""A Windows service that is not torn in the middle of its work when it is told to stop, by the standard library.

    sc.exe create transfers binPath= "C:\path\to\python.exe C:\path\to\windows_service.py C:\path\to\ledger.txt"
    sc.exe start transfers
    sc.exe stop transfers

The main thread works, since it is the one that is told of the end. Another one is the manager's.
"""

from __future__ import annotations

import sys
import threading
import time

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager, request_shutdown, wait

if sys.platform != "win32":
    sys.exit("services like this one are of Windows")

import ctypes
from ctypes import wintypes

NAME = "transfers"
DRAIN = 8.0
"""Seconds that the work may go on after the stop. When the machine is shut down, Windows leaves a service less."""

OWN_PROCESS = 0x10
STOPPED, STOP_PENDING, RUNNING = 1, 3, 4
CONTROL_STOP, CONTROL_INTERROGATE, CONTROL_PRESHUTDOWN = 1, 4, 15
ACCEPT_STOP, ACCEPT_PRESHUTDOWN = 1, 0x100
NOT_IMPLEMENTED = 120

advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
advapi32.RegisterServiceCtrlHandlerExW.restype = wintypes.HANDLE
ServiceMain = ctypes.WINFUNCTYPE(None, wintypes.DWORD, ctypes.POINTER(wintypes.LPWSTR))
Control = ctypes.WINFUNCTYPE(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.LPVOID)


class Entry(ctypes.Structure):
    _fields_ = (("name", wintypes.LPWSTR), ("main", ServiceMain))


class Status(ctypes.Structure):
    _fields_ = tuple((name, wintypes.DWORD) for name in ("type", "state", "accepted", "code", "own", "step", "hint"))


manager = wintypes.HANDLE()
registered = threading.Event()


def report(state: int, code: int = 0) -> None:
    accepted = ACCEPT_STOP | ACCEPT_PRESHUTDOWN if state == RUNNING else 0
    # The manager waits so long for the next report.
    hint = int(2000 * DRAIN) if state == STOP_PENDING else 0
    advapi32.SetServiceStatus(manager, ctypes.byref(Status(OWN_PROCESS, state, accepted, code, 0, 0, hint)))


@Control
def control(what: int, _kind: int, _data: int, _context: int) -> int:
    if what in (CONTROL_STOP, CONTROL_PRESHUTDOWN):
        # First this: the service may have stopped when the request returns.
        report(STOP_PENDING)
        request_shutdown()
    return 0 if what in (CONTROL_STOP, CONTROL_INTERROGATE, CONTROL_PRESHUTDOWN) else NOT_IMPLEMENTED


@ServiceMain
def service_main(_count: int, _words: object) -> None:
    manager.value = advapi32.RegisterServiceCtrlHandlerExW(NAME, control, None)
    registered.set()


def dispatch() -> None:
    """Lends its thread to the manager until the service has stopped."""
    table = (Entry * 2)(Entry(NAME, service_main))
    advapi32.StartServiceCtrlDispatcherW(table)


def transfer(path: str) -> None:
    with open(path, "a", encoding="utf-8") as ledger:
        print("row written", file=ledger, flush=True)
        time.sleep(2)  # These two belong together: a stop waits for the second one.
        print("receipt moved", file=ledger, flush=True)


def main() -> None:
    # A user who logs off is none of a service's business.
    configure_shutdown_manager(terminate_on_logoff=False)
    threading.Thread(target=dispatch, daemon=True).start()
    if not registered.wait(10):
        sys.exit("the manager of services has not started this")
    code = 1
    try:
        with ShutdownProtection(drain_time=DRAIN):  # Around all of the work; behind it comes `SystemExit`.
            report(RUNNING)
            while not wait(1):
                transfer(sys.argv[1])
    except SystemExit:
        code = 0
        raise
    finally:
        report(STOPPED, code)


if __name__ == "__main__":
    main()
