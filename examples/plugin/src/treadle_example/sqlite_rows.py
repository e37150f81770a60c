"""A dataset that is not a file of its own: the rows of a table of SQLite."""

import contextlib
import hashlib
import sqlite3
from typing import Any


class SqliteRows:
    """Dicts in a table, saved in one transaction.

    Args:
        database: The path of the database.
        table: The name of the table.
    """

    def __init__(self, database: str, table: str) -> None:
        self._database = database
        self._table = '"' + table.replace('"', '""') + '"'

    def load(self) -> list[dict[str, Any]]:
        """Read all rows, in the order in which they were saved."""
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(f"SELECT * FROM {self._table} ORDER BY rowid")
            return [dict(row) for row in found]

    def save(self, data: list[dict[str, Any]]) -> None:
        """Replace all rows; they have the columns of the first."""
        columns = list(data[0])
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        values = [[row[name] for name in columns] for row in data]
        marks = ", ".join("?" for _ in columns)
        with contextlib.closing(sqlite3.connect(self._database)) as connection, connection:
            connection.execute("BEGIN")  # or the table is gone when an insert fails
            connection.execute(f"DROP TABLE IF EXISTS {self._table}")
            connection.execute(f"CREATE TABLE {self._table} ({names})")
            connection.executemany(f"INSERT INTO {self._table} VALUES ({marks})", values)

    def exists(self) -> bool:
        """Return whether the table exists."""
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            return bool(connection.execute(f"PRAGMA table_info({self._table})").fetchall())

    def digest(self) -> str:
        """Return a digest of the rows, so that nodes that read them are reused."""
        return hashlib.sha256(repr(self.load()).encode()).hexdigest()
