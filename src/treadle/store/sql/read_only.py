"""Read-only opening of SQLite files: of another user, or in a read-only folder or disk.

SQLite itself writes beside a file with a write-ahead log even to read it.
"""

import errno
from pathlib import Path
from urllib.parse import quote

import apsw

from treadle.errors import StoreError

_ABOUT_WRITING = (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError)
_SYSTEM = (errno.EACCES, errno.EPERM, errno.EROFS)


def is_about_writing(error: StoreError) -> bool:
    """Return whether a store could not be opened because it cannot be written to."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _ABOUT_WRITING):
            return True
        if isinstance(cause, OSError) and cause.errno in _SYSTEM:
            return True
        cause = cause.__cause__
    return False


def open_to_read(path: Path) -> apsw.Connection | None:
    """Open a file read-only, including its write-ahead log; return None if not possible.

    Other processes that write to it are respected if the index of the log (``-shm``) is beside the
    file. Without an index, no process is assumed to write.
    """
    log = path.with_name(f"{path.name}-wal")
    try:
        has_log = log.stat().st_size > 0
    except OSError:
        has_log = False
    return _try(str(path)) or (
        # Without an index, use one in memory, and no locks, as they would be in the index.
        _try(str(path), vfs="unix-none", is_alone=True)
        if has_log
        else _try(f"file:{quote(str(path))}?immutable=1", flags=apsw.SQLITE_OPEN_URI)
    )


def _try(
    name: str, *, flags: int = 0, vfs: str | None = None, is_alone: bool = False
) -> apsw.Connection | None:
    try:
        connection = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY | flags, vfs=vfs)
    except apsw.Error:
        return None
    try:
        if is_alone:
            connection.pragma("locking_mode", "EXCLUSIVE")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.IOError):
        connection.close()
        return None
    return connection


def explain_older(path: Path) -> StoreError:
    """Return the error for reading a store that must be upgraded first."""
    return StoreError(
        f"The store {path} was made by an older Treadle, and cannot be written to.",
        hint="It can be read after a user with write access has opened it once.",
    )


def check_is_ours(connection: apsw.Connection, path: Path) -> None:
    """Check that a file has no tables of another program, to which Treadle's would be added.

    Raises:
        StoreError: It has some.
    """
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    tables = sorted(str(name) for (name,) in rows)
    if tables and (connection.pragma("user_version") == 0 or "run" not in tables):
        raise StoreError(
            f"{path} is a database of another program: it has the tables {', '.join(tables[:5])}. "
            "Nothing was changed.",
            hint="Name another file: --store, TREADLE_STORE, or store in pyproject.toml.",
        )
