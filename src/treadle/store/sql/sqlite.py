"""The embedded database: one SQLite file.

Uses apsw, which includes a current SQLite: the one that Python links may have the WAL-reset bug
(SQLite 3.7.0 to 3.51.2, see the WAL page of its documentation), which can damage a database that
several connections write to. With such a library, a rollback journal is used instead.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import apsw

from treadle.errors import StoreError, UnknownOutcomeError
from treadle.store.location import StoreLocation, explain_read_only
from treadle.store.sql.database import Answers, Row
from treadle.store.sql.sqlite_errors import explain, explained
from treadle.store.sql.sqlite_file import open_file
from treadle.store.sql.store import SqlStore


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
    # For an index of an expression, SQLite looks up the row even if the index has all columns, as
    # long as the query uses the expression.
    by_text: ClassVar[Mapping[str, str]] = {
        "param": "param INDEXED BY param_by_text",
        "tag": "tag INDEXED BY tag_by_value",
    }
    few = 3000
    listed_per_look = 6

    def __init__(self, path: Path) -> None:
        self.found_out: dict[bytes, tuple[float, Any]] = {}
        self.path = path
        self._depth = 0
        self._connection, self.is_read_only = open_file(path)

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of this connection is open."""
        return self._depth > 0

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Execute a statement and return its rows."""
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except apsw.Error as error:
            raise explain(error, self.path) from error

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for many rows."""
        with explained(self.path):
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

    def data_version(self) -> str:
        """Return a text that differs if another connection has committed a change since."""
        return str(self.execute("PRAGMA data_version")[0][0])

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
