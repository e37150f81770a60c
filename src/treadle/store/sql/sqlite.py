"""The embedded database: one SQLite file.

Through apsw, which carries a current SQLite of its own: the one that Python links may have the
WAL-reset bug (SQLite 3.7.0 to 3.51.2, see the WAL page of its documentation), which can damage a
database that several connections write to. Such a library gets a rollback journal instead.
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
from treadle.files import (
    HOME,
    close_to_others,
    create_folder,
    create_private,
    replace_atomically,
)
from treadle.store.location import StoreLocation, explain_read_only
from treadle.store.sql.database import Answers, Row
from treadle.store.sql.reading import (
    check_is_ours,
    explain_older,
    is_about_writing,
    open_to_read,
)
from treadle.store.sql.schema import DATE_DEFAULT, SQLITE_STEPS, explain_newer
from treadle.store.sql.store import SqlStore
from treadle.write_ahead import set_journal_mode

__all__ = ["SqliteDatabase", "SqliteStore", "has_wal_reset_bug"]

_log = logging.getLogger(__name__)

_NEW: Final = 60.0  # seconds in which another process may be about to fill an empty file
_VERSION: Final = len(SQLITE_STEPS)  # that this Treadle reads and writes
_WAIT: Final = 30_000  # milliseconds for other writers
_CACHE: Final = 65_536  # KiB of pages that a connection keeps at most; a search of a million runs needs them


def has_wal_reset_bug(version: str) -> bool:
    """Tell whether a SQLite version may damage a write-ahead log that several connections use.

    Examples:
        >>> has_wal_reset_bug("3.40.1"), has_wal_reset_bug("3.51.3"), has_wal_reset_bug("3.44.6")
        (True, False, False)
    """
    number = tuple(int(part) for part in version.split("."))
    backported = number[:2] in ((3, 50), (3, 44)) and number >= {50: (3, 50, 7), 44: (3, 44, 6)}[number[1]]
    return number < (3, 51, 3) and not backported


class SqliteStore(SqlStore):
    """Runs in one SQLite file; acknowledged means on the disk (``synchronous=FULL``).

    Args:
        location: Where it is; made when it is not there yet.

    Raises:
        StoreError: It cannot be made, is damaged, or was made by a newer Treadle.
    """

    def __init__(self, location: StoreLocation) -> None:
        super().__init__(SqliteDatabase(location.database), location)


class SqliteDatabase:
    """A connection to a SQLite file, which is made or brought up to date first."""

    row_lock = ""  # a writer has the file for itself
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
        """Check that this Treadle knows all tables of the file, and changes none of them."""
        found = self._connection.pragma("user_version")
        if found > _VERSION:
            raise explain_newer(str(self.path), found, _VERSION)
        if found < _VERSION and self.is_read_only:
            raise explain_older(self.path)

    def _create_private(self) -> None:
        """Create the file for its owner only; what SQLite puts beside it gets the same rights."""
        try:
            if self.path.stat().st_size == 0 and time.time() - self.path.stat().st_mtime > _NEW:
                _log.warning(
                    "%s is empty: a new store is created in it. If it held runs, restore a backup.",
                    self.path,
                )
        except OSError:
            pass
        # What stops this also stops SQLite, which says why.
        with contextlib.suppress(OSError):
            create_private(self.path)
        for path in self.path.parent.glob(f"{self.path.name}[-.]*"):
            if path.name.endswith(("-wal", "-shm", ".backup")) and HOME in path.parts:
                close_to_others(path)

    def _prepare(self) -> None:
        check_is_ours(self._connection, self.path)
        mode = "DELETE" if has_wal_reset_bug(apsw.sqlite_lib_version()) else "WAL"
        set_journal_mode(self._connection, mode, _WAIT / 1000)
        self._connection.pragma("trusted_schema", False)  # a file of others may have triggers
        self._connection.pragma("synchronous", "FULL")
        self._connection.pragma("cache_size", -_CACHE)
        self._check_version()
        if self._connection.pragma("user_version") < _VERSION:
            self._migrate()

    def _migrate(self) -> None:
        with self.transaction():
            found = self._connection.pragma("user_version")  # again: another process may have been faster
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
                create_private(stage)  # SQLite takes an empty file for none
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
        """Run one statement; give its rows."""
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except apsw.Error as error:
            raise _explain(error, self.path) from error

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with self._explained():
            self._connection.executemany(statement, rows)

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Insert or change many rows, no row twice; each gives one row, in any order."""
        return [self.execute(statement, row)[0] for row in rows]

    def execute_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Run several statements that give rows."""
        return [self.execute(statement, parameters) for statement, parameters in questions]

    def ask_later(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> Answers:
        """Run several statements that give rows, now: there is no round trip to save."""
        found = self.execute_all(questions)
        return lambda: found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of a block or nothing of it; inside another one, it is a part that can fail alone."""
        begin, commit, undo = (
            (f"SAVEPOINT part{self._depth}", f"RELEASE part{self._depth}", f"ROLLBACK TO part{self._depth}")
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
            # A full disk or a failing one makes SQLite give up the whole: COMMIT then has nothing to end, and says so.
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
                # The whole log may have been written before the sync failed: after a crash it counts.
                raise UnknownOutcomeError(error.message, hint=error.hint) from error.__cause__
            raise

    def like(self, column: str, pattern: str, *, ignore_case: bool) -> tuple[str, str]:
        r"""Give a condition with one ``?``, and what to bind; ``%``, ``_`` and ``\`` have SQL's meaning."""
        if ignore_case:
            return f"{column} LIKE ? ESCAPE '\\'", pattern
        # SQLite's own LIKE ignores case; GLOB does not, and takes other wildcards.
        return f"{column} GLOB ?", _as_glob(pattern)

    def check(self) -> list[str]:
        """Look for damage; none gives an empty list."""
        rows = [str(row[0]) for row in self.execute("PRAGMA quick_check(20)")]
        # Before what is wrong comes a line that names the database.
        found = [line for row in rows for line in row.splitlines() if not line.startswith("***")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Free the connection."""
        # Moving the log into the file may fail; what was committed is in the log, and moved the next time.
        with contextlib.suppress(apsw.Error):
            self._connection.close()


def _move_aside(path: Path) -> str:
    """Return the command that does so, as a shell takes it."""
    return shlex.join(["mv", str(path), f"{path}.damaged"])


def _explain(error: apsw.Error, path: Path) -> StoreError:
    """Turn what the database says into what the user can do."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return StoreError(
            f"The store {path} is damaged: {error}.",
            hint=f"Nothing was changed. Move it aside ({_move_aside(path)}) and go on with a new one,"
            " or restore a backup; what is still in journals is delivered then.",
        )
    if isinstance(error, apsw.CantOpenError | apsw.ReadOnlyError | apsw.PermissionsError):
        return StoreError(
            f"The store {path} cannot be opened for writing: {error}.",
            hint="Check the permissions of the file and its folder, or choose another location with --store.",
        )
    if isinstance(error, apsw.FullError):
        return StoreError(f"The store {path} cannot grow: the disk is full.", hint="Free some space.")
    if isinstance(error, apsw.BusyError):
        return StoreError(f"The store {path} has been locked by another process for {_WAIT // 1000} s.")
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
