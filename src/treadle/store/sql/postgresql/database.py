"""Store in PostgreSQL, by psycopg 3 (extra ``postgres``)."""

import contextlib
import functools
import logging
import re
import selectors
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from treadle.errors import MissingExtraError, StoreError, StoreUnreachableError, UnknownOutcomeError
from treadle.masking import mask
from treadle.store.location import StoreLocation
from treadle.store.sql.database import Answers, Row
from treadle.store.sql.store import SqlStore

try:
    import psycopg
    from psycopg.types.numeric import Int8BinaryDumper
except ImportError as error:
    raise MissingExtraError("A store in PostgreSQL", "psycopg", "postgres") from error

from treadle.store.sql.postgresql.multirow import is_insert, widen
from treadle.store.sql.postgresql.password import explain_guards, guard_password
from treadle.store.sql.postgresql.upgrade import prepare
from treadle.store.sql.postgresql.write_behind import WriteBehind  # it needs psycopg, too

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # not to stderr, too

_IDLE: Final = 1.0  # idle seconds after which the connection is checked
# JIT compilation takes longer than any of our queries. A list of a million runs fits in work_mem;
# if PostgreSQL expects that one does not fit, it scans the whole list for every run.
_SESSION: Final = (
    "-c statement_timeout=60s -c idle_in_transaction_session_timeout=60s -c lock_timeout=30s -c "
    "jit=off -c work_mem=64MB"
)
_PLACE: Final = re.compile(r"\?")


class PostgresStore(SqlStore):
    """Store in a PostgreSQL database; acknowledged means committed.

    Raises:
        StoreError: It cannot be reached, or was created by a newer Treadle.
    """

    def __init__(self, location: StoreLocation) -> None:
        super().__init__(PostgresDatabase(location.uri, is_named=location.is_named), location)


