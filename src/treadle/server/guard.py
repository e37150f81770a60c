"""Rejection of unsafe requests: from foreign pages, to foreign host names, without a size limit.

A page in a browser may send requests to servers on its user's machine or network. Such requests are
recognized by their host name (DNS rebinding) and by the page that they come from.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treadle.addresses import name_host, split_address
from treadle.errors import StoreError
from treadle.server.proxy_headers import host_of
from treadle.server.rejections import TooLargeError, refuse

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OPEN_PATHS: Final = frozenset({"/health", "/healthz"})
_FOREIGN: Final = frozenset({"cross-site", "same-site"})
_CONTENTS: Final = (
    "/api/2.0/mlflow-artifacts/artifacts/",
    "/ajax-api/2.0/mlflow-artifacts/artifacts/",
    "/api/v1/contents/",
    "/api/2.0/mlflow-artifacts/mpu/part/",
)
_JOURNALS: Final = "/api/v1/journals/"
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
MAX_BODY: Final = 32 << 20
"""Maximum bytes of a body, except contents of artifacts and journals."""
MAX_JOURNAL: Final = 128 << 20
"""Maximum bytes of the entries that a journal delivers at once."""


def is_loopback(host: str) -> bool:
    """Return whether a server at this address can be reached from its own machine only."""
    if host in _LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware that checks the host, the origin and the size of every request first.

    Args:
        app: The application that handles accepted requests.
        host: The address that the server listens on.
        names: Other host names of the server; ``*`` for any, behind a proxy that checks them.
        address: The URL by which browsers reach it, if it is known.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        names: Iterable[str] = (),
        address: str = "",
    ) -> None:
        self._app = app
        self._address = split_address(address)
        self._names = _LOOPBACK | {name.lower().rstrip(".") for name in names} | {host.lower()}
        if self._address.hostname:
            self._names |= {self._address.hostname}
        self._is_wide = host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
        if self._is_wide:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = None if scope["path"] in _OPEN_PATHS else self._refuse(scope, headers)
        if refusal is not None:
            status, code, message = refusal
            await refuse(status, code, message)(scope, receive, send)
            return
        most = _most(scope)
        await self._app(scope, receive if most is None else _limit(receive, most), _protect(send))

    def _refuse(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._is_ours(_name_of(host)):
            return (
                403,
                "PERMISSION_DENIED",
                (
                    f"This server does not answer to the host {host[:100]!r}. Start it with "
                    "--allow-host NAME to let it."
                ),
            )
        origin = headers.get("origin")
        if origin is not None and not self._is_own_page(origin, host, host_of(scope)):
            return (
                403,
                "PERMISSION_DENIED",
                (
                    f"Requests from other pages are refused, here from {origin[:100]!r}. Behind a"
                    " proxy, start the server with --allow-host NAME, and let the proxy send"
                    " X-Forwarded-Host."
                ),
            )
        if headers.get("sec-fetch-site") in _FOREIGN and not _is_visit(scope, headers):
            return 403, "PERMISSION_DENIED", "Requests from other pages are refused."
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return 400, "BAD_REQUEST", "The length of the body is not a number."
        most = _most(scope)
        if most is not None and int(length) > most:
            return 413, "BAD_REQUEST", f"The body has more than {most} bytes."
        return None

    def _is_own_page(self, origin: str, host: str, forwarded: str) -> bool:
        """Whether a request comes from a page of this server.

        A page of another server cannot send `X-Forwarded-Host`: browsers ask for permission first,
        and this server never grants it. The host itself has been checked before.
        """
        parts = _read_origin(origin)
        if parts is None:
            return False
        if parts == (self._address.scheme, name_host(self._address)):
            return True
        scheme, name = parts
        if name == _without_port(host, scheme):
            return True
        return name == _without_port(forwarded, scheme) and self._is_ours(_name_of(forwarded))

    def _is_ours(self, name: str) -> bool:
        if name in self._names or "*" in self._names:
            return True
        # An IP address in place of a name cannot have been rebound.
        return self._is_wide and _is_number(name)


def _most(scope: Scope) -> int | None:
    """Return the maximum bytes of a body; None where it is streamed to disk."""
    if scope["method"] == "PUT" and scope["path"].startswith(_CONTENTS):
        return None
    return MAX_JOURNAL if scope["path"].startswith(_JOURNALS) else MAX_BODY


def _limit(receive: Receive, most: int) -> Receive:
    """Limit a body whose length is not declared."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooLargeError
        return message

    return counted


def _protect(send: Send) -> Send:
    """Add security headers to every response."""

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_HEADERS]}
        await send(message)

    return protected


def _name_of(host: str) -> str:
    try:
        name = split_address(f"//{host}").hostname or ""
    except StoreError:
        return ""
    return "" if "@" in host or "/" in host else name.rstrip(".")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _read_origin(origin: str) -> tuple[str, str] | None:
    """Return the scheme and host of an origin, as in `_without_port`; None if it has none."""
    scheme, _, host = origin.partition("://")
    name = _without_port(host, scheme) if scheme in ("http", "https") else ""
    return (scheme, name) if name else None


def _without_port(host: str, scheme: str) -> str:
    """Return a host without its scheme's default port; empty if it is not a valid host."""
    return name_host(split_address(f"{scheme}://{host}")) if _name_of(host) else ""


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Return whether a user follows a link to a page of this server, which is allowed."""
    return (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and not scope["path"].startswith(("/api", "/ajax-api"))
    )
