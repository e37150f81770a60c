"""Tables and queries of a database, through SQLAlchemy."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from treadle.catalog.dataset import DatasetDescription
from treadle.catalog.libraries import load_library, require_library
from treadle.catalog.preview import Preview, preview_value
from treadle.errors import CatalogError, DataError, DataNotFoundError, nearest
from treadle.files import stage_path
from treadle.masking import mask, remember_addresses

_IF_EXISTS: Final = ("fail", "replace", "append")


class _Database:
    """A connection that is opened on demand, and never shown with its password."""

    def __init__(self, url: str, what: str) -> None:
        remember_addresses(url)
        self._url = url
        self._what = what
        self._engine: Any = None

    def require(self) -> None:
        for module in ("sqlalchemy", "pandas"):
            require_library(module, self._what, "sql")

    def engine(self) -> Any:
        if self._engine is None:
            sqlalchemy = load_library("sqlalchemy", self._what, "sql")
            try:
                engine = sqlalchemy.create_engine(self._url)
                is_sqlite = engine.dialect.name == "sqlite"
                if not is_sqlite or engine.url.database not in (None, "", ":memory:"):
                    # A dataset connects once or twice: connections are not pooled.
                    engine = sqlalchemy.create_engine(self._url, poolclass=sqlalchemy.NullPool)
                self._engine = engine
            except Exception as error:  # noqa: BLE001 - each driver raises its own
                raise DataError(
                    f"{self._what}: {self._url} cannot be used: {error}"
                ) from None  # the cause would show the password
        return self._engine

    def read(self, what: str, reader: Callable[[Any], Any], execution: Mapping[str, Any]) -> Any:
        """Read by a function of pandas that accepts a connection; an iterator reads chunk by chunk.

        The connection of an iterator is open until its last chunk.
        """
        with contextlib.ExitStack() as stack:
            try:
                connection = stack.enter_context(self.engine().connect())
                if execution:
                    connection = connection.execution_options(**execution)
                result = reader(connection)
            except Exception as error:
                raise self.failure(what, error) from error
            if not isinstance(result, Iterator):
                return result
            return self._chunks(result, what, stack.pop_all())

    def _chunks(
        self, chunks: Iterator[Any], what: str, stack: contextlib.ExitStack
    ) -> Iterator[Any]:
        with stack:
            try:
                yield from chunks
            except Exception as error:
                raise self.failure(what, error) from error

    def failure(self, what: str, error: Exception) -> DataError:
        return DataError(f"{self._what} cannot be {what}: {str(error).splitlines()[0]}")

    def __str__(self) -> str:
        return mask(self._url)


class SqlTableDataset:
    """A table as a frame of pandas, saved in one transaction.

    If the table exists, the save fails and does not change it, unless ``save_args`` have
    ``if_exists: replace`` (atomic, by a rename) or ``append``.

    Args:
        url: The URL for SQLAlchemy, with the database's parameters.
        table: The table's name.
        schema: The schema of the table.
        load_args: For ``read_sql_table``; with ``chunksize`` an iterator of frames is loaded.
        save_args: For ``to_sql``.

    Raises:
        CatalogError: ``if_exists`` is not fail, replace or append.
    """

    runs_code: ClassVar[bool] = False
    code: ClassVar[tuple[object, ...]] = ("pandas", "sqlalchemy")

    def __init__(
        self,
        url: str,
        table: str,
        *,
        schema: str | None = None,
        load_args: Mapping[str, Any] | None = None,
        save_args: Mapping[str, Any] | None = None,
    ) -> None:
        self._database = _Database(url, f'The table "{table}"')
        self._table = table
        self._schema = schema
        self._load_args = dict(load_args or {})
        self._save_args = {"index": False, **(save_args or {})}
        self._if_exists = self._save_args.pop("if_exists", "fail")
        if self._if_exists not in _IF_EXISTS:
            raise CatalogError(
                f"its if_exists is {self._if_exists!r}.",
                hint=nearest(str(self._if_exists), _IF_EXISTS),
            )

    def require(self) -> None:
        """Check that the libraries are installed."""
        self._database.require()

    def load(self) -> Any:
        """Read the table."""
        import pandas as pd

        if not self.exists():
            raise DataNotFoundError(f'There is no table "{self._table}" in {self._database}.')
        return self._database.read(
            "loaded",
            lambda connection: pd.read_sql_table(
                self._table, connection, schema=self._schema, **self._load_args
            ),
            {},
        )

    def preview(self, rows: int) -> Preview | None:
        """Read the first rows."""
        return _first_rows(self._database, self._reader(rows), rows, {"stream_results": True})

    def _reader(self, rows: int) -> Callable[[Any], Any]:
        import pandas as pd

        options = {**self._load_args, "chunksize": rows}
        return lambda connection: pd.read_sql_table(
            self._table, connection, schema=self._schema, **options
        )

    def save(self, data: Any) -> None:
        """Create the table, replace it or append to it, according to ``if_exists``.

        Raises:
            DataError: It cannot be written, or it exists and must not be replaced.
        """
        options = dict(self._save_args)
        if self._if_exists == "fail" and self.exists():
            raise DataError(
                f'The table "{self._table}" exists in {self._database}, and is left as it is.',
                hint="Add save_args: {if_exists: replace} to its entry, or {if_exists: append}.",
            )
        try:
            with self._database.engine().begin() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql(
                        "BEGIN IMMEDIATE"
                    )  # its driver begins too late for CREATE TABLE
                if self._if_exists == "replace":
                    self._replace(data, connection, options)
                else:
                    data.to_sql(
                        self._table,
                        connection,
                        schema=self._schema,
                        if_exists=self._if_exists,
                        **options,
                    )
        except Exception as error:
            raise self._database.failure("saved", error) from error

    def _replace(self, data: Any, connection: Any, options: dict[str, Any]) -> None:
        from pathlib import Path

        stage = stage_path(Path(self._table)).name.strip(".").replace(".", "_").replace("-", "_")
        data.to_sql(stage, connection, schema=self._schema, if_exists="fail", **options)
        quote = connection.dialect.identifier_preparer.quote
        prefix = f"{quote(self._schema)}." if self._schema else ""
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {prefix}{quote(self._table)}")
        connection.exec_driver_sql(
            f"ALTER TABLE {prefix}{quote(stage)} RENAME TO {quote(self._table)}"
        )

    def exists(self) -> bool:
        """Return whether the table exists."""
        import sqlalchemy

        return bool(
            sqlalchemy.inspect(self._database.engine()).has_table(self._table, schema=self._schema)
        )

    def digest(self) -> str:
        """Return an empty string: a table has no digest of its own."""
        return ""

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the table."""
        return DatasetDescription(type="sql_table", location=f"{self._database}#{self._table}")


