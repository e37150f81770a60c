"""Saves round trips to PostgreSQL: what gives no rows waits for the next question, or for the end of its part.

What gives rows that nobody needs before the transaction has ended can wait as well: a transaction of nothing
else is one round trip, from BEGIN to COMMIT, however many parts it has.

A transaction's BEGIN goes out with its first question, writes go out together, and COMMIT goes out with the
last of them. Within a transaction nobody can tell the difference, except that a write that fails says so a
little later: at the next question, or at the end of the part (a transaction inside another one) that it belongs
to. It never outlives that part, so that no other is blamed for it.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import psycopg

__all__ = ["WriteBehind"]

_Row = tuple[Any, ...]

_MOST: Final = 256  # statements that wait
_TAKEN_BACK: Final = "ROLLBACK"  # what PostgreSQL answers to a COMMIT after an error


class _Statement(msgspec.Struct, frozen=True):
    text: bytes
    values: Sequence[Any] = ()
    is_write: bool = True
    """Whether it has to be sent by the end of its part: it is neither what begins and ends one, nor posted."""
    answer: "_Answer | None" = None


class _Answer:
    """What a posted statement gives, once it was sent."""

    def __init__(self) -> None:
        self.cursor: psycopg.Cursor[_Row] | None = None

    @functools.cached_property
    def rows(self) -> "list[_Row]":
        """All of them."""
        if self.cursor is None:
            raise RuntimeError("a statement was rolled back before it was sent")
        return self.cursor.fetchall()


_BEGIN: Final = _Statement(b"BEGIN", (), is_write=False)
_COMMIT: Final = _Statement(b"COMMIT", (), is_write=False)


class WriteBehind:
    """A connection whose statements without an answer wait.

    Args:
        connection: Open, in autocommit mode; it is used by nobody else.
    """

    def __init__(self, connection: "psycopg.Connection[_Row]") -> None:
        self.connection = connection
        self.depth = 0
        """How many transactions are open, one inside the other."""
        self.is_committing = False
        """Whether COMMIT of the last transaction was sent, or may have been."""
        self._waiting: list[_Statement] = []
        self._sent = 0  # how often what waits was sent

    def ask(self, text: bytes, values: Sequence[Any]) -> list[_Row]:
        """Run a statement; give its rows."""
        if self._waiting:
            cursor = self._send(_Statement(text, values))
        else:
            cursor = self.connection.execute(text, values, binary=True)
        return cursor.fetchall() if cursor.description else []

    def tell(self, text: bytes, values: Sequence[Any]) -> None:
        """Run a statement that gives no rows, in time."""
        if not self.depth:
            self.connection.execute(text, values)
            return
        self._waiting.append(_Statement(text, values))
        if len(self._waiting) >= _MOST:
            self._send()

    def ask_all(self, questions: Sequence[tuple[bytes, Sequence[Any]]]) -> list[list[_Row]]:
        """Run several statements; give the rows of each."""
        if not questions:
            return []  # and no round trip
        with self.connection.pipeline():
            if self._waiting:
                self._start(self._take())
            cursors = [self.connection.execute(text, values, binary=True) for text, values in questions]
        return [cursor.fetchall() for cursor in cursors]

    def post_all(self, questions: Sequence[tuple[bytes, Sequence[Any]]]) -> "Callable[[], list[list[_Row]]]":
        """Run several statements that give rows, at the latest when the transaction ends; give what gives the rows.

        Where one fails, the whole transaction does, even if that is found out in another part of it.
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
        """Run several statements that give no rows, in time; all of them or none."""
        if self.depth:
            for text, values in statements:
                self.tell(text, values)
            return
        with self.transaction():
            self.tell_all(statements)

    def tell_each(self, text: bytes, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for several rows, in time."""
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
        """Run several statements at once, now."""
        self.send()
        self.connection.execute(text.encode(), prepare=False)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of a block or nothing of it; inside another one, it is a part that can fail alone."""
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
        self._send_writes()  # of the transaction around it, which is not to blame this one for them
        name = f"part{self.depth}"
        sent, mark = self._sent, len(self._waiting)
        self._waiting.append(_Statement(f"SAVEPOINT {name}".encode(), (), is_write=False))
        try:
            yield
            if self._sent == sent and all(one.answer is not None for one in self._waiting[mark + 1 :]):
                del self._waiting[mark]  # nothing happened in it that could fail alone
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
        """Take something back, at once and unprepared.

        A pipeline that failed leaves psycopg with names of prepared statements that the server never got.
        Where it sees something taken back, it forgets them all; but it looks only at texts that are new to it.
        """
        if not self.connection.closed:
            self.connection.execute(f"{text} -- {self._sent}".encode(), prepare=False)

    def send(self) -> None:
        """Send what waits."""
        if self._waiting:
            self._send()

    def _send_writes(self, last: _Statement | None = None) -> None:
        """Send what waits, if a write is among it; otherwise that can go on waiting."""
        has_writes = any(statement.is_write for statement in self._waiting)
        if last is not None:
            self._waiting.append(last)
        if has_writes:
            self._send()

    def _send(self, last: _Statement | None = None) -> "psycopg.Cursor[_Row]":
        """Send all that waits, and one more, in one round trip; give the cursor of the last."""
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
        raise psycopg.errors.InFailedSqlTransaction("the transaction had failed, and was taken back")
