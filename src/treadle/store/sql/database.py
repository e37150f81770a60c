"""What the store asks of a database, and where SQLite and PostgreSQL differ."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["Answers", "Database", "Row"]

Row = tuple[Any, ...]
Answers = Callable[[], list[list[Row]]]
"""Gives the rows of statements that may not have been sent yet, each time the same."""


class Database(Protocol):
    """One connection, used by one thread at a time. Parameters are written as ``?``.

    Every method raises a StoreError that says what the user can do.
    """

    row_lock: str
    """What a SELECT ends with to keep its rows from others until the transaction ends."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of this connection is open."""
        ...

    is_remote: bool
    """Whether to wait for an answer costs more than a question that may be asked for nothing."""
    is_read_only: bool
    """Whether it was opened although nothing can be written to it."""
    reorders: bool
    """Whether it asks what is joined by AND in an order of its own."""
    no_index: str
    """What stands before a column to keep a condition on it from choosing an index; empty if statistics choose."""
    few: int
    """How many runs are counted by an index, looked up and sorted in about 10 ms."""
    listed_per_look: int
    """How many runs an index lists in the time that a value is looked up for one run."""

    found_out: dict[bytes, tuple[float, Any]]
    """What was found out about questions, and when: on the next page, or a second later, it is much the same."""

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement; give its rows."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        ...

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Insert or change many rows, no row twice; each gives one row, in any order."""
        ...

    def execute_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Run several statements that give rows; all go out before the first answer comes."""
        ...

    def ask_later(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> Answers:
        """Run several statements that give rows inside a transaction, at the latest with its end.

        Whoever asks for the rows before that waits for a round trip. Where a statement fails, the whole transaction
        does, also where that is found out in another part of it.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing of it; inside another one, it is a part that can fail alone."""
        ...

    def like(self, column: str, pattern: str, *, ignore_case: bool) -> tuple[str, str]:
        r"""Give a condition with one ``?``, and what to bind; ``%``, ``_`` and ``\`` have SQL's meaning."""
        ...

    def check(self) -> list[str]:
        """Look for damage; none gives an empty list."""
        ...

    def close(self) -> None:
        """Free the connection."""
        ...
