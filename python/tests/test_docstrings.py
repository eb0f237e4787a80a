"""What `help()` shows: every public name, its arguments, and the units of those that are times."""

from __future__ import annotations

import inspect
import pydoc

import pytest

import graceful_shutdown
from graceful_shutdown import OpenBlock, ShutdownEvent, ShutdownProtection

PUBLIC = graceful_shutdown.__all__
SIGNATURES = {
    "ShutdownProtection": "(max_exec_time=None, run_at_exit=False, *, name=None, drain_time=None)",
    "cancel_shutdown": "()",
    "configure_shutdown_manager": "(terminate_on_logoff=None, terminate_on_hup=None, max_exec_time=None, "
    "max_attempts=None, before_termination=None, before_hup=None, *, exit_status=None, force_exit_after=None)",
    "is_shutdown_requested": "()",
    "open_blocks": "()",
    "request_shutdown": "()",
    "restore_handlers": "()",
    "wait": "(seconds)",
}
METHODS = ["__enter__", "__exit__", "__aenter__", "__aexit__", "allow_break", "renew"]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_docstring(name: str) -> None:
    doc = inspect.getdoc(getattr(graceful_shutdown, name))
    assert doc and doc[0].isupper() and doc.rstrip().endswith((".", ")", "?"))


def test_the_module_lists_what_it_has_and_help_shows_all_of_it() -> None:
    shown = pydoc.plain(pydoc.render_doc(graceful_shutdown))
    assert "with ShutdownProtection(4) as block:" in shown
    for name in PUBLIC:
        assert name in shown
    assert [name for name in dir(graceful_shutdown) if not name.startswith("_") and name != "manager"] == sorted(PUBLIC)


@pytest.mark.parametrize(("name", "signature"), SIGNATURES.items())
def test_the_signature_is_shown_and_every_argument_is_described(name: str, signature: str) -> None:
    found = inspect.signature(getattr(graceful_shutdown, name))
    assert str(found) == signature
    doc = inspect.getdoc(getattr(graceful_shutdown, name)) or ""
    for argument in found.parameters:
        assert argument in doc or (name, argument) == ("wait", "seconds")
    if {"max_exec_time", "seconds"} & set(found.parameters):
        assert "seconds" in doc and "timedelta" in doc


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_a_block_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(getattr(ShutdownProtection, name))


def test_the_signatures_of_the_blocks_methods_are_shown() -> None:
    assert str(inspect.signature(ShutdownProtection.allow_break)) == "(self, /, renew=True)"
    assert str(inspect.signature(ShutdownProtection.renew)) == "(self, /, max_exec_time=None)"
    assert "renew" in (ShutdownProtection.allow_break.__doc__ or "")
    assert "seconds" in (ShutdownProtection.renew.__doc__ or "")


@pytest.mark.parametrize("kind", [ShutdownProtection, OpenBlock, ShutdownEvent])
def test_every_property_has_a_docstring_and_a_time_its_unit(kind: type) -> None:
    properties = {name: member for name, member in vars(kind).items() if inspect.isgetsetdescriptor(member)}
    assert properties
    for name, member in properties.items():
        doc = inspect.getdoc(member)
        assert doc, name
        if name in {"max_exec_time", "drain_time", "age", "remaining"}:
            assert "econds" in doc, name
