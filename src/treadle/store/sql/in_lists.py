"""Lists of values for ``IN (…)``, in parts that every database accepts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from treadle.store.sql.database import Database, Row

T = TypeVar("T")

_MOST: Final = 10_000  # values in one list: both databases accept at least 32,766 parameters


def in_parts(values: Sequence[T], mark: str = "?") -> Iterator[tuple[str, Sequence[T]]]:
    """Yield the text of each part of a list, and its values.

    Args:
        values: The values.
        mark: The text for each value.

    Examples:
        >>> list(in_parts([7, 8, 9]))
        [('?, ?, ?', [7, 8, 9])]
    """
    for begin in range(0, len(values), _MOST):
        some = values[begin : begin + _MOST]
        yield ", ".join([mark] * len(some)), some


def read_by_key(
    database: Database, query: str, keys: Sequence[int], rest: str = ""
) -> dict[int, list[Row]]:
    """Return the rows of each key.

    Args:
        database: The database.
        query: A SELECT up to the column of the key in its condition. Its first column is the key,
            which the returned rows lack.
        keys: The keys.
        rest: The text after the list of keys.
    """
    found: dict[int, list[Row]] = defaultdict(list)
    for marks, some in in_parts(keys):
        for key, *row in database.execute(f"{query} IN ({marks}) {rest}", some):
            found[key].append(tuple(row))
    return found
