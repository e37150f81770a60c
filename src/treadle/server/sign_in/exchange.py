"""Requests to an identity provider, which answers with JSON."""

import http.client
import logging
import urllib.error
import urllib.request
from typing import Any, Final, TypeVar

import msgspec

from treadle.errors import AccessError, StoreUnreachableError

_log = logging.getLogger(__name__)

T = TypeVar("T")

_TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 1 << 20  # bytes


class _Stay(urllib.request.HTTPRedirectHandler):
    """A handler that follows no redirect, which would lead to an unchecked address."""

    def redirect_request(self, *_: Any) -> None:
        """Return no request."""


def fetch(
    address: str, kind: type[T], body: bytes | None = None, headers: dict[str, str] | None = None
) -> T:
    """Return the response of the provider to a GET, or to a POST with a body.

    Raises:
        AccessError: It rejects what was posted.
        StoreUnreachableError: It does not respond, or not as it should.
    """
    sent = {"accept": "application/json", **(headers or {})}
    request = urllib.request.Request(address, body, sent)  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=_TIMEOUT) as response:
            return msgspec.json.decode(response.read(_MAX_ANSWER), type=kind)
    except urllib.error.HTTPError as error:
        with error:
            if error.code < 500 and body is not None:  # noqa: PLR2004
                said = _reason(error)
                _log.warning(
                    "The identity provider refuses what this server asks at %s: %s", address, said
                )
                raise AccessError(f"The identity provider refuses: {said}.") from error
        raise StoreUnreachableError(
            f"The identity provider at {address} answers {error.code}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason: object = getattr(error, "reason", error)
        raise StoreUnreachableError(
            f"The identity provider at {address} cannot be reached: {reason}."
        ) from error
    except msgspec.MsgspecError as error:
        raise StoreUnreachableError(
            f"What the identity provider at {address} answers is not understood: {error}."
        ) from error


def _reason(error: urllib.error.HTTPError) -> str:
    """Return the provider's error description (RFC 6749 5.2), or the status."""
    try:
        said = msgspec.json.decode(error.read(_MAX_ANSWER), type=dict[str, Any])
        return str(said.get("error_description") or said["error"])[:200].rstrip(".")
    except (msgspec.MsgspecError, KeyError, OSError):
        return f"status {error.code}"
