"""Being told to stop never tears what a program is doing.

from graceful_shutdown import ShutdownProtection

with ShutdownProtection(4) as block:
    ...                  # SIGINT, SIGTERM, SIGQUIT and SIGHUP wait, for 4 seconds at the most
    block.allow_break()  # here the program may be stopped; if not, the block has 4 seconds again
    ...
"""

from graceful_shutdown._native import (
    OpenBlock,
    ShutdownEvent,
    ShutdownInterrupt,
    ShutdownProtection,
    cancel_shutdown,
    configure_shutdown_manager,
    is_shutdown_requested,
    open_blocks,
    request_shutdown,
    restore_handlers,
    wait,
)
from graceful_shutdown._native import __version__ as __version__

__all__ = [
    "OpenBlock",
    "ShutdownEvent",
    "ShutdownInterrupt",
    "ShutdownProtection",
    "cancel_shutdown",
    "configure_shutdown_manager",
    "is_shutdown_requested",
    "open_blocks",
    "request_shutdown",
    "restore_handlers",
    "wait",
]


def __getattr__(name: str) -> object:
    """`graceful_shutdown.manager`, which 0.1.2 imported by itself, is imported when it is asked for."""
    if name == "manager":
        import importlib

        return importlib.import_module("graceful_shutdown.manager")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
