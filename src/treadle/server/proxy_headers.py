"""The address by which clients reach this server through a proxy, from the proxy's headers.

A client may claim anything here: the result is used only in responses to that client.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

_PREFIX: Final = re.compile(r"(/[\w.~!$&'()*+,;=:@%-]+)+", re.ASCII)
_HOST: Final = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)


def prefix_of(scope: Scope) -> str:
    """Return the path prefix of the server, such as ``/ml/flow``; empty for the root."""
    given = _first(scope, "x-forwarded-prefix").rstrip("/")
    return given if is_prefix(given) else ""


def is_prefix(path: str) -> bool:
    """Whether a path can be the prefix of a server; the empty path is the root."""
    return not path or bool(_PREFIX.fullmatch(path) and ".." not in path)


def host_of(scope: Scope) -> str:
    """Return the host, and port if any, that the client requested from a proxy; or empty."""
    host = _first(scope, "x-forwarded-host")
    return host if _HOST.fullmatch(host) else ""


def address_of(scope: Scope) -> str:
    """Return the server's URL with its path prefix, without a trailing ``/``."""
    scheme = _first(scope, "x-forwarded-proto").lower() or scope.get("scheme", "http")
    host = host_of(scope) or Headers(scope=scope)["host"]
    return f"{'https' if scheme == 'https' else 'http'}://{host}{prefix_of(scope)}"


def _first(scope: Scope, name: str) -> str:
    """Return the value that the outermost of several proxies set."""
    return Headers(scope=scope).get(name, "").partition(",")[0].strip()
