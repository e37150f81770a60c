"""Guards the user's password for PostgreSQL from servers that only a project names."""

import os
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

_NEVER_IN_CLEAR: Final = "!password"
_GUARDING: Final = 160_000  # the version of libpq from which it can be told how to sign in


def guard_password(uri: str, *, is_named: bool) -> Mapping[str, Any]:
    """Return the settings of a connection by which ``PGPASSWORD`` is not sent in clear.

    How a password is sent is the choice of the server, and one that only the settings of a project
    name must not choose to get it in clear. A libpq that cannot be told that gets no password.

    Args:
        uri: The address of the database.
        is_named: Whether the user names it. To a program that it starts, Treadle says by
            ``PGREQUIREAUTH`` that the user does not; a libpq before 16 ignores that.
    """
    required = os.environ.get("PGREQUIREAUTH")
    is_trusted = is_named and required != _NEVER_IN_CLEAR
    if is_trusted or "PGPASSWORD" not in os.environ or "password" in conninfo_to_dict(uri):
        return {}
    if psycopg.pq.version() < _GUARDING:
        return {"password": ""}
    return {} if required else {"require_auth": _NEVER_IN_CLEAR}


def explain_guards(guards: Mapping[str, Any], error: Exception) -> str:
    """Return what to do about a connection that failed for its guards; else nothing."""
    if "require_auth" in guards and "require" in str(error):
        how = " in clear"
        why = ""
    elif "password" in guards and "password" in str(error):
        how = ""
        why = f": libpq {psycopg.pq.version() // 10_000} might send it in clear, 16 would not"
    else:
        return ""
    return (
        f"PGPASSWORD is not sent{how} to a server that only the settings of the project name{why}."
        " If you trust it, name it by TREADLE_STORE or --store."
    )
