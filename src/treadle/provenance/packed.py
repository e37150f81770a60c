"""Finds secrets in files that are no texts: in archives, spreadsheets, databases, pickles.

They cannot be masked there: a database with a byte more is damaged, and an archive has sums. Found is
what is in clear, in UTF-16, or packed by zip, gzip, bzip2, xz or zlib, also one in another. Not found is
what is encrypted, or packed by something that Python's own library does not have.
"""

import bz2
import contextlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from treadle.masking import has_clear_secret

__all__ = ["TooLargeError", "has_secret", "is_text"]

_DEPTH: Final = 4
_LARGEST: Final = 32 << 20  # bytes
_MOST: Final = 64 << 20  # bytes that a file may have in it when it is unpacked
_PIECE: Final = 64 << 10
_LOOKED_AT: Final = 8000  # bytes, as git does
_STREAMS: Final = 5000
_ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_PACKED: Final = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


class TooLargeError(Exception):
    """A file has too much in it to be looked through."""


def is_text(content: bytes) -> bool:
    r"""Return whether a file is a text, as git decides it.

    Examples:
        >>> is_text(b"a = 1"), is_text(b"SQLite format 3\x00")
        (True, False)
    """
    return b"\0" not in content[:_LOOKED_AT] and not content.startswith(_PACKED)


def has_secret(content: bytes) -> bool:
    """Return whether a file that is no text has a secret in it.

    Raises:
        TooLargeError: It cannot be told.
    """
    if len(content) > _LARGEST:
        raise TooLargeError
    return any(map(has_clear_secret, _forms(content, _Room(), _DEPTH)))


class _Room:
    """Bytes that may still be unpacked."""

    def __init__(self) -> None:
        self.left = _MOST

    def take(self, content: bytes) -> bytes:
        self.left -= len(content)
        if self.left < 0:
            raise TooLargeError
        return content


def _forms(content: bytes, room: _Room, depth: int) -> Iterator[bytes]:
    """Yield a content, and all that can be read of what is in it."""
    yield content
    if b"\0" in content:
        for order in ("utf-16-le", "utf-16-be"):
            for begin in (0, 1):
                text = content[begin:].decode(order, errors="replace")
                yield text.encode(errors="replace")
    if depth:
        for inner in _unpack(content, room):
            yield from _forms(inner, room, depth - 1)


def _unpack(content: bytes, room: _Room) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        yield from _unzip(content, room)
    elif content.startswith(b"\x1f\x8b"):
        yield from _expand(lambda: zlib.decompressobj(31), content, room)
    elif content.startswith(b"BZh"):
        yield from _expand(bz2.BZ2Decompressor, content, room)
    elif content.startswith(b"\xfd7zXZ\0"):
        yield from _expand(lzma.LZMADecompressor, content, room)
    elif not is_text(content):
        yield from _find_streams(content, room)


def _find_streams(content: bytes, room: _Room) -> Iterator[bytes]:
    """Yield what is packed by zlib somewhere in a content, as in PDF files and by joblib."""
    view = memoryview(content)
    for count, found in enumerate(_ZLIB.finditer(content)):
        if count == _STREAMS:
            raise TooLargeError
        stream, plain = zlib.decompressobj(), b""
        with contextlib.suppress(zlib.error):
            for begin in range(found.start(), len(view), _PIECE):
                plain += room.take(stream.decompress(view[begin : begin + _PIECE]))
                if stream.eof:
                    break
        if plain:
            yield plain


def _unzip(content: bytes, room: _Room) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.flag_bits & 1:
                    continue  # encrypted
                with archive.open(member) as file:
                    yield room.take(file.read(room.left + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        return


def _expand(make: Callable[[], Any], content: bytes, room: _Room) -> Iterator[bytes]:
    """Yield the streams that a content is, one after another; what is no stream is passed over."""
    while content:
        stream = make()
        try:
            plain = stream.decompress(content, room.left + 1)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            return
        if not plain:
            return
        yield room.take(plain)
        content = stream.unused_data if stream.eof else b""
