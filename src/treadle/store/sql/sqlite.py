"""The embedded store: one SQLite file.

Through apsw, which carries a current SQLite of its own: the one that Python links may have the
WAL-reset bug (SQLite 3.7.0 to 3.51.2, see the WAL page of its documentation), which can damage a
database that several connections write to. Such a library gets a rollback journal instead.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from treadle.errors import DataError, StoreError
from treadle.files import create_folder
from treadle.records import Entry, MetricPoint, ProcessIdentity, RunDetails, RunRecord
from treadle.store.location import StoreLocation
from treadle.store.process import is_dead
from treadle.store.search import Search
from treadle.store.sql import read
from treadle.store.sql.apply import EntryApplier
from treadle.store.sql.schema import STEPS, VERSION

__all__ = ["SqliteStore", "has_wal_reset_bug"]

_WAIT: Final = 30_000  # milliseconds for other writers

_read_owner = msgspec.msgpack.Decoder(ProcessIdentity).decode


def has_wal_reset_bug(version: str) -> bool:
    """Tell whether a SQLite version may damage a write-ahead log that several connections use.

    Examples:
        >>> has_wal_reset_bug("3.40.1"), has_wal_reset_bug("3.51.3"), has_wal_reset_bug("3.44.6")
        (True, False, False)
    """
    number = tuple(int(part) for part in version.split("."))
    backported = number[:2] in ((3, 50), (3, 44)) and number >= {50: (3, 50, 7), 44: (3, 44, 6)}[number[1]]
    return number < (3, 51, 3) and not backported


class SqliteStore:
    """Runs in one SQLite file; acknowledged means on the disk (``synchronous=FULL``).

    Args:
        location: Where it is; made when it is not there yet.

    Raises:
        StoreError: It cannot be made, is damaged, or was made by a newer Treadle.
    """

    def __init__(self, location: StoreLocation) -> None:
        self.location = location
        try:
            create_folder(location.folder)
        except DataError as error:
            raise StoreError(error.message, hint=error.hint) from error
        with self._explained():
            self._connection = apsw.Connection(str(location.database))
        try:
            with self._explained():
                self._connection.set_busy_timeout(_WAIT)
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        mode = "DELETE" if has_wal_reset_bug(apsw.sqlite_lib_version()) else "WAL"
        self._connection.pragma("journal_mode", mode)
        self._connection.pragma("synchronous", "FULL")
        found = self._connection.pragma("user_version")
        if found > VERSION:
            raise StoreError(
                f"The store {self.location} has version {found}; this Treadle knows up to {VERSION}.",
                hint="Update Treadle, or choose another store with --store.",
            )
        if found < VERSION:
            self._migrate()

    def _migrate(self) -> None:
        with self._transaction():
            found = self._connection.pragma("user_version")  # again: another process may have been faster
            if found:
                self._back_up(found)
            for step in STEPS[found:]:
                self._connection.execute(step)
            self._connection.pragma("user_version", VERSION)

    def _back_up(self, version: int) -> None:
        target = self.location.database.with_name(f"{self.location.database.name}.v{version}.backup")
        if not target.exists():
            source = apsw.Connection(str(self.location.database), flags=apsw.SQLITE_OPEN_READONLY)
            with contextlib.closing(source):
                source.execute("VACUUM INTO ?", (str(target),))

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the database says into what the user can do."""
        path = self.location.database
        try:
            yield
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreError(
                f"The store {path} is damaged: {error}.",
                hint=f"Nothing was changed. Move it aside (mv {path} {path}.damaged) and go on with a new one, "
                "or bring a backup back; what is still in journals is delivered then.",
            ) from error
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
            raise StoreError(
                f"The store {path} cannot be opened for writing: {error}.",
                hint="Check the permissions of the file and its folder, or choose another place with --store.",
            ) from error
        except apsw.FullError as error:
            raise StoreError(f"The store {path} cannot grow: the disk is full.", hint="Free some space.") from error
        except apsw.BusyError as error:
            raise StoreError(f"The store {path} has been locked by another process for {_WAIT // 1000} s.") from error
        except apsw.Error as error:
            raise StoreError(f"The store {path} failed: {error}.") from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def apply(self, writer: str, first: int, entries: Sequence[Entry]) -> int:
        """Take consecutive entries of one writer, in one transaction."""
        with self._explained(), self._transaction():
            rows = self._connection.execute("SELECT high_water FROM writer WHERE id = ?", (writer,))
            known = next((int(row[0]) for row in rows), 0)
            last = first + len(entries) - 1
            if last <= known:
                return known
            if first > known + 1:
                raise StoreError(f"Entries {known + 1} to {first - 1} of writer {writer} are missing.")
            EntryApplier(self._connection).apply(entries[known + 1 - first :])
            self._connection.execute(
                "INSERT INTO writer VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET high_water = excluded.high_water",
                (writer, last),
            )
            return last

    def reap(self) -> list[str]:
        """Mark the runs as killed whose process has died; give their ids."""
        with self._explained():
            query = "SELECT key, id, owner FROM run WHERE status = 'running' AND owner IS NOT NULL"
            dead = [(key, run) for key, run, owner in self._connection.execute(query) if is_dead(_read_owner(owner))]
            if not dead:
                return []
            with self._transaction():
                for key, _ in dead:
                    self._connection.execute(
                        "UPDATE run SET status = 'killed', ended = touched WHERE key = ? AND status = 'running'", (key,)
                    )
                    self._connection.execute(
                        "UPDATE node_run SET status = 'killed', ended = (SELECT touched FROM run WHERE key = ?)"
                        " WHERE run_key = ? AND status = 'running'",
                        (key, key),
                    )
            return [run for _, run in dead]

    def find_runs(self, search: Search) -> list[RunRecord]:
        """Find runs."""
        with self._explained():
            return read.find_runs(self._connection, search)

    def get_run(self, run: str) -> RunDetails:
        """Give all that is kept about one run."""
        with self._explained():
            return read.read_run(self._connection, run)

    def points(self, run: str, key: str) -> list[MetricPoint]:
        """Give a whole series, in the order in which it was logged, exactly."""
        with self._explained():
            return read.read_points(self._connection, run, key)

    def check(self) -> list[str]:
        """Look for damage; none gives an empty list."""
        with self._explained():
            found = [str(row[0]) for row in self._connection.execute("PRAGMA quick_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Free the connection."""
        self._connection.close()

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteStore({str(Path(self.location.database))!r})"
