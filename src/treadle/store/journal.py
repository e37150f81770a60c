"""Append-only file that a writing process keeps until its records are in the store.

A journal is a header followed by entries, each of them a frame::

    length (4 bytes, little endian) | crc32 of the payload (4 bytes) | payload (MessagePack)

Each frame is written by one ``write(2)``: an append that returned survives the death of the
process. The sequence number of an entry is the header's ``first`` plus the number of entries
before it. A crash during a write leaves a torn tail: a frame that is shorter than its length says,
with nothing after it; reading stops there. A frame that does not match its checksum, or a short
one with whole frames after it, is damage: it counts as one entry, which records that data were
lost, and reading continues at the next whole frame.
"""

import contextlib
import fcntl
import logging
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from treadle.errors import StoreError
from treadle.files import create_folder, open_regular
from treadle.records import Entry, JournalHeader, ProcessIdentity, RecordsDropped
from treadle.records.texts import clean_texts
from treadle.store.process import identify, is_dead

_log = logging.getLogger(__name__)


FORMAT: Final = 1
_FRAME: Final = struct.Struct("<II")
_MAX_PAYLOAD: Final = 64 << 20
_BLOCK: Final = 1 << 20

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_header: Final = msgspec.msgpack.Decoder(JournalHeader).decode
_decode_entry: Final[Callable[[bytes], Entry]] = msgspec.msgpack.Decoder(Entry).decode
_pack: Final = _FRAME.pack
# The start of an entry: an array whose first item is the tag. Finds frames after damage.
_BEGIN: Final = re.compile(rb"[\x90-\x9f][\xa1\xa2][a-z]")
_NOBODY: Final = ProcessIdentity(0, "", "", 0)


class JournalWriter:
    """Appends entries to a new journal. Used by one thread at a time.

    Args:
        path: The file; it must not exist.
        run: The run that the entries are about.
        writer: The id of the writer: unique for every process, and new after a fork.
        first: The sequence number of the first entry.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, path: Path, *, run: str, writer: str, first: int = 1) -> None:
        self.path = path
        self._descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        self.next = first
        """Sequence number of the next entry; less if Ctrl-C came between a write and its count."""
        self.size = 0
        """Size of the whole frames in bytes; less in the same case."""
        with contextlib.suppress(OSError):  # shows that the writer lives if the header is damaged
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        header = JournalHeader(FORMAT, run, writer, first, identify())
        self._write(_encode(header))

    def append(self, entry: Entry) -> None:
        """Append one entry; when it returns, the entry survives the death of this process.

        Raises:
            OSError: The entry could not be written; the file is unchanged.
            ValueError: It is too long, or of a type that a journal cannot hold.
        """
        try:
            payload = _encode(entry)
        except UnicodeEncodeError:
            payload = _encode(clean_texts(entry))
        if len(payload) > _MAX_PAYLOAD:
            raise ValueError(
                f"a record of {len(payload)} bytes is too long; keep it as an artifact"
            )
        self._write(payload)
        self.next += 1

    def _write(self, payload: bytes) -> None:
        frame = _pack(len(payload), crc32(payload)) + payload
        written = 0
        try:
            while written < len(frame):  # short after a signal or on a full disk
                written += os.write(self._descriptor, frame[written:] if written else frame)
        except BaseException:
            if written:  # part of a frame would hide every later one
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise
        self.size += len(frame)

    def sync(self) -> None:
        """Write everything to the disk, so that it survives a power cut, too."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; the journal is not removed."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def read_header(path: Path) -> JournalHeader | None:
    """Read the header of a journal; return None if it was not written whole.

    Raises:
        StoreError: It is of a newer format than this Treadle knows.
        OSError: It is not a file that can be read.
    """
    with open_regular(path) as file:
        return JournalReader(file.fileno(), path).header


def put_aside(path: Path) -> Path:
    """Move a damaged journal to a folder from which journals are not delivered.

    Raises:
        OSError: The file cannot be moved.
    """
    aside = path.parent / "damaged" / path.name
    create_folder(aside.parent)
    path.rename(aside)
    return aside


def list_damaged(journals: Path) -> list[Path]:
    """List the damaged journals that were put aside."""
    return sorted((journals / "damaged").glob("*.log"))


