"""Recovery after dead processes: their undelivered journals and their unfinished runs."""

import contextlib
import logging
import os
from pathlib import Path

from treadle.errors import DataError, StoreError, StoreUnreachableError
from treadle.files import open_regular
from treadle.private import check_links
from treadle.store.base import EntrySink, Store
from treadle.store.connect import connect_store
from treadle.store.journal import JournalReader, finish_journal, put_aside
from treadle.store.location import StoreLocation

_log = logging.getLogger(__name__)


def open_store(location: StoreLocation) -> Store:
    """Open a store and deliver to it the journals of dead processes.

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
    """List the undelivered journals of dead processes, oldest first."""
    left = []
    for path in _list_journals(location):
        with contextlib.suppress(StoreError, OSError), open_regular(path) as file:
            if JournalReader(file.fileno(), path).is_abandoned():
                left.append(path)
    return left


def _list_journals(location: StoreLocation) -> list[Path]:
    """List the journals of a store, oldest first; never follow a symbolic link.

    Raises:
        StoreError: The folder of the journals is a symbolic link.
    """
    try:
        check_links(location.journals)
    except DataError as error:
        raise StoreError(error.message, hint=error.hint) from error
    # Names of writers sort by time: what was logged first is applied first.
    return sorted(location.journals.glob("*.log"))


def recover(store: EntrySink, location: StoreLocation) -> None:
    """Apply the journals of dead processes, then mark their runs as killed.

    A journal that cannot be read is left in place and logged; the others are still delivered. A
    read-only store is not changed: a user who may write to it delivers them.
    """
    if store.is_read_only:
        return
    for path in _list_journals(location):
        try:
            _deliver(store, path)
        except StoreUnreachableError:
            raise  # no other journal could be delivered either
        except PermissionError:
            _log.info("The journal %s belongs to another user, who delivers it.", path)
        except (StoreError, OSError) as error:
            _log.warning("The journal %s cannot be delivered and is kept: %s", path, error)
    for run in store.reap():
        _log.info("Run %s is marked as killed: its process has died.", run)


def _deliver(store: EntrySink, path: Path) -> None:
    try:
        file = open_regular(path)
    except FileNotFoundError:
        return  # another process has delivered it
    with file:
        descriptor = file.fileno()
        reader = JournalReader(descriptor, path)
        if reader.header is None:
            # There is no whole header: its process died, or is writing it right now.
            if _is_old(descriptor):
                _discard(path, is_empty=os.fstat(descriptor).st_size == 0)
            return
        if not reader.is_abandoned():
            return
        first = reader.next
        while entries := reader.read(is_complete=True):
            store.apply(reader.header.writer, first, entries)
            first = reader.next
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
