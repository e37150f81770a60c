"""Multi-row INSERT statements: the cost of driver and server is per statement, not per row."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

_MOST: Final = 16  # rows per statement; each number of rows is a separate statement, prepared once
_INSERT: Final = re.compile(
    r"((?:INSERT INTO \w+ ?(?:\([^()]*\) )?|WITH \w+ \([^()]*\) AS \()VALUES )"
    r"(\((?:[^()]|\([^()]*\))*\))(.*)",
    re.DOTALL,
)


def is_insert(statement: str) -> bool:
    """Return whether a statement inserts one row of values and can be extended to several."""
    return _INSERT.fullmatch(statement) is not None


def widen(statement: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Yield statements that insert all rows, with their parameters.

    Args:
        statement: Inserts one row; its parameters after that row are the same for all rows.
        rows: The parameters of each row.

    Examples:
        >>> statement = "INSERT INTO tag VALUES (?, ?) ON CONFLICT DO NOTHING"
        >>> list(widen(statement, [(1, "a"), (2, "b")]))
        [('INSERT INTO tag VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING', [1, 'a', 2, 'b'])]
    """
    for begin in range(0, len(rows), _MOST):
        some = rows[begin : begin + _MOST]
        text, own = _widened(statement, len(some))
        yield text, [*(value for row in some for value in row[:own]), *some[0][own:]]


@functools.lru_cache(maxsize=256)
def _widened(statement: str, count: int) -> tuple[str, int]:
    """Return the statement for ``count`` rows, and the number of parameters of each."""
    match = _INSERT.fullmatch(statement)
    if match is None:
        raise ValueError(f"no statement that inserts a row: {statement}")
    head, row, tail = match.groups()
    return f"{head}{', '.join([row] * count)}{tail}", row.count("?")