class SqlQueryDataset:
    """The result of a query, as a frame of pandas.

    Args:
        url: The URL for SQLAlchemy.
        query: The query.
        load_args: For ``read_sql_query``, including ``params``; with ``chunksize`` an iterator of
            frames is loaded.
        execution_options: For the connection, such as ``stream_results``.
    """

    runs_code: ClassVar[bool] = False
    code: ClassVar[tuple[object, ...]] = ("pandas", "sqlalchemy")

    def __init__(
        self,
        url: str,
        query: str,
        *,
        load_args: Mapping[str, Any] | None = None,
        execution_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._database = _Database(url, "The query")
        self._query = query
        self._load_args = dict(load_args or {})
        self._execution_options = dict(execution_options or {})

    def require(self) -> None:
        """Check that the libraries are installed."""
        self._database.require()

    def load(self) -> Any:
        """Run the query."""
        import pandas as pd
        import sqlalchemy

        return self._database.read(
            "run",
            lambda connection: pd.read_sql_query(
                sqlalchemy.text(self._query), connection, **self._load_args
            ),
            self._execution_options,
        )

    def preview(self, rows: int) -> Preview | None:
        """Read the first rows of the query's result."""
        import pandas as pd
        import sqlalchemy

        options = {**self._load_args, "chunksize": rows}
        execution = {"stream_results": True, **self._execution_options}
        query = sqlalchemy.text(self._query)
        return _first_rows(
            self._database,
            lambda connection: pd.read_sql_query(query, connection, **options),
            rows,
            execution,
        )

    def save(self, data: Any) -> None:
        """Raise an error: a query is read-only."""
        raise DataError("A query can only be read.", hint="Use type: sql_table to write a table.")

    def exists(self) -> bool:
        """Return True: only running a query shows whether it works."""
        return True

    def digest(self) -> str:
        """Return an empty string: the result of a query may change at any time."""
        return ""

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the query."""
        return DatasetDescription(type="sql_query", location=str(self._database))


def _first_rows(
    database: _Database, reader: Callable[[Any], Any], rows: int, execution: Mapping[str, Any]
) -> Preview | None:
    """Preview the first chunk of a database's result."""
    chunks = database.read("loaded", reader, execution)
    try:
        frame = next(chunks, None)
    finally:
        chunks.close()
    return (
        None if frame is None else preview_value(frame, rows, size=f"of {frame.shape[1]} columns")
    )
