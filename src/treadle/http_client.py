"""A connection to one HTTP server, by the standard library's client.

It follows no redirect, so that credentials and data reach only the server that they are for, and
uses no proxy. An identity provider, which may be reachable only through the network's proxy, is
asked through urllib instead.
"""

import http.client
import shutil
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

OK: Final = 200
_BLOCK: Final = 1 << 20


class NoResponseError(Exception):
    """There is no whole response. The message is the reason."""


class HttpConnection:
    """A connection that stays open between requests. Used by one thread at a time.

    Args:
        scheme: ``http`` or ``https``.
        host: The server.
        port: Its port; by default, that of the scheme.
        timeout: Seconds for each network operation.
        connected: A socket that is connected to the server already; only this one is used.
        needs_length: Whether a response without a length was cut short: the headers may have been,
            which the library treats as their end.
    """

    def __init__(
        self,
        scheme: str,
        host: str,
        port: int | None,
        timeout: float,
        *,
        connected: socket.socket | None = None,
        needs_length: bool = False,
    ) -> None:
        self._needs_length = needs_length
        if scheme == "https":
            context = ssl.create_default_context()
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=timeout, context=context
            )
            if connected is not None:
                connected = context.wrap_socket(connected, server_hostname=host)
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        if connected is not None:
            self._connection.sock = connected
            self._connection.auto_open = 0

    @property
    def is_open(self) -> bool:
        """Whether an earlier request left it open; the server may have closed it meanwhile."""
        return self._connection.sock is not None

    def exchange(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        limit: int | None = None,
        into: Path | None = None,
    ) -> tuple[int, bytes]:
        """Send a request; return the status and the content of the response.

        Args:
            method: The HTTP method.
            target: The path and the query.
            body: Bytes, or a file that is sent from its beginning.
            headers: The headers of the request.
            timeout: Seconds for each network operation, from now on.
            limit: The number of bytes after which the rest of the content is ignored.
            into: A file that receives the content of a successful response, of any length.

        Raises:
            NoResponseError: The connection is closed; the next request opens a new one.
        """
        if timeout is not None:
            self._connection.timeout = timeout
            if self._connection.sock is not None:
                self._connection.sock.settimeout(timeout)
        try:
            if hasattr(body, "seek"):
                body.seek(0)
            self._connection.request(method, target, body, dict(headers or {}))
            response = self._connection.getresponse()
            if self._needs_length and response.length is None and not response.chunked:
                raise http.client.HTTPException("the answer was cut short")  # noqa: TRY301
            if into is None or response.status != OK:
                content = response.read(limit)
                if not response.isclosed():  # the rest must not be read as the next response
                    self.close()
                return response.status, content
            _receive(response, into)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise NoResponseError(reason) from error
        return response.status, b""

    def close(self) -> None:
        """Close it; the next request opens it again."""
        self._connection.close()


def _receive(response: http.client.HTTPResponse, path: Path) -> None:
    """Write a response to a file.

    Raises:
        IncompleteRead: It ended too early.
    """
    with path.open("wb") as file:
        shutil.copyfileobj(response, file, _BLOCK)
    if response.length:  # bytes that are missing, if the response declared its length
        raise http.client.IncompleteRead(b"", response.length)
