"""Bringing home what dead processes left behind: their journals, and runs that nobody ended."""

import contextlib
import logging
import os
from pathlib import Path

from treadle.errors import StoreError, StoreUnreachableError
from treadle.store.base import EntrySink, Store
from treadle.store.connect import connect_store
from treadle.store.journal import JournalReader, finish_journal, put_aside
from treadle.store.location import StoreLocation

__all__ = ["open_store", "recover", "waiting"]

_log = logging.getLogger(__name__)


def open_store(location: StoreLocation) -> Store:
    """Open a store, with everything in it that processes which have died could not deliver.

    Raises:
        StoreError: It cannot be opened.
    """
    store = connect_store(location)
    try:
        recover(store, location)
    except BaseException:
        store.close()
        raise
    return store


def waiting(location: StoreLocation) -> list[Path]:
    """List the journals that dead processes left, in the order of time."""
    if not location.journals.is_dir():
        return []
    left = []
    for path in sorted(location.journals.glob("*.log")):
        with contextlib.suppress(StoreError, FileNotFoundError), path.open("rb") as file:
            if JournalReader(file.fileno(), path).is_abandoned():
                left.append(path)
    return left


def recover(store: EntrySink, location: StoreLocation) -> None:
    """Apply the journals of dead processes, then mark their runs.

    A journal that cannot be read stays where it is and is reported; the others go on.
    """
    if location.journals.is_dir():
        # Writers are named in the order of time: what was logged first is applied first.
        for path in sorted(location.journals.glob("*.log")):
            try:
                _deliver(store, path)
            except StoreUnreachableError:
                raise  # for the others it does not answer either
            except (StoreError, OSError) as error:
                _log.warning("The journal %s cannot be delivered and is kept: %s", path, error)
    for run in store.reap():
        _log.info("Run %s is marked as killed: its process has died.", run)


def _deliver(store: EntrySink, path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # another process was faster
    try:
        reader = JournalReader(descriptor, path)
        if reader.header is None:
            # Not even the header was written: its process died, or is just now writing it.
            if _is_old(descriptor):
                _discard(path, is_empty=os.fstat(descriptor).st_size == 0)
            return
        if not reader.is_abandoned():
            return
        first = reader.next
        while entries := reader.read(is_complete=True):
            store.apply(reader.header.writer, first, entries)
            first = reader.next
    finally:
        os.close(descriptor)
    finish_journal(path, reader)


def _discard(path: Path, *, is_empty: bool) -> None:
    with contextlib.suppress(FileNotFoundError):
        if is_empty:
            path.unlink()
            return
        aside = put_aside(path)
        _log.warning("%s has nothing that can be read as a journal; it is kept as %s.", path, aside)


def _is_old(descriptor: int) -> bool:
    import time

    return time.time() - os.fstat(descriptor).st_mtime > 3600  # noqa: PLR2004
