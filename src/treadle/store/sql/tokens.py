"""Writes where a page ended, as a text that a client gives back for the next one."""

import base64
import binascii
from typing import Final, TypeVar

import msgspec

from treadle.errors import SearchError

__all__ = ["read_token", "write_token"]

T = TypeVar("T")

_MAX: Final = 20_000


def write_token(place: object) -> str:
    """Write a place."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def read_token(token: str, kind: type[T]) -> T:
    """Read a place.

    Raises:
        SearchError: It is none.
    """
    try:
        text = token if len(token) <= _MAX else ""
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise SearchError(
            "The page that is asked for does not belong to this search.", hint="Begin again with the first page."
        ) from None
