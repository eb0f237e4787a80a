from graceful_shutdown import manager as manager
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
