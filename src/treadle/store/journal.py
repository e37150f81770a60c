"""The append-only file that a writing process keeps until the store has its records.

A journal is a header and then entries, each one a frame::

    length (4 bytes, little endian) | crc32 of the payload (4 bytes) | payload (MessagePack)

Each frame is handed to the system by one ``write(2)``: an append that returned survives the death
of the process. The sequence number of an entry is its place: the header's ``first`` plus the
entries before it. Reading stops at the first frame that is short or does not match its sum, which
is what a crash in the middle of a write leaves behind.
"""

import contextlib
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from treadle.errors import StoreError
from treadle.records import Entry, JournalHeader
from treadle.store.process import identify

__all__ = ["FORMAT", "JournalReader", "JournalWriter", "read_header"]

FORMAT: Final = 1
_FRAME: Final = struct.Struct("<II")
_MAX_PAYLOAD: Final = 64 << 20
_BLOCK: Final = 1 << 20

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_header: Final = msgspec.msgpack.Decoder(JournalHeader).decode
_decode_entry: Final[Callable[[bytes], Entry]] = msgspec.msgpack.Decoder(Entry).decode
_pack: Final = _FRAME.pack


class JournalWriter:
    """Appends entries to a new journal. Used by one thread at a time.

    Args:
        path: The file; it must not exist.
        run: The run that the entries are about.
        writer: Who writes: unique for every process, and new after a fork.
        first: The sequence number of the first entry.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, path: Path, *, run: str, writer: str, first: int = 1) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.next = first
        """The sequence number of the next entry, or less where Ctrl-C came between a write and its count."""
        self.size = 0
        """Bytes of whole frames, or less, as above."""
        header = JournalHeader(FORMAT, run, writer, first, identify())
        self._write(_encode(header))

    def append(self, entry: Entry) -> None:
        """Append one entry; when it returns, the entry survives the death of this process.

        Raises:
            OSError: The entry could not be written, and the file is as it was before.
            ValueError: It is too long, or of a kind that a journal does not take.
        """
        payload = _encode(entry)
        if len(payload) > _MAX_PAYLOAD:
            raise ValueError(f"a record of {len(payload)} bytes is too long; keep it as an artifact")
        self._write(payload)
        self.next += 1

    def _write(self, payload: bytes) -> None:
        frame = _pack(len(payload), crc32(payload)) + payload
        written = 0
        try:
            while written < len(frame):  # cut short by a full disk, which the next write says, or by a signal
                written += os.write(self._descriptor, frame[written:] if written else frame)
        except BaseException:
            if written:  # part of a frame would hide every later one
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise
        self.size += len(frame)

    def sync(self) -> None:
        """Force everything to the disk; then it survives a power cut, too."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; the journal stays."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def read_header(path: Path) -> JournalHeader | None:
    """Read who writes a journal; None when not even that was written whole.

    Raises:
        StoreError: It is of a newer format than this Treadle knows.
    """
    with path.open("rb") as file:
        reader = JournalReader(file.fileno())
        return reader.header


class JournalReader:
    """Reads the whole entries of a journal, and goes on later where it stopped.

    Args:
        descriptor: An open file; it is read by position and not closed.

    Raises:
        StoreError: The journal is of a newer format than this Treadle knows.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.position = 0
        """Bytes of whole frames read so far."""
        self.header: JournalHeader | None = None
        """None when not even the header was written whole."""
        frames = self._frames(limit=1)
        if frames:
            try:
                self.header = _decode_header(frames[0])
            except msgspec.MsgspecError:
                return
            if self.header.format > FORMAT:
                raise StoreError(
                    f"A journal has format {self.header.format}; this Treadle knows up to {FORMAT}.",
                    hint="Update Treadle.",
                )
        self.next = self.header.first if self.header else 0
        """The sequence number of the next entry to read."""

    def read(self, limit: int = 5000) -> list[Entry]:
        """Read the next entries, at most so many; none when there are no more whole ones.

        Raises:
            StoreError: An entry is whole but cannot be understood: a newer Treadle wrote it.
        """
        if self.header is None:
            return []
        try:
            entries = [_decode_entry(frame) for frame in self._frames(limit)]
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"An entry of a journal cannot be understood: {error}.", hint="Was it written by a newer Treadle?"
            ) from error
        self.next += len(entries)
        return entries

    def _frames(self, limit: int) -> list[bytes]:
        frames: list[bytes] = []
        want = _BLOCK
        while True:
            block = os.pread(self._descriptor, want, self.position)
            taken = _split(block, limit - len(frames), frames)
            self.position += taken
            if len(frames) >= limit:
                return frames
            short = _missing(block, taken)
            if len(block) < want or short > _MAX_PAYLOAD:
                return frames
            want = max(_BLOCK, short)


def _split(block: bytes, limit: int, frames: list[bytes]) -> int:
    """Move up to so many whole frames from a block to a list; give the bytes that they took."""
    unpack, check, add = _FRAME.unpack_from, crc32, frames.append
    at = 0
    end = len(block) - 8
    for _ in range(limit):
        if at > end:
            break
        length, checksum = unpack(block, at)
        stop = at + 8 + length
        payload = block[at + 8 : stop]
        if len(payload) < length or check(payload) != checksum:
            break
        add(payload)
        at = stop
    return at


def _missing(block: bytes, at: int) -> int:
    """How long a block from there must be to hold the next frame; more than any when that is damaged."""
    if len(block) - at < _FRAME.size:
        return _BLOCK
    length, _ = _FRAME.unpack_from(block, at)
    whole = _FRAME.size + int(length)
    return whole if whole > len(block) - at else _MAX_PAYLOAD + 1