class JournalReader:
    """Reader of the whole entries of a journal; a later read continues where it stopped.

    Args:
        descriptor: An open file; it is read by position and not closed.
        path: Its path, ``<run>-<writer>.log``, which names the writer where the header is damaged.

    Raises:
        StoreError: The journal is of a newer format than this Treadle knows.
    """

    def __init__(self, descriptor: int, path: Path | None = None) -> None:
        self._descriptor = descriptor
        self.position = 0
        """Bytes of whole frames read so far."""
        self.damaged = 0
        """Number of damaged frames found so far."""
        self.header: JournalHeader | None = None
        """None if the header was not written whole."""
        self.has_owner = True
        """Whether the header identifies the writing process; if not, only a file lock does."""
        frames = self._frames(limit=1)
        if frames:
            try:
                self.header = _decode_header(frames[0])
            except msgspec.MsgspecError:
                return
            if self.header.format > FORMAT:
                raise StoreError(
                    f"A journal has format {self.header.format}; this Treadle knows up to "
                    f"{FORMAT}.",
                    hint="Update Treadle.",
                )
        elif path is not None:
            self._skip_header(path)
        self.next = self.header.first if self.header else 0
        """The sequence number of the next entry to read."""

    def read(self, limit: int = 5000, *, is_complete: bool = False) -> list[Entry]:
        """Read the next whole entries; return an empty list if there are no more.

        Args:
            limit: The maximum number of entries.
            is_complete: Whether nothing more will be written to the journal.

        Raises:
            StoreError: An entry cannot be decoded: a newer Treadle wrote it.
        """
        if self.header is None:
            return []
        frames = self._frames(limit)
        if len(frames) < limit and (lost := self._skip_damage(is_complete=is_complete)):
            frames.append(lost)
        try:
            entries = [_decode_entry(frame) for frame in frames]
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"An entry of a journal is invalid: {error}.",
                hint="Was it written by a newer Treadle?",
            ) from error
        self.next += len(entries)
        return entries

    def is_abandoned(self) -> bool:
        """Return whether the process that writes the journal has certainly ended."""
        if self.header is None:
            return False
        if self.has_owner:
            return is_dead(self.header.owner)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        except OSError:
            return False
        return True

    def _skip_header(self, path: Path) -> None:
        """Skip a damaged header, if a whole entry follows."""
        rest = self._rest()
        at = None if _is_whole(rest) else _find_frame(rest)
        if at is None:
            return
        length, _ = _FRAME.unpack_from(rest, at)
        run = _decode_entry(rest[at + 8 : at + 8 + length]).run
        writer = path.stem.removeprefix(f"{run}-")
        self.header = JournalHeader(FORMAT, run, writer, 1, _NOBODY)
        self.has_owner = False
        self.damaged += 1
        self.position = at

    def _skip_damage(self, *, is_complete: bool) -> bytes | None:
        """Skip a damaged frame; return an entry in its place, or None if there is no damage."""
        rest = self._rest()
        # A frame that was still being written a moment ago may be whole by now.
        if not rest or self.header is None or _is_whole(rest):
            return None
        at = _find_frame(rest, self.header.run)
        if at is None:
            # The last frame: its writer was interrupted, or may still be writing it.
            if not is_complete or _is_short(rest):
                return None
            at = len(rest)
        self.position += at
        self.damaged += 1
        return _encode(RecordsDropped(self.header.run, 1, f"{at} bytes of a journal are damaged"))

    def _rest(self) -> bytes:
        size = os.fstat(self._descriptor).st_size - self.position
        return os.pread(self._descriptor, size, self.position) if size > 0 else b""

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


def finish_journal(path: Path, reader: JournalReader) -> None:
    """Remove a fully delivered journal; move a damaged one aside.

    Args:
        path: The file.
        reader: The reader that has read all of it.
    """
    with contextlib.suppress(FileNotFoundError):  # another process has removed it
        if not reader.damaged:
            path.unlink()
            return
        run = reader.header.run if reader.header else ""
        aside = put_aside(path)
        _log.warning(
            "The journal of run %s is damaged in %d %s: what is intact was delivered, the rest is "
            "lost, and the file"
            " is kept as %s.",
            run,
            reader.damaged,
            "place" if reader.damaged == 1 else "places",
            aside,
        )


def _find_frame(block: bytes, run: str = "") -> int | None:
    """Return the index of the first whole frame after the damaged one that a block begins with.

    It is where the length of the damaged frame ends, unless whole frames fill everything before
    that: then the length is what is damaged. Other matches are content of a longer frame.

    Args:
        block: The damaged frame and all bytes after it.
        run: The run of the entries, if known.
    """
    claimed = None
    if len(block) > _FRAME.size:
        end = _FRAME.size + int(_FRAME.unpack_from(block)[0])
        claimed = end if _is_entry(block, end) else None
    for match in _BEGIN.finditer(block, _FRAME.size + 1):
        at = match.start() - _FRAME.size
        if claimed is not None and at >= claimed:
            return claimed
        if _is_entry(block, at) and (claimed is None or _is_filled(block, at, claimed, run)):
            return at
    return claimed


def _is_filled(block: bytes, begin: int, end: int, run: str) -> bool:
    """Return whether whole frames with entries of a run fill a range completely."""
    at = begin
    while at < end:
        if not _is_entry(block, at, run):
            return False
        at += _FRAME.size + int(_FRAME.unpack_from(block, at)[0])
    return at == end


def _is_whole(block: bytes) -> bool:
    """Return whether the first frame matches its checksum."""
    return _split(block, 1, []) > 0


def _is_entry(block: bytes, at: int, run: str = "") -> bool:
    """Return whether a whole frame with an entry begins at an index, of the run if given."""
    if at + _FRAME.size >= len(block):
        return False
    length, checksum = _FRAME.unpack_from(block, at)
    payload = block[at + _FRAME.size : at + _FRAME.size + length]
    if not length or len(payload) < length or crc32(payload) != checksum:
        return False
    try:
        entry = _decode_entry(payload)
    except msgspec.MsgspecError:
        return False
    return not run or entry.run == run


def _is_short(block: bytes) -> bool:
    """Return whether a frame is shorter than its length says."""
    if len(block) < _FRAME.size:
        return True
    length, _ = _FRAME.unpack_from(block)
    return len(block) < _FRAME.size + int(length)


def _split(block: bytes, limit: int, frames: list[bytes]) -> int:
    """Append up to ``limit`` whole frames of a block to a list; return their size in bytes."""
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
    """Return the size of the next frame in bytes; more than the maximum if it is damaged."""
    if len(block) - at < _FRAME.size:
        return _BLOCK
    length, _ = _FRAME.unpack_from(block, at)
    whole = _FRAME.size + int(length)
    return whole if whole > len(block) - at else _MAX_PAYLOAD + 1
