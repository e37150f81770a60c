"""Opening of a SQLite file: created for its owner only, upgraded, or read-only if need be."""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from treadle.errors import DataError, StoreError
from treadle.files import create_folder, replace_atomically
from treadle.private import HOME, close_to_others, create_private
from treadle.store.sql.read_only import (
    check_is_ours,
    explain_older,
    is_about_writing,
    open_to_read,
)
from treadle.store.sql.schema import DEFAULT_EXPERIMENT, check_version, newest, scripts
from treadle.store.sql.sqlite_errors import WAIT, explained
from treadle.write_ahead import set_journal_mode

_log = logging.getLogger(__name__)

_NEW: Final = 60.0  # seconds for which another process may still be filling an empty file
_CACHE: Final = 65_536  # KiB of cached pages at most, which a search of a million runs needs


def has_wal_reset_bug(version: str) -> bool:
    """Return whether a SQLite version may damage a write-ahead log used by several connections.

    Examples:
        >>> has_wal_reset_bug("3.40.1"), has_wal_reset_bug("3.51.3"), has_wal_reset_bug("3.44.6")
        (True, False, False)
    """
    number = tuple(int(part) for part in version.split("."))
    backported = (
        number[:2] in ((3, 50), (3, 44)) and number >= {50: (3, 50, 7), 44: (3, 44, 6)}[number[1]]
    )
    return number < (3, 51, 3) and not backported


def open_file(path: Path) -> tuple[apsw.Connection, bool]:
    """Open the file of a store, which is first created or upgraded.

    Returns:
        The connection, and whether it is read-only.

    Raises:
        StoreError: It cannot be created, is damaged, or was created by a newer Treadle.
    """
    try:
        return _open_to_write(path), False
    except StoreError as error:
        connection = open_to_read(path) if is_about_writing(error) and path.is_file() else None
        if connection is None:
            raise
    with _closed_on_failure(connection, path):
        _configure(connection)
        check_is_ours(connection, path)
        check_version(str(path), connection.pragma("user_version"))
        if connection.pragma("user_version") < newest():
            raise explain_older(path)
    return connection, True


def _open_to_write(path: Path) -> apsw.Connection:
    try:
        create_folder(path.parent)
    except DataError as error:
        raise StoreError(error.message, hint=error.hint) from error
    _create_private(path)
    with explained(path):
        connection = apsw.Connection(str(path))
    with _closed_on_failure(connection, path):
        _configure(connection)
        check_is_ours(connection, path)
        mode = "DELETE" if has_wal_reset_bug(apsw.sqlite_lib_version()) else "WAL"
        set_journal_mode(connection, mode, WAIT / 1000)
        connection.pragma("synchronous", "FULL")
        check_version(str(path), connection.pragma("user_version"))
        if connection.pragma("user_version") < newest():
            _upgrade(connection, path)
    return connection


@contextlib.contextmanager
def _closed_on_failure(connection: apsw.Connection, path: Path) -> Iterator[None]:
    try:
        with explained(path):
            yield
    except BaseException:
        connection.close()
        raise


def _configure(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(WAIT)
    connection.pragma("trusted_schema", False)  # a file of another user may have triggers
    connection.pragma("cache_size", -_CACHE)


def _create_private(path: Path) -> None:
    """Create the file for its owner only; files that SQLite adds get the same permissions."""
    try:
        if path.stat().st_size == 0 and time.time() - path.stat().st_mtime > _NEW:
            _log.warning(
                "%s is empty: a new store is created in it. If it held runs, restore a backup.",
                path,
            )
    except OSError:
        pass
    # If this fails, SQLite fails, too, and reports why.
    with contextlib.suppress(OSError):
        create_private(path)
    for beside in path.parent.glob(f"{path.name}[-.]*"):
        if beside.name.endswith(("-wal", "-shm", ".backup")) and HOME in beside.parts:
            close_to_others(beside)


def _upgrade(connection: apsw.Connection, path: Path) -> None:
    """Create the tables, or upgrade them after a backup, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.pragma("user_version")  # again: another process may have upgraded it
        if found < newest():
            if found:
                _back_up(path, found)
            for script in scripts(found):
                connection.execute(script)
            if not found:
                connection.execute(DEFAULT_EXPERIMENT, (time.time(),) * 2)
            connection.pragma("user_version", newest())
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk, SQLite itself has rolled back
            connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int) -> None:
    target = path.with_name(f"{path.name}.v{version}.backup")
    if not target.exists():
        source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        with contextlib.closing(source), replace_atomically(target) as stage:
            create_private(stage)  # SQLite treats an empty file as missing
            source.execute("VACUUM INTO ?", (str(stage),))
