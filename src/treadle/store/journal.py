"""The append-only file that a writing process keeps until the store has its records.

A journal is a header and then entries, each one a frame::

    length (4 bytes, little endian) | crc32 of the payload (4 bytes) | payload (MessagePack)

Each frame is handed to the system by one ``write(2)``: an append that returned survives the death
of the process. The sequence number of an entry is its place: the header's ``first`` plus the
entries before it. What a crash in the middle of a write leaves behind is a torn tail: a frame that
is shorter than it says, with nothing after it; reading stops there. A frame that does not match its
sum, or has whole frames after it, is damage: it counts as one entry, which says that records were
lost, and reading goes on at the next whole frame.
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

__all__ = [
    "FORMAT",
    "JournalReader",
    "JournalWriter",
    "finish_journal",
    "list_damaged",
    "put_aside",
    "read_header",
]

_log = logging.getLogger(__name__)


FORMAT: Final = 1
_FRAME: Final = struct.Struct("<II")
_MAX_PAYLOAD: Final = 64 << 20
_BLOCK: Final = 1 << 20

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_header: Final = msgspec.msgpack.Decoder(JournalHeader).decode
_decode_entry: Final[Callable[[bytes], Entry]] = msgspec.msgpack.Decoder(Entry).decode
_pack: Final = _FRAME.pack
# How an entry begins: an array, and in it the tag. After damage, frames are looked for there.
_BEGIN: Final = re.compile(rb"[\x90-\x9f][\xa1\xa2][a-z]")
_NOBODY: Final = ProcessIdentity(0, "", "", 0)


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
        with contextlib.suppress(OSError):  # says that the writer lives, where the header is damaged
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        header = JournalHeader(FORMAT, run, writer, first, identify())
        self._write(_encode(header))

    def append(self, entry: Entry) -> None:
        """Append one entry; when it returns, the entry survives the death of this process.

        Raises:
            OSError: The entry could not be written, and the file is as it was before.
            ValueError: It is too long, or of a kind that a journal does not take.
        """
        try:
            payload = _encode(entry)
        except UnicodeEncodeError:
            payload = _encode(clean_texts(entry))
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
        OSError: It is not a file that can be read.
    """
    with open_regular(path) as file:
        return JournalReader(file.fileno(), path).header


def put_aside(path: Path) -> Path:
    """Move a damaged journal into a folder beside the others, where it is no longer delivered.

    Raises:
        OSError: It cannot be moved.
    """
    aside = path.parent / "damaged" / path.name
    create_folder(aside.parent)
    path.rename(aside)
    return aside


def list_damaged(journals: Path) -> list[Path]:
    """List the journals of a folder that were put aside because they are damaged."""
    return sorted((journals / "damaged").glob("*.log"))


class JournalReader:
    """Reads the whole entries of a journal, and goes on later where it stopped.

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
        """Damaged places found so far."""
        self.header: JournalHeader | None = None
        """None when not even the header was written whole."""
        self.has_owner = True
        """Whether the header says who writes; else only the lock on the file does."""
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
        elif path is not None:
            self._skip_header(path)
        self.next = self.header.first if self.header else 0
        """The sequence number of the next entry to read."""

    def read(self, limit: int = 5000, *, is_complete: bool = False) -> list[Entry]:
        """Read the next entries, at most so many; none when there are no more whole ones.

        Args:
            limit: How many at most.
            is_complete: Whether nothing more is written to the journal.

        Raises:
            StoreError: An entry is whole but cannot be understood: a newer Treadle wrote it.
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
        """Whether the process that writes the journal has surely ended."""
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
        """Go on behind a damaged header, if there is a whole entry."""
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
        """Go on behind a damaged frame; return an entry in its stead, or None if there is none."""
        rest = self._rest()
        # The frame that was in the middle of being written a moment ago may be whole by now.
        if not rest or self.header is None or _is_whole(rest):
            return None
        at = _find_frame(rest, self.header.run)
        if at is None:
            # The last one: its writer was cut short, or may still be in the middle of it.
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
    """Remove a journal of which the store has everything; one that is damaged is put aside.

    Args:
        path: Its file.
        reader: What has read all of it.
    """
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        if not reader.damaged:
            path.unlink()
            return
        run = reader.header.run if reader.header else ""
        aside = put_aside(path)
        _log.warning(
            "The journal of run %s is damaged in %d %s: what is intact was delivered, the rest is lost, and the file"
            " is kept as %s.",
            run, reader.damaged, "place" if reader.damaged == 1 else "places", aside,
        )  # fmt: skip


def _find_frame(block: bytes, run: str = "") -> int | None:
    """Find the first whole frame after the one that a block begins with; that one is not looked at.

    It is where the damaged frame says it ends, unless whole frames fill all that is before that: then
    it is the length that is damaged. What only looks like frames is the content of a longer one.

    Args:
        block: The damaged frame, and what follows.
        run: Of which run the entries are, if that is known.
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
    """Whether whole frames with entries of a run are all that is between two places."""
    at = begin
    while at < end:
        if not _is_entry(block, at, run):
            return False
        at += _FRAME.size + int(_FRAME.unpack_from(block, at)[0])
    return at == end


def _is_whole(block: bytes) -> bool:
    """Whether the first frame matches its sum."""
    return _split(block, 1, []) > 0


def _is_entry(block: bytes, at: int, run: str = "") -> bool:
    """Whether a whole frame with an entry begins there; one of that run, if one is named."""
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
    """Whether a frame is shorter than it says."""
    if len(block) < _FRAME.size:
        return True
    length, _ = _FRAME.unpack_from(block)
    return len(block) < _FRAME.size + int(length)


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
