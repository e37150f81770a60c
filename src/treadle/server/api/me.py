"""The operation of the native API that returns what a page has to know about its user."""

from typing import Literal

import msgspec

from treadle._version import __version__
from treadle.records import Role
from treadle.server.caller import Caller
from treadle.server.operation import operation


class AskMe(msgspec.Struct, frozen=True, kw_only=True):
    """A request for the caller and the server."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of a request, and the server."""

    name: str
    """Name of the account; empty on a server without accounts."""
    role: Role
    """Role where no experiment or model has its own; without accounts, everyone is an admin."""
    is_known: bool
    """Whether the caller has an account."""
    may_edit: bool
    """Whether the caller may change anything here."""
    version: str
    """Version of Treadle on the server."""
    store: Literal["sqlite", "postgresql"]
    has_sign_out: bool
    """Whether the caller can sign out, with a POST to ``/sign-out``."""


@operation("GET", "me")
def get(caller: Caller, ask: AskMe) -> Me:
    """Return the caller, their role, and the version and database of the server."""
    principal, kind = caller.principal, caller.store.location.kind
    return Me(
        name=principal.name,
        role=principal.role,
        is_known=bool(principal.name),
        may_edit=principal.may_somewhere("editor"),
        version=__version__,
        store="postgresql" if kind == "postgresql" else "sqlite",
        has_sign_out=caller.has_sign_in and bool(principal.name),
    )