class PostgresDatabase:
    """Connection to PostgreSQL, which first creates or upgrades the tables."""

    row_lock = " FOR UPDATE"
    is_remote = True
    is_read_only = False
    reorders = True
    no_index = ""
    by_text: ClassVar[Mapping[str, str]] = {}
    few = 500
    listed_per_look = 15

    def __init__(self, uri: str, *, is_named: bool = False) -> None:
        self.found_out: dict[bytes, tuple[float, Any]] = {}
        self._asked = time.monotonic()
        self._uri = uri
        self._is_named = is_named
        self._connection = self._connect()
        self._link = WriteBehind(self._connection)
        try:
            prepare(self, self.run_script, mask(self._uri))
        except BaseException:
            self._connection.close()
            raise

    def _connect(self) -> "psycopg.Connection[Row]":
        guards: Mapping[str, Any] = {}
        try:
            guards = guard_password(self._uri, is_named=self._is_named)
            connection = psycopg.connect(
                self._uri,
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
                connect_timeout=10,
                options=_SESSION,
                application_name="treadle",
                prepare_threshold=3,
                **guards,
            )
        except psycopg.Error as error:
            guarded = explain_guards(guards, error)
            raise StoreUnreachableError(
                f"The store {mask(self._uri)} cannot be reached: {_said(error)}.",
                hint=guarded or "Is the address right, and does the server run?",
            ) from error
        # Always of the same type: each combination of types is a separate prepared statement.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        return connection

    def run_script(self, text: str) -> None:
        """Execute a script of several statements immediately."""
        try:
            self._link.run_script(text)
        except psycopg.Error as error:
            raise self._explain(error) from error

    def _alive(self, *, idle: float = _IDLE) -> WriteBehind:
        """Return the connection, or a new one if the server closed it between two statements.

        Args:
            idle: Idle seconds after which to check the connection.
        """
        if not self._link.depth and (self._connection.closed or self._has_gone_away(idle)):
            self._connection = self._connect()
            self._link = WriteBehind(self._connection)
        return self._link

    def _has_gone_away(self, most: float) -> bool:
        """Return whether the server closed an idle connection, where statements may get lost."""
        now = time.monotonic()
        idle, self._asked = now - self._asked, now
        if idle < most:
            return False
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._connection.fileno(), selectors.EVENT_READ)
                while selector.select(0):  # data without a query
                    self._connection.pgconn.consume_input()
        except (psycopg.Error, OSError):
            self._connection.close()
            return True
        return False

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of this connection is open."""
        return self._link.depth > 0

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Execute a statement and return its rows; a write may fail later in the transaction."""
        text, is_question = _numbered(statement)
        try:
            if is_question:
                return self._alive().ask(text, _fitting(parameters))
            self._alive().tell(text, _fitting(parameters))
        except psycopg.Error as error:
            raise self._explain(error) from error
        return []

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for many rows."""
        given = [_fitting(row) for row in rows]
        if not given:
            return
        try:
            # One statement must not update a row twice.
            if is_insert(statement) and " DO UPDATE " not in statement:
                self._alive().tell_all(
                    [(_numbered(text)[0], values) for text, values in widen(statement, given)]
                )
            else:
                self._alive().tell_each(_numbered(statement)[0], given)
        except psycopg.Error as error:
            raise self._explain(error) from error

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Insert or update many distinct rows; send all before reading results."""
        asked = [(_numbered(text)[0], _fitting(values)) for text, values in widen(statement, rows)]
        try:
            return [row for answer in self._alive().ask_all(asked) for row in answer]
        except psycopg.Error as error:
            raise self._explain(error) from error

    def execute_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Execute several queries and return the rows of each; send all before reading results."""
        asked = [
            (_numbered(statement)[0], _fitting(parameters)) for statement, parameters in questions
        ]
        try:
            return self._alive().ask_all(asked)
        except psycopg.Error as error:
            raise self._explain(error) from error

    def ask_later(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> Answers:
        """Execute several queries, at the latest when the transaction ends."""
        asked = [
            (_numbered(statement)[0], _fitting(parameters)) for statement, parameters in questions
        ]
        try:
            posted = self._alive().post_all(asked)
        except psycopg.Error as error:
            raise self._explain(error) from error

        def rows() -> list[list[Row]]:
            try:
                return posted()
            except psycopg.Error as error:
                raise self._explain(error) from error

        return rows

    def _explain(self, error: "psycopg.Error") -> StoreError:
        if self._connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF:
            self._connection.close()  # it broke in a pipeline, and is not usable any more
        if isinstance(error, psycopg.OperationalError) and self._connection.closed:
            kind = UnknownOutcomeError if self._link.is_committing else StoreUnreachableError
            return kind(f"The store {mask(self._uri)} cannot be reached: {_said(error)}.")
        return StoreError(f"The store {mask(self._uri)} failed: {_said(error)}.")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        try:
            # If the server has gone away, statements sent with COMMIT have an unknown outcome.
            with self._alive(idle=0.0).transaction():
                yield
        except psycopg.Error as error:
            raise self._explain(error) from error

    def like(self, column: str, pattern: str, *, ignore_case: bool) -> tuple[str, str]:
        r"""Return a condition with one ``?`` and its value; ``%``, ``_``, ``\`` are as in SQL."""
        return f"{column} {'ILIKE' if ignore_case else 'LIKE'} ? ESCAPE '\\'", pattern

    def data_version(self) -> str:
        """Return the transactions that are visible, whose numbers all databases of a server share.

        A transaction has a number only if it changes something.
        """
        return str(self.execute("SELECT CAST(txid_current_snapshot() AS TEXT)")[0][0])

    def check(self) -> list[str]:
        """Check that the database responds; PostgreSQL has its own tools to find damage."""
        self.execute("SELECT count(*) FROM experiment")
        return []

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _said(error: "psycopg.Error") -> str:
    """Return the first line of an error message, without its hints."""
    return str(error).strip().partition("\n")[0].rstrip(". ")


@functools.lru_cache(maxsize=1024)
def _numbered(statement: str) -> tuple[bytes, bool]:
    """Number the parameters as ``$1``, ``$2``; also return whether the statement returns rows.

    No statement of Treadle has a question mark in a text.
    """
    number = iter(range(1, 100_000))
    is_write = (
        statement.startswith(("INSERT ", "UPDATE ", "DELETE ")) and " RETURNING " not in statement
    )
    return _PLACE.sub(lambda _: f"${next(number)}", statement).encode(), not is_write


def _fitting(parameters: Sequence[Any]) -> list[Any]:
    """Replace NUL, which PostgreSQL rejects, by its symbol, and large integers by floats."""
    return [
        value.replace("\0", "\N{SYMBOL FOR NULL}")
        if type(value) is str and "\0" in value
        else float(value)
        if type(value) is int and not -(2**63) <= value < 2**63
        else value
        for value in parameters
    ]
