"""Browser sessions: a token in a cookie that no script can read and no other page can use."""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

SESSION: Final = "treadle_session"
"""The cookie of the session token."""
ATTEMPT: Final = "treadle_attempt"
"""The cookie that exists while the user is at the identity provider."""
LASTS: Final = 12 * 3600
"""Seconds that a session is valid."""


def session_of(scope: Scope) -> str:
    """Return the session token of a request; empty if it has none.

    A request that changes something has to declare its origin; the guard has checked that it is a
    page of this server.
    """
    headers = Headers(scope=scope)
    if scope["method"] not in ("GET", "HEAD") and "origin" not in headers:
        return ""
    return read_cookie(headers, SESSION)


def read_cookie(headers: Headers, name: str) -> str:
    """Return the value of a cookie; empty if it is missing."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def is_visit(scope: Scope) -> bool:
    """Return whether a request opens a page, and can be redirected to sign in."""
    is_page = scope["method"] == "GET" and not scope["path"].startswith(("/api/", "/ajax-api/"))
    return is_page and "text/html" in Headers(scope=scope).get("accept", "")
