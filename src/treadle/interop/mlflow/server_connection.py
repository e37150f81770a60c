"""HTTP connection to an MLflow server's REST protocol."""

import base64
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlencode

import msgspec

from treadle.addresses import split_address
from treadle.errors import DataError
from treadle.http_client import OK, HttpConnection, NoResponseError
from treadle.interop.mlflow.omissions import Omissions
from treadle.store.http.credentials import is_same_server

T = TypeVar("T")

_PATIENCE: Final = 120.0
_ATTEMPTS: Final = 3


class AnswerError(DataError):
    """The server responded to one request with an error, or with something unreadable."""


class ServerConnection:
    """A connection to a server that speaks MLflow's protocol.

    Args:
        address: The URL, such as ``http://127.0.0.1:5000``.
        omissions: Records responses that are errors.
    """

    def __init__(self, address: str, omissions: Omissions) -> None:
        self._omissions = omissions
        self._parts = split_address(address)
        self._headers = {
            "content-type": "application/json",
            **_authorization(address, self._parts.username, self._parts.password),
        }
        self._connection = HttpConnection(
            self._parts.scheme, self._parts.hostname or "", self._parts.port, _PATIENCE
        )

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        into: Path | None = None,
    ) -> tuple[int, bytes]:
        """Send a request; a response of any length is written to a file, if one is given."""
        target = self._parts.path.rstrip("/") + path
        reason: NoResponseError | None = None
        for _ in range(_ATTEMPTS):
            try:
                return self._connection.exchange(method, target, body, self._headers, into=into)
            except NoResponseError as error:
                reason = error
        raise DataError(f"The server {self._parts.hostname} does not answer: {reason}.") from reason

    def _call(
        self,
        path: str,
        kind: type[T],
        fields: Mapping[str, Any],
        *,
        method: str = "GET",
    ) -> T | None:
        """Call a method; None if the server does not have it, such as an older one."""
        if method == "GET":
            status, content = self.request(
                "GET",
                f"/api/2.0/mlflow/{path}?{urlencode(fields, doseq=True)}",
            )
        else:
            status, content = self.request(
                method,
                f"/api/2.0/mlflow/{path}",
                msgspec.json.encode(fields),
            )
        if status in (404, 405):
            return None
        if status != OK:
            text = content[:300].decode(errors="replace")
            raise AnswerError(
                f"The server answers {path} with status {status}: {text}",
                hint=_hint_for(self._parts.geturl()) if status in (401, 403) else "",
            )
        try:
            return msgspec.json.decode(content, type=kind, strict=False)
        except msgspec.MsgspecError as error:
            raise AnswerError(f"The answer of {path} cannot be read: {error}.") from error

    def pages(
        self,
        path: str,
        kind: type[T],
        fields: dict[str, Any],
        *,
        method: str = "GET",
    ) -> Iterator[T]:
        """Yield the pages of a listing; none if the server does not have it, such as an older one.

        Raises:
            AnswerError: The server responds with an error.
        """
        token: Any = ""
        while True:
            page = self._call(
                path,
                kind,
                {**fields, **({"page_token": token} if token else {})},
                method=method,
            )
            if page is None:
                return
            yield page
            token = getattr(page, "next_page_token", None)
            if not token or token is msgspec.UNSET:
                return

    def read_pages(
        self,
        where: str,
        path: str,
        kind: type[T],
        fields: dict[str, Any],
        *,
        method: str = "GET",
    ) -> Iterator[T]:
        """Yield the pages of a listing, up to the first error response.

        Args:
            where: The name under which the error is recorded.
            path: The path of the method.
            kind: The type of a page.
            fields: The fields of the request.
            method: The HTTP method.
        """
        try:
            yield from self.pages(path, kind, fields, method=method)
        except AnswerError as error:
            self._omissions.add(where, error)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _is_for(address: str) -> bool:
    """Return whether MLflow's environment variables for credentials are meant for a server."""
    tracking = os.environ.get("MLFLOW_TRACKING_URI", "")
    return not tracking.startswith(("http://", "https://")) or is_same_server(tracking, address)


def _hint_for(address: str) -> str:
    if _is_for(address):
        return (
            "Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
        )
    return "MLFLOW_TRACKING_URI names another server, whose token or password was not sent."


def _authorization(address: str, user: str | None, password: str | None) -> dict[str, str]:
    variables = os.environ if _is_for(address) else {}
    if token := variables.get("MLFLOW_TRACKING_TOKEN"):
        return {"authorization": f"Bearer {token}"}
    name = unquote(user) if user else variables.get("MLFLOW_TRACKING_USERNAME", "")
    secret = unquote(password) if password else variables.get("MLFLOW_TRACKING_PASSWORD", "")
    if not name:
        return {}
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}
