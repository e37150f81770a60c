"""How a browser stays signed in: a token in a cookie, which no script can read and no other page can use."""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

__all__ = ["ATTEMPT", "LASTS", "SESSION", "is_visit", "read_cookie", "session_of"]

SESSION: Final = "treadle_session"
"""The cookie that has the token."""
ATTEMPT: Final = "treadle_attempt"
"""The cookie that is there while somebody is at the identity provider."""
LASTS: Final = 12 * 3600
"""Seconds that somebody stays signed in."""


def session_of(scope: Scope) -> str:
    """Give the token of a browser that asks, empty where it has none.

    What changes something has to say which page it comes from; the guard has seen that this is one of ours.
    """
    headers = Headers(scope=scope)
    if scope["method"] not in ("GET", "HEAD") and "origin" not in headers:
        return ""
    return read_cookie(headers, SESSION)


def read_cookie(headers: Headers, name: str) -> str:
    """Give the value of a cookie, empty where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def is_visit(scope: Scope) -> bool:
    """Tell whether somebody looks at a page, and can be sent to another one to sign in."""
    is_page = scope["method"] == "GET" and not scope["path"].startswith(("/api/", "/ajax-api/"))
    return is_page and "text/html" in Headers(scope=scope).get("accept", "")
