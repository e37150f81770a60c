"""The embedded database: one SQLite file.

Uses apsw, which includes a current SQLite: the one that Python links may have the WAL-reset bug
(SQLite 3.7.0 to 3.51.2, see the WAL page of its documentation), which can damage a database that
several connections write to. With such a library, a rollback journal is used instead.
"""

import contextlib
import logging
import shlex
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from treadle.errors import DataError, StoreError, UnknownOutcomeError
from treadle.files import create_folder, replace_atomically
from treadle.private import HOME, close_to_others, create_private
from treadle.store.location import StoreLocation, explain_read_only
from treadle.store.sql.database import Answers, Row
from treadle.store.sql.read_only import (
    check_is_ours,
    explain_older,
    is_about_writing,
    open_to_read,
)
from treadle.store.sql.schema import DATE_DEFAULT, SQLITE_STEPS, explain_newer
from treadle.store.sql.store import SqlStore
from treadle.write_ahead import set_journal_mode

_log = logging.getLogger(__name__)

_NEW: Final = 60.0  # seconds for which another process may still be filling an empty file
_VERSION: Final = len(SQLITE_STEPS)  # the schema that this Treadle reads and writes
_WAIT: Final = 30_000  # milliseconds for other writers
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


class SqliteStore(SqlStore):
    """Store in one SQLite file; acknowledged means on the disk (``synchronous=FULL``).

    Args:
        location: The location; the file is created if it does not exist.

    Raises:
        StoreError: It cannot be created, is damaged, or was created by a newer Treadle.
    """

    def __init__(self, location: StoreLocation) -> None:
        super().__init__(SqliteDatabase(location.database), location)


