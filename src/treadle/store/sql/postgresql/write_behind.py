"""Write-behind for PostgreSQL: writes wait for the next query or the end of their savepoint.

This saves round trips. Queries whose rows are not needed before the end of the transaction can
wait, too: a transaction of these only is one round trip, from BEGIN to COMMIT, with any number of
savepoints.

BEGIN is sent with the first query, writes are sent together, and COMMIT with the last of them. The
only difference is that a failing write raises its error a little later: at the next query, or at
the end of its savepoint (a transaction inside another one). It never waits longer than that, so
that its error is never attributed to other code.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import psycopg

_Row = tuple[Any, ...]

_MOST: Final = 256  # waiting statements at most
_TAKEN_BACK: Final = "ROLLBACK"  # PostgreSQL's response to a COMMIT after an error


class _Statement(msgspec.Struct, frozen=True):
    text: bytes
    values: Sequence[Any] = ()
    is_write: bool = True
    """Whether to send it by the end of its savepoint: not for BEGIN and the like, nor if posted."""
    answer: "_Answer | None" = None


class _Answer:
    """Result of a posted statement, available once it is sent."""

    def __init__(self) -> None:
        self.cursor: psycopg.Cursor[_Row] | None = None

    @functools.cached_property
    def rows(self) -> "list[_Row]":
        """All rows of the result."""
        if self.cursor is None:
            raise RuntimeError("a statement was rolled back before it was sent")
        return self.cursor.fetchall()


_BEGIN: Final = _Statement(b"BEGIN", (), is_write=False)
_COMMIT: Final = _Statement(b"COMMIT", (), is_write=False)


class WriteBehind:
    """Connection that delays statements without results.

    Args:
        connection: An open connection in autocommit mode, which no other code uses.
    """

    def __init__(self, connection: "psycopg.Connection[_Row]") -> None:
        self.connection = connection
        self.depth = 0
        """The number of nested open transactions."""
        self.is_committing = False
        """Whether the COMMIT of the last transaction was sent, or may have been."""
        self._waiting: list[_Statement] = []
        self._sent = 0  # how often waiting statements were sent

    def ask(self, text: bytes, values: Sequence[Any]) -> list[_Row]:
        """Execute a statement and return its rows."""
        if self._waiting:
            cursor = self._send(_Statement(text, values))
        else:
            cursor = self.connection.execute(text, values, binary=True)
        return cursor.fetchall() if cursor.description else []

    def tell(self, text: bytes, values: Sequence[Any]) -> None:
        """Execute a statement without rows, at the latest by the end of its savepoint."""
        if not self.depth:
            self.connection.execute(text, values)
            return
        self._waiting.append(_Statement(text, values))
        if len(self._waiting) >= _MOST:
            self._send()

    def ask_all(self, questions: Sequence[tuple[bytes, Sequence[Any]]]) -> list[list[_Row]]:
        """Execute several statements and return the rows of each."""
        if not questions:
            return []  # and no round trip
        with self.connection.pipeline():
            if self._waiting:
                self._start(self._take())
            cursors = [
                self.connection.execute(text, values, binary=True) for text, values in questions
            ]
        return [cursor.fetchall() for cursor in cursors]

    def post_all(
        self, questions: Sequence[tuple[bytes, Sequence[Any]]]
    ) -> "Callable[[], list[list[_Row]]]":
        """Execute several queries by the end of the transaction; return a function for the rows.

        If one fails, the whole transaction fails, even if the error appears in another savepoint.
        """
        answers = [_Answer() for _ in questions]
        for (text, values), answer in zip(questions, answers, strict=True):
            self._waiting.append(_Statement(text, values, is_write=False, answer=answer))
        if not self.depth or len(self._waiting) >= _MOST:
            self.send()

        def rows() -> list[list[_Row]]:
            if any(one.cursor is None for one in answers):
                self.send()
            return [one.rows for one in answers]

        return rows

    def tell_all(self, statements: Sequence[tuple[bytes, Sequence[Any]]]) -> None:
        """Execute several statements without rows, all or none, by the end of their savepoint."""
        if self.depth:
            for text, values in statements:
                self.tell(text, values)
            return
        with self.transaction():
            self.tell_all(statements)

    def tell_each(self, text: bytes, rows: Sequence[Sequence[Any]]) -> None:
        """Execute a statement for several rows, at the latest by the end of its savepoint."""
        if not self.depth:
            with self.transaction():
                self.tell_each(text, rows)
            return
        if len(rows) + len(self._waiting) < _MOST:
            self._waiting += [_Statement(text, row) for row in rows]
            return
        with self.connection.pipeline(), self.connection.cursor() as cursor:
            self._start(self._take())
            cursor.executemany(text, rows)

    def run_script(self, text: str) -> None:
        """Execute a script of several statements immediately."""
        self.send()
        self.connection.execute(text.encode(), prepare=False)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        with self._part() if self.depth else self._whole():
            self.depth += 1
            try:
                yield
            finally:
                self.depth -= 1

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        sent = self._sent
        self._waiting = [_BEGIN]
        self.is_committing = False
        try:
            yield
            if self._waiting != [_BEGIN]:
                self.is_committing = not self.connection.closed
                _check_commit(self._send(_COMMIT))
        except BaseException:
            if self._sent != sent:
                self._roll_back("ROLLBACK")
            raise
        finally:
            self._waiting = []

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        self._send_writes()  # of the outer transaction, so that their errors are not in this one
        name = f"part{self.depth}"
        sent, mark = self._sent, len(self._waiting)
        self._waiting.append(_Statement(f"SAVEPOINT {name}".encode(), (), is_write=False))
        try:
            yield
            if self._sent == sent and all(
                one.answer is not None for one in self._waiting[mark + 1 :]
            ):
                del self._waiting[mark]  # nothing happened in it that could fail separately
                return
            self._send_writes(_Statement(f"RELEASE {name}".encode(), (), is_write=False))
        except BaseException:
            if self._sent == sent:
                del self._waiting[mark:]
            else:
                self._waiting = []
                self._roll_back(f"ROLLBACK TO {name}; RELEASE {name}")
            raise

    def _roll_back(self, text: str) -> None:
        """Roll back immediately, without a prepared statement.

        After a failed pipeline, psycopg has names of prepared statements that the server never got.
        When it sees a rollback, it forgets them all; but it checks only statements new to it.
        """
        if not self.connection.closed:
            self.connection.execute(f"{text} -- {self._sent}".encode(), prepare=False)

    def send(self) -> None:
        """Send the waiting statements."""
        if self._waiting:
            self._send()

    def _send_writes(self, last: _Statement | None = None) -> None:
        """Send the waiting statements, if a write is among them; otherwise they can wait longer."""
        has_writes = any(statement.is_write for statement in self._waiting)
        if last is not None:
            self._waiting.append(last)
        if has_writes:
            self._send()

    def _send(self, last: _Statement | None = None) -> "psycopg.Cursor[_Row]":
        """Send the waiting statements and ``last`` in one round trip; return the last cursor."""
        statements = [*self._take(), *([last] if last else [])]
        with self.connection.pipeline():
            self._start(statements[:-1])
            return self._start_one(statements[-1], binary=True)

    def _take(self) -> list[_Statement]:
        waiting, self._waiting = self._waiting, []
        self._sent += 1
        return waiting

    def _start(self, statements: list[_Statement]) -> None:
        for statement in statements:
            self._start_one(statement, binary=statement.answer is not None)

    def _start_one(self, statement: _Statement, *, binary: bool) -> "psycopg.Cursor[_Row]":
        cursor = self.connection.execute(statement.text, statement.values, binary=binary)
        if statement.answer is not None:
            statement.answer.cursor = cursor
        return cursor


def _check_commit(cursor: "psycopg.Cursor[_Row]") -> None:
    if cursor.statusmessage == _TAKEN_BACK:
        raise psycopg.errors.InFailedSqlTransaction(
            "the transaction had failed, and was taken back"
        )
