"""The tables of MLflow's SQLite store, of any version of MLflow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from treadle.errors import DataError
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions

T = TypeVar("T")
Row = Mapping[str, Any]

_PATIENCE: Final = 30_000  # milliseconds to wait while MLflow writes


class Tables:
    """An open SQLite store of MLflow, which is only read.

    Args:
        path: The file.

    Raises:
        DataError: It is not an MLflow store.
    """

    def __init__(self, path: Path) -> None:
        self.omissions = Omissions()
        self.path = path
        self._columns: dict[str, set[str]] = {}
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        except apsw.Error as error:
            raise DataError(f"{path} cannot be read: {error}.") from error
        self._connection.set_busy_timeout(_PATIENCE)
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        self._names = {row[0] for row in self.query(query)}
        if not {"experiments", "runs", "metrics"} <= self._names:
            raise DataError(f"{path} is not a store of MLflow.")

    def query(self, text: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            DataError: The file cannot be read.
        """
        try:
            return self._connection.execute(text, values).fetchall()
        except apsw.Error as error:
            raise DataError(f"{self.path} cannot be read: {error}.") from error

    def select(
        self,
        table: str,
        columns: str,
        rest: str = "",
        *values: object,
    ) -> list[tuple[Any, ...]]:
        """Return some columns of a table; those that an older MLflow did not have are NULL.

        Args:
            table: Its name; a missing table has no rows.
            columns: Their names, separated by spaces; ``name:other`` renames one.
            rest: The SQL that selects and orders rows.
            values: The values of the question marks in `rest`.
        """
        if not self.has(table):
            return []
        if table not in self._columns:
            self._columns[table] = {row[1] for row in self.query(f"PRAGMA table_info({table})")}
        known = self._columns[table]
        names = [name.partition(":")[0] for name in columns.split()]
        selected = [name if name in known else "NULL" for name in names]
        return self.query(f"SELECT {', '.join(selected)} FROM {table} {rest}", values)

    def has(self, table: str) -> bool:
        """Whether the store has a table."""
        return table in self._names

    def rows(self, table: str, columns: str, rest: str = "", *values: object) -> list[Row]:
        """Return some columns of a table, each row by column names."""
        names = [name.rpartition(":")[2] for name in columns.split()]
        selected = self.select(table, columns, rest, *values)
        return [dict(zip(names, row, strict=True)) for row in selected]

    def convert(self, what: str, rows: Sequence[Row], make: Callable[[Row], T]) -> Iterator[T]:
        """Yield a record of each row; a row that cannot be read is recorded by its first column."""
        for row in rows:
            try:
                yield make(row)
            except (*READ_ERRORS, DataError) as error:
                self.omissions.add(f"{self.path}: {what} {next(iter(row.values()))}", error)

    def pairs(
        self,
        table: str,
        owner: str,
        key: object,
        name: str = "key",
        value: str = "value",
    ) -> dict[str, str]:
        """Return the names and values of a table that belong to one owner."""
        rows = self.select(table, f"{name} {value}", f"WHERE {owner} = ?", key)
        return {str(name): "" if value is None else str(value) for name, value in rows}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
