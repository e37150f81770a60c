"""Persistent connection to a Treadle server, by the standard library's HTTP client."""

import contextlib
import time
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from treadle import errors
from treadle._version import __version__
from treadle.addresses import split_address
from treadle.errors import AccessError, ConflictError, StoreError, StoreUnreachableError
from treadle.http_client import OK, HttpConnection, NoResponseError
from treadle.store.http.credentials import Credentials

_PATIENCE: Final = 5.0  # seconds to connect, and for the response to a small request
_MSGPACK: Final = "application/msgpack"
_REMEMBER: Final = 60.0  # seconds for which the timeout of a server that did not respond is short
_SHORT: Final = 1.0
_silent: dict[str, float] = {}  # time of the last timeout by server: a process waits only once
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AWAY: Final = frozenset({408, 425, 429, 502, 503, 504})


class _Problem(msgspec.Struct):
    error: str = ""
    message: str = ""
    hint: str = ""


class UnknownUserError(AccessError):
    """The server does not accept the credentials."""


class ServerConnection:
    """Connection to a server. Used by one thread at a time.

    It never follows redirects: the credentials are for this server only.

    Args:
        address: Such as ``http://127.0.0.1:5000``.
        credentials: The credentials to send.
    """

    def __init__(self, address: str, credentials: Credentials) -> None:
        parts = split_address(address)
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._path = parts.path.rstrip("/")
        self._headers = {"accept": _MSGPACK, "user-agent": f"treadle/{__version__}"}
        self._credentials = credentials
        if credentials.header:
            self._headers["authorization"] = credentials.header
        self._connection = HttpConnection(
            parts.scheme, parts.hostname or "", parts.port, _PATIENCE, needs_length=True
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        content_type: str = _MSGPACK,
        timeout: float = _PATIENCE,
    ) -> bytes:
        """Send a request and return the response; retry it once if a kept connection was closed.

        All requests of Treadle are safe to repeat.

        Args:
            method: The HTTP method.
            path: The path after ``/api/v1``.
            query: The parameters of the query string.
            body: Bytes, or a file that is sent from its beginning.
            content_type: The media type of the body.
            timeout: Seconds for each network operation.

        Raises:
            StoreUnreachableError: There is no response, or the server asks to retry later.
            UnknownUserError: The server does not know this user.
            AccessError: The user lacks the permission.
            TreadleError: The server reports another error.
        """
        target = f"{self._path}/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        headers = dict(self._headers)
        if body is not None:
            headers["content-type"] = content_type
        if time.monotonic() - _silent.get(self.address, -_REMEMBER) < _REMEMBER:
            timeout = min(timeout, _SHORT)
        attempts = 2 if self._connection.is_open else 1  # a server closes idle connections
        for attempt in range(attempts):
            try:
                status, answer = self._connection.exchange(
                    method, target, body, headers, timeout=timeout
                )
                break
            except NoResponseError as error:
                if attempt == attempts - 1:
                    raise self._unreachable(error) from error
        _silent.pop(self.address, None)
        if status != OK:
            raise self._explain(status, answer)
        return answer

    def _unreachable(self, error: NoResponseError) -> StoreUnreachableError:
        now = time.monotonic()
        if now - _silent.get(self.address, -_REMEMBER) >= _REMEMBER:
            # Not after a short timeout: a slow server gets the long timeout once a minute.
            _silent[self.address] = now
        return StoreUnreachableError(
            f"The server {self.address} does not answer: {error}.",
            hint="Does it run, and is the address right?",
        )

    def _explain(self, status: int, answer: bytes) -> StoreError | ConflictError:
        problem = _Problem()
        with contextlib.suppress(msgspec.MsgspecError):
            problem = msgspec.json.decode(answer, type=_Problem)
        message = problem.message or f"The server {self.address} answers with status {status}."
        if status in _AWAY:
            return StoreUnreachableError(message, hint=problem.hint)
        if status == 401:  # noqa: PLR2004
            return UnknownUserError(message, hint=self._credentials.hint or problem.hint)
        if status == 403:  # noqa: PLR2004
            return AccessError(message, hint=problem.hint)
        if status in _REDIRECTS:
            return StoreError(
                f"The server {self.address} redirects to another address, which is not followed.",
                hint="Name the address that it is at now.",
            )
        if status == 404 and problem.error in ("", "StoreError"):  # noqa: PLR2004
            return StoreError(message, hint="Is it a Treadle server, and not another one?")
        kind = getattr(errors, problem.error, StoreError)
        is_ours = isinstance(kind, type) and issubclass(kind, StoreError | ConflictError)
        return (
            kind(message, hint=problem.hint) if is_ours else StoreError(message, hint=problem.hint)
        )

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        self._connection.close()
