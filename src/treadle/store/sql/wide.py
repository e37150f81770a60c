"""Writes several rows with one statement: a driver's and a server's work is by statement, not by row."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

__all__ = ["is_insert", "widen"]

_MOST: Final = 16  # rows a statement; each number of them is a statement of its own, which is prepared once
_INSERT: Final = re.compile(
    r"((?:INSERT INTO \w+ ?(?:\([^()]*\) )?|WITH \w+ \([^()]*\) AS \()VALUES )"
    r"(\((?:[^()]|\([^()]*\))*\))(.*)",
    re.DOTALL,
)


def is_insert(statement: str) -> bool:
    """Tell whether a statement puts one row of values into a table, and may put several."""
    return _INSERT.fullmatch(statement) is not None


def widen(statement: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Give statements that insert all rows, with their parameters.

    Args:
        statement: It inserts one row; what it binds behind that row is the same for all.
        rows: The parameters of each.

    Examples:
        >>> list(widen("INSERT INTO tag VALUES (?, ?) ON CONFLICT DO NOTHING", [(1, "a"), (2, "b")]))
        [('INSERT INTO tag VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING', [1, 'a', 2, 'b'])]
    """
    for begin in range(0, len(rows), _MOST):
        some = rows[begin : begin + _MOST]
        text, own = _widened(statement, len(some))
        yield text, [*(value for row in some for value in row[:own]), *some[0][own:]]


@functools.lru_cache(maxsize=256)
def _widened(statement: str, count: int) -> tuple[str, int]:
    """Give the statement for so many rows, and how many parameters each has."""
    match = _INSERT.fullmatch(statement)
    if match is None:
        raise ValueError(f"no statement that inserts a row: {statement}")
    head, row, tail = match.groups()
    return f"{head}{', '.join([row] * count)}{tail}", row.count("?")
