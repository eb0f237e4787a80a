"""The names of 0.1.2, for programs that import them from here. Deprecated: import from `graceful_shutdown`.

`ShutdownProtection` and `configure_shutdown_manager` are those of the package. What the others stand for, each says.
"""

from __future__ import annotations

import itertools
import logging
import os
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, SupportsFloat, TypeVar, cast, overload

from graceful_shutdown import (
    ShutdownInterrupt,
    ShutdownProtection,
    configure_shutdown_manager,
    is_shutdown_requested,
)

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "HaltProtectedBlockException",
    "ProtectedBlock",
    "ShutdownImminentException",
    "ShutdownManager",
    "ShutdownProtection",
    "configure_shutdown_manager",
]

warnings.warn(
    "graceful_shutdown.manager is the module of 0.1.2: import from graceful_shutdown", DeprecationWarning, stacklevel=2
)

_Value = TypeVar("_Value")

HaltProtectedBlockException = ShutdownInterrupt
"""What a thread meets at a breakpoint. The main thread meets SystemExit or KeyboardInterrupt."""

ShutdownImminentException = ShutdownInterrupt
"""What a thread meets that starts a block while a shutdown is pending. The main thread meets SystemExit or
KeyboardInterrupt."""


class _AnyBlock(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, ShutdownProtection)


class ProtectedBlock(ShutdownProtection, metaclass=_AnyBlock):
    """What `with ShutdownProtection() as block` gives; or a block that is started and ended by calls."""

    def protect(self) -> None:
        """Starts the block."""
        self.__enter__()

    def unprotect(self) -> None:
        """Ends the block: a breakpoint. Of a block that has ended: nothing."""
        self.__exit__(None, None, None)


class _Setting(Generic[_Value]):
    """An attribute of the manager that is an argument of `configure_shutdown_manager`."""

    def __init__(self, argument: str, value: _Value) -> None:
        self.argument = argument
        self.value = value

    @overload
    def __get__(self, manager: None, owner: type[ShutdownManager]) -> Self: ...
    @overload
    def __get__(self, manager: ShutdownManager, owner: type[ShutdownManager]) -> _Value: ...
    def __get__(self, manager: ShutdownManager | None, owner: type[ShutdownManager]) -> Self | _Value:
        return self if manager is None else self.value

    def __set__(self, manager: ShutdownManager, value: _Value) -> None:
        # None is no callback there; as an argument it would keep the one that is.
        configure_shutdown_manager(**cast("dict[str, Any]", {self.argument: False if value is None else value}))
        self.value = value


class ShutdownManager:
    """The manager, of which there is one: an instance is made where the handlers are to be installed.

    Its attributes are arguments of `configure_shutdown_manager`, and show what was set through them. 0.1.2 had it
    injected by `autoinject`, which this package does without.
    """

    terminate_on_logoff = _Setting("terminate_on_logoff", True)
    terminate_on_hup = _Setting("terminate_on_hup", True)
    default_max_exec_time = _Setting[SupportsFloat | timedelta]("max_exec_time", 4.5 if os.name == "nt" else 89.5)
    max_termination_attempts = _Setting("max_attempts", 3)
    before_termination = _Setting[Callable[[], object] | None]("before_termination", None)
    hup_handler = _Setting[Callable[[], object] | None]("before_hup", None)
    log = logging.getLogger("graceful_shutdown")

    _blocks: ClassVar[dict[str, ShutdownProtection]] = {}
    _keys = itertools.count(1)

    def __init__(self) -> None:
        configure_shutdown_manager()

    def register_block(self, max_exec_time: SupportsFloat | timedelta | None = None, run_at_exit: bool = False) -> str:
        """Starts a block; the key is for the other two."""
        block = ShutdownProtection(max_exec_time, run_at_exit)
        block.__enter__()
        key = str(next(self._keys))
        self._blocks[key] = block
        return key

    def renew_block(self, key: str, max_exec_time: SupportsFloat | timedelta | None = None) -> None:
        """Gives the block its time again, or this time, in seconds or as a timedelta."""
        self._blocks[key].renew(max_exec_time)

    def unregister_block(self, key: str) -> None:
        """Ends the block: a breakpoint. Of a key that is not known: nothing."""
        block = self._blocks.pop(key, None)
        if block is not None:
            block.__exit__(None, None, None)

    def check_break(self) -> bool:
        """Is a shutdown pending?"""
        return is_shutdown_requested()