class SqliteDatabase:
    """Connection to a SQLite file, which is first created or upgraded."""

    row_lock = ""  # a writer locks the whole file
    is_remote = False
    reorders = False
    no_index = "+"
    few = 3000
    listed_per_look = 6

    def __init__(self, path: Path) -> None:
        self.found_out: dict[bytes, tuple[float, Any]] = {}
        self.path = path
        self._depth = 0
        self.is_read_only = False
        try:
            self._connection = self._open()
        except StoreError as error:
            found = open_to_read(path) if is_about_writing(error) and path.is_file() else None
            if found is None:
                raise
            self._connection = found
            self.is_read_only = True
            self._prepare_to_read()

    def _open(self) -> apsw.Connection:
        try:
            create_folder(self.path.parent)
        except DataError as error:
            raise StoreError(error.message, hint=error.hint) from error
        self._create_private()
        with self._explained():
            self._connection = apsw.Connection(str(self.path))
        try:
            with self._explained():
                self._connection.set_busy_timeout(_WAIT)
                self._prepare()
        except BaseException:
            self._connection.close()
            raise
        return self._connection

    def _prepare_to_read(self) -> None:
        try:
            with self._explained():
                self._connection.set_busy_timeout(_WAIT)
                self._connection.pragma("trusted_schema", False)
                self._connection.pragma("cache_size", -_CACHE)
                check_is_ours(self._connection, self.path)
                self._check_version()
        except BaseException:
            self._connection.close()
            raise

    def _check_version(self) -> None:
        """Check that this Treadle supports the version of the file, without changing it."""
        found = self._connection.pragma("user_version")
        if found > _VERSION:
            raise explain_newer(str(self.path), found, _VERSION)
        if found < _VERSION and self.is_read_only:
            raise explain_older(self.path)

    def _create_private(self) -> None:
        """Create the file for its owner only; files that SQLite adds get the same permissions."""
        try:
            if self.path.stat().st_size == 0 and time.time() - self.path.stat().st_mtime > _NEW:
                _log.warning(
                    "%s is empty: a new store is created in it. If it held runs, restore a backup.",
                    self.path,
                )
        except OSError:
            pass
        # If this fails, SQLite fails, too, and reports why.
        with contextlib.suppress(OSError):
            create_private(self.path)
        for path in self.path.parent.glob(f"{self.path.name}[-.]*"):
            if path.name.endswith(("-wal", "-shm", ".backup")) and HOME in path.parts:
                close_to_others(path)

    def _prepare(self) -> None:
        check_is_ours(self._connection, self.path)
        mode = "DELETE" if has_wal_reset_bug(apsw.sqlite_lib_version()) else "WAL"
        set_journal_mode(self._connection, mode, _WAIT / 1000)
        self._connection.pragma("trusted_schema", False)  # a file of another user may have triggers
        self._connection.pragma("synchronous", "FULL")
        self._connection.pragma("cache_size", -_CACHE)
        self._check_version()
        if self._connection.pragma("user_version") < _VERSION:
            self._migrate()

    def _migrate(self) -> None:
        with self.transaction():
            found = self._connection.pragma("user_version")  # again, as it may have changed
            if found >= _VERSION:
                return
            if found:
                self._back_up(found)
            for step in SQLITE_STEPS[found:]:
                self._connection.execute(step)
            self.execute(DATE_DEFAULT, (time.time(),) * 2)
            self._connection.pragma("user_version", _VERSION)

    def _back_up(self, version: int) -> None:
        target = self.path.with_name(f"{self.path.name}.v{version}.backup")
        if not target.exists():
            source = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
            with contextlib.closing(source), replace_atomically(target) as stage:
                create_private(stage)  # SQLite treats an empty file as missing
                source.execute("VACUUM INTO ?", (str(stage),))

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise _explain(error, self.path) from error

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of this connection is open."""
        return self._depth > 0

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Execute a statement and return its rows."""
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except apsw.Error as error:
            raise _explain(error, self.path) from error

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for many rows."""
        with self._explained():
            self._connection.executemany(statement, rows)

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Insert or update many distinct rows; return one row for each, in any order."""
        return [self.execute(statement, row)[0] for row in rows]

    def execute_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Execute several queries and return the rows of each."""
        return [self.execute(statement, parameters) for statement, parameters in questions]

    def ask_later(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> Answers:
        """Execute several queries immediately: there is no round trip to save."""
        found = self.execute_all(questions)
        return lambda: found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        begin, commit, undo = (
            (
                f"SAVEPOINT part{self._depth}",
                f"RELEASE part{self._depth}",
                f"ROLLBACK TO part{self._depth}",
            )
            if self._depth
            else ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        )
        if self.is_read_only:
            raise explain_read_only(str(self.path))
        if self._depth and not self._connection.in_transaction:
            raise StoreError(f"The store {self.path} rolled back the changes before this one.")
        self.execute(begin)
        self._depth += 1
        try:
            yield
            # On a full or failing disk, SQLite rolls everything back, and COMMIT fails.
            self._end(commit)
        except BaseException:
            if self._connection.in_transaction:
                self.execute(undo)
            raise
        finally:
            self._depth -= 1

    def _end(self, commit: str) -> None:
        try:
            self.execute(commit)
        except StoreError as error:
            if self._depth == 1 and isinstance(error.__cause__, apsw.IOError):
                # The whole log may have been written before the sync failed; a crash then keeps it.
                raise UnknownOutcomeError(error.message, hint=error.hint) from error.__cause__
            raise

    def like(self, column: str, pattern: str, *, ignore_case: bool) -> tuple[str, str]:
        r"""Return a condition with one ``?`` and its value; ``%``, ``_``, ``\`` are as in SQL."""
        if ignore_case:
            return f"{column} LIKE ? ESCAPE '\\'", pattern
        # SQLite's LIKE ignores case; GLOB does not, and has other wildcards.
        return f"{column} GLOB ?", _as_glob(pattern)

    def check(self) -> list[str]:
        """Return descriptions of the damage; empty if there is none."""
        rows = [str(row[0]) for row in self.execute("PRAGMA quick_check(20)")]
        # A line with the name of the database precedes the errors.
        found = [line for row in rows for line in row.splitlines() if not line.startswith("***")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connection."""
        # The checkpoint may fail; what was committed is in the log, until the next checkpoint.
        with contextlib.suppress(apsw.Error):
            self._connection.close()


def _move_aside(path: Path) -> str:
    """Return the shell command that moves a damaged file aside."""
    return shlex.join(["mv", str(path), f"{path}.damaged"])


def _explain(error: apsw.Error, path: Path) -> StoreError:
    """Convert an error of the database to one with a hint for the user."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return StoreError(
            f"The store {path} is damaged: {error}.",
            hint=f"Nothing was changed. Move it aside ({_move_aside(path)}) and go on with a new "
            "one,"
            " or restore a backup; what is still in journals is delivered then.",
        )
    if isinstance(error, apsw.CantOpenError | apsw.ReadOnlyError | apsw.PermissionsError):
        return StoreError(
            f"The store {path} cannot be opened for writing: {error}.",
            hint="Check the permissions of the file and its folder, or choose another location "
            "with --store.",
        )
    if isinstance(error, apsw.FullError):
        return StoreError(
            f"The store {path} cannot grow: the disk is full.", hint="Free some space."
        )
    if isinstance(error, apsw.BusyError):
        return StoreError(
            f"The store {path} has been locked by another process for {_WAIT // 1000} s."
        )
    return StoreError(f"The store {path} failed: {error}.")


def _as_glob(pattern: str) -> str:
    glob = []
    escaped = False
    for character in pattern:
        if escaped or character not in "%_\\":
            glob.append(f"[{character}]" if character in "*?[" else character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            glob.append("*" if character == "%" else "?")
    return "".join(glob)
