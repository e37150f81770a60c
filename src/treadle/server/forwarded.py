"""Where clients find this server behind a proxy, by what the proxy says of it.

A caller may claim anything here: what follows from it goes to that caller alone.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

__all__ = ["address_of", "host_of", "is_prefix", "prefix_of"]

_PREFIX: Final = re.compile(r"(/[\w.~!$&'()*+,;=:@%-]+)+", re.ASCII)
_HOST: Final = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)


def prefix_of(scope: Scope) -> str:
    """Return the path under which the server is found, such as ``/ml/flow``; empty for the root."""
    given = _first(scope, "x-forwarded-prefix").rstrip("/")
    return given if is_prefix(given) else ""


def is_prefix(path: str) -> bool:
    """Whether a server can be found under a path, which is empty for the root."""
    return not path or bool(_PREFIX.fullmatch(path) and ".." not in path)


def host_of(scope: Scope) -> str:
    """Return the host, with its port if it has one, that the client asked a proxy for; or empty."""
    host = _first(scope, "x-forwarded-host")
    return host if _HOST.fullmatch(host) else ""


def address_of(scope: Scope) -> str:
    """Return the address under which the server is found, with its path and without a ``/``."""
    scheme = _first(scope, "x-forwarded-proto").lower() or scope.get("scheme", "http")
    host = host_of(scope) or Headers(scope=scope)["host"]
    return f"{'https' if scheme == 'https' else 'http'}://{host}{prefix_of(scope)}"


def _first(scope: Scope, name: str) -> str:
    """Return what the outermost of several proxies said."""
    return Headers(scope=scope).get(name, "").partition(",")[0].strip()
