"""Interface of a database, with the differences between SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

MAX_NAME: Final = 500
"""Maximum length of a name in characters: PostgreSQL cannot index much longer ones."""

Row = tuple[Any, ...]
Answers = Callable[[], list[list[Row]]]
"""Returns the rows of statements that may not have been sent yet; the same at each call."""


class Database(Protocol):
    """Database connection, used by one thread at a time. Parameters are written as ``?``.

    Every method raises a StoreError with a hint for the user.
    """

    row_lock: str
    """Suffix of a SELECT that locks its rows until the transaction ends."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of this connection is open."""
        ...

    @property
    def by_text(self) -> Mapping[str, str]:
        """Sources of params and tags of a name by the start of their text, without an ORDER BY.

        Empty unless the database would look up each row for that.
        """
        ...

    is_remote: bool
    """Whether a round trip costs more than a statement that may turn out unnecessary."""
    is_read_only: bool
    """Whether the database is read-only."""
    reorders: bool
    """Whether it reorders the operands of AND."""
    no_index: str
    """Prefix of a column that prevents the use of its index; empty if statistics decide."""
    few: int
    """Number of runs that are counted by an index, looked up and sorted in about 10 ms."""
    listed_per_look: int
    """Number of runs that an index lists in the time of one lookup of a value."""

    found_out: dict[bytes, tuple[float, Any]]
    """Cached access paths of queries and their times, for the next pages and repeats."""

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Execute a statement and return its rows."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for many rows."""
        ...

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Insert or update many distinct rows; return one row for each, in any order."""
        ...

    def execute_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Execute several queries and return the rows of each; send all before reading results."""
        ...

    def ask_later(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> Answers:
        """Execute several queries in a transaction, at the latest when it ends.

        Reading the rows before that costs a round trip. If a statement fails, the whole transaction
        fails, even if the error appears in another savepoint of it.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        ...

    def like(self, column: str, pattern: str, *, ignore_case: bool) -> tuple[str, str]:
        r"""Return a condition with one ``?`` and its value; ``%``, ``_``, ``\`` are as in SQL."""
        ...

    def data_version(self) -> str:
        """Return a text that differs if another connection has committed a change since.

        Only texts of the same connection can be compared. It may also differ without a change.
        """
        ...

    def check(self) -> list[str]:
        """Return descriptions of the damage; empty if there is none."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
