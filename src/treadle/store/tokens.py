"""Tokens: values as texts that a client sends back, such as the cursor of the next page."""

import base64
import binascii
import zlib
from typing import Final, TypeVar

import msgspec

from treadle.errors import SearchError

T = TypeVar("T")

# With a checksum, a truncated or modified token is an error, and not an empty page that looks like
# the end. It is not a signature: a forged token shows only what its caller may see.
_MAX: Final = 20_000
_SUM: Final = 4


def write_token(value: object) -> str:
    """Encode a value as a text for URLs and cookies, with a checksum that shows changes."""
    data = msgspec.msgpack.encode(value)
    return base64.urlsafe_b64encode(data + _sum(data)).decode().rstrip("=")


def _sum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(_SUM, "big")


def read_token(token: str, kind: type[T]) -> T:
    """Decode a value.

    Raises:
        SearchError: The token is of another kind, or was changed.
    """
    try:
        text = token if len(token) <= _MAX else ""
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data, found = raw[:-_SUM], raw[-_SUM:]
        is_whole = found == _sum(data)
        # The last character has unused bits, which must not be changed, either.
        if is_whole and base64.urlsafe_b64encode(raw).decode().rstrip("=") == text:
            return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        pass
    raise SearchError(
        "Invalid page token, which does not belong to this search.",
        hint="Begin again with the first page.",
    )
