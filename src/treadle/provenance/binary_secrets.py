"""Detection of secrets in binary files: archives, spreadsheets, databases, pickles.

They cannot be masked there: one byte more damages a database, and an archive has checksums. Text
is found in clear, in UTF-16, or compressed by zip, gzip, bzip2, xz or zlib, also when nested. Not
found is what is encrypted, what follows a damaged part of a stream, and what is compressed by
something that Python's standard library does not have.
"""

import bz2
import io
import itertools
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from treadle.masking import has_clear_secret

_DEPTH: Final = 4
_LARGEST: Final = 32 << 20  # bytes
_MOST: Final = 64 << 20  # bytes, of a file's decompressed content
_PIECE: Final = 64 << 10
_LOOKED_AT: Final = 8000  # bytes, as git does
_STREAMS: Final = 5000
_ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ZIP: Final = b"PK\x03\x04"
_COMPRESSED: Final[dict[bytes, Callable[[], Any]]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lzma.LZMADecompressor,
}
"""Decompressors of files that are compressed as a whole, by the first bytes of the file."""
_TOO_MUCH: Final = "it has too much packed in it to be searched for secrets"
# What Python's own libraries raise for a damaged or unknown archive or stream.
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)


class SearchError(Exception):
    """Raised if a file cannot be searched for secrets; its message is the reason."""


def is_text(content: bytes) -> bool:
    r"""Return whether a file is text, as git decides it, and not compressed.

    Examples:
        >>> is_text(b"a = 1"), is_text(b"SQLite format 3\x00")
        (True, False)
    """
    if b"\0" in content[:_LOOKED_AT]:
        return False
    return not _is_zip(content) and not content.startswith(tuple(_COMPRESSED))


def _is_zip(content: bytes) -> bool:
    """Return whether a file is a zip, also with something before it, as a zipapp program has."""
    return content.startswith(_ZIP) or zipfile.is_zipfile(io.BytesIO(content))


def has_secret(content: bytes) -> bool:
    """Return whether a binary file contains a secret.

    Raises:
        SearchError: It cannot be searched, whatever error the decompressing libraries raise.
    """
    if len(content) > _LARGEST:
        raise SearchError(_TOO_MUCH)
    try:
        return any(map(has_clear_secret, _forms(content, _Room(), _DEPTH)))
    except SearchError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise SearchError(f"it cannot be searched for secrets ({kind}: {error})") from error


class _Room:
    """The number of bytes that may still be decompressed."""

    def __init__(self) -> None:
        self.left = _MOST

    def consume(self, content: bytes) -> bytes:
        self.left -= len(content)
        if self.left < 0:
            raise SearchError(_TOO_MUCH)
        return content


def _forms(content: bytes, room: _Room, depth: int) -> Iterator[bytes]:
    """Yield content, and everything readable that is nested in it."""
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
    if _is_zip(content):
        yield from _unzip(content, room)
        return
    for begin, make in _COMPRESSED.items():
        if content.startswith(begin):
            yield from _expand(make, content, room)
            return
    if not is_text(content):
        yield from _find_streams(content, room)


def _find_streams(content: bytes, room: _Room) -> Iterator[bytes]:
    """Yield the zlib streams found anywhere in content, as in PDF files and those of joblib."""
    view = memoryview(content)
    for count, match in enumerate(_ZLIB.finditer(content)):
        _check_count(count)
        plain, _ = _decompress(zlib.decompressobj(), view[match.start() :], room)
        if plain:
            yield plain


def _unzip(content: bytes, room: _Room) -> Iterator[bytes]:
    """Yield the members of a zip; damaged ones as far as they can be read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED:
        return
    with archive:
        for member in archive.infolist():
            if not member.flag_bits & 1:  # else it is encrypted
                yield _read_member(archive, member, room)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: _Room) -> bytes:
    plain = bytearray()
    try:
        with archive.open(member) as file:
            while piece := file.read(_PIECE):
                plain += room.consume(piece)
    except _DAMAGED:
        pass
    return bytes(plain)


def _expand(make: Callable[[], Any], content: bytes, room: _Room) -> Iterator[bytes]:
    """Yield the consecutive streams that content consists of; what follows them is skipped."""
    view = memoryview(content)
    for count in itertools.count():
        _check_count(count)
        plain, view = _decompress(make(), view, room)
        if plain:
            yield plain
        if not view:
            return


def _check_count(count: int) -> None:
    if count == _STREAMS:
        raise SearchError(_TOO_MUCH)


def _decompress(stream: Any, view: memoryview, room: _Room) -> tuple[bytes, memoryview]:
    """Return a stream decompressed up to its end or damage, and what follows its end."""
    plain = bytearray()
    try:
        for begin in range(0, len(view), _PIECE):
            piece = view[begin : begin + _PIECE]
            plain += room.consume(stream.decompress(piece, room.left + 1))
            if stream.eof:
                return bytes(plain), view[begin + len(piece) - len(stream.unused_data) :]
    except _DAMAGED:
        pass
    return bytes(plain), view[:0]
