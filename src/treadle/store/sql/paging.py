"""Finds the runs of one page, and says where the next page begins.

A page begins behind the last run of the page before, by that run's values of the order and its key
(keyset paging): a new run neither repeats nor hides another, and the thousandth page costs what the
first does. Runs that lack the first value of the order come last, and are a second question.
"""

import base64
import binascii
import hashlib
from typing import Annotated, Any, Final

import msgspec

from treadle.errors import SearchError
from treadle.store.search import Search
from treadle.store.sql.access_path import AccessPath, choose_path
from treadle.store.sql.compile import Fragment, compile_order, compile_where
from treadle.store.sql.database import Database

__all__ = ["find_keys"]

_MAX_TOKEN: Final = 20_000


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    question: str
    """Which search it belongs to."""
    values: list[str | float | None]
    """Of the run's order, in turn."""
    key: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Column(msgspec.Struct, frozen=True):
    """One expression that runs are ordered by."""

    fragment: Fragment
    descending: bool

    def order(self, *, is_first: bool) -> str:
        return f"{self.fragment.text} {'DESC' if self.descending else 'ASC'}{'' if is_first else ' NULLS LAST'}"


def find_keys(database: Database, search: Search) -> tuple[list[int], str]:
    """Find a page's runs.

    Returns:
        The runs' keys in order, and what asks for the next page (empty at the end).

    Raises:
        SearchError: ``search.after`` does not belong to this search.
    """
    columns = [_Column(part, sort.descending) for sort in search.sort for part in compile_order(sort)]
    place = _read_place(search, len(columns))
    where = compile_where(search, database)
    having, lacking = choose_path(database, search)
    rows: list[tuple[Any, ...]] = []
    for is_lacking in (False, True) if columns else (False,):
        if place is not None and columns and place.values[0] is None and not is_lacking:
            continue  # all that have the value were on earlier pages
        is_behind = place is not None and (not columns or (place.values[0] is None) == is_lacking)
        path = lacking if is_lacking else having
        phase = _phase(where, columns, path, is_lacking=is_lacking, place=place if is_behind else None)
        rows += database.execute(phase.text, [*phase.values, search.limit + 1 - len(rows)])
        if len(rows) > search.limit:
            break
    more = len(rows) > search.limit
    rows = rows[: search.limit]
    return [row[0] for row in rows], _write_place(search, rows[-1]) if more and rows else ""


def _phase(
    where: Fragment, columns: list[_Column], path: AccessPath, *, is_lacking: bool, place: _Place | None
) -> Fragment:
    """Ask for the runs that have the first value of the order, or for those that lack it."""
    if path.first is not None:
        columns = [_Column(path.first, columns[0].descending), *columns[1:]]
    conditions = [path.join, where] if path.join is not None else [where]
    if columns:
        first = columns[0].fragment
        conditions.append(Fragment(f"{first.text} IS {'' if is_lacking else 'NOT '}NULL", first.values))
    # Equal runs in the direction of the first column: so an index gives the whole order.
    is_down = not columns or columns[0].descending
    if place is not None:
        conditions.append(_behind(columns, place, is_down=is_down))
    # What all lack is not ordered by, nor what none lacks with NULLS LAST: either keeps an index from being used.
    order = [
        column.order(is_first=number == 0) for number, column in enumerate(columns) if not (is_lacking and number == 0)
    ]
    key = "guide.run_key" if path.first is not None else "run.key"
    order.append(f"{key} {'DESC' if is_down else 'ASC'}")
    selected = [Fragment("run.key", []), *(column.fragment for column in columns)]
    text = (
        f"SELECT {', '.join(part.text for part in selected)} FROM {path.source.text}"
        f" WHERE {' AND '.join(part.text for part in conditions)} ORDER BY {', '.join(order)} LIMIT ?"
    )
    ordering = [value for column in columns[is_lacking:] for value in column.fragment.values]
    values = [value for part in (*selected, path.source, *conditions) for value in part.values]
    return Fragment(text, values + ordering)


def _behind(columns: list[_Column], place: _Place, *, is_down: bool) -> Fragment:
    """Say in SQL that a run comes behind a place: by the first value, or by the rest where those are equal."""
    tail = Fragment(f"run.key {'<' if is_down else '>'} ?", [place.key])
    for column, value in reversed(list(zip(columns, place.values, strict=True))):
        text, own = column.fragment.text, column.fragment.values
        sign = "<" if column.descending else ">"
        if value is None:
            tail = Fragment(f"({text} IS NULL AND {tail.text})", [*own, *tail.values])
        else:
            tail = Fragment(
                f"({text} {sign} ? OR {text} IS NULL OR ({text} = ? AND {tail.text}))",
                [*own, value, *own, *own, value, *tail.values],
            )
    if columns and (value := place.values[0]) is not None:
        # Repeats what follows from the rest, in the one form that an index is used for.
        text, own = columns[0].fragment.text, columns[0].fragment.values
        sign = "<=" if columns[0].descending else ">="
        return Fragment(f"{text} {sign} ? AND {tail.text}", [*own, value, *tail.values])
    return tail


def _question(search: Search) -> str:
    asked = msgspec.json.encode(msgspec.structs.replace(search, after="", limit=0))
    return hashlib.sha256(asked).hexdigest()[:16]


def _write_place(search: Search, row: tuple[Any, ...]) -> str:
    place = _Place(_question(search), list(row[1:]), row[0])
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def _read_place(search: Search, columns: int) -> _Place | None:
    if not search.after:
        return None
    try:
        data = base64.urlsafe_b64decode(search.after + "=" * (-len(search.after) % 4))
        place = msgspec.msgpack.decode(data, type=_Place)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        place = None
    if (
        len(search.after) > _MAX_TOKEN
        or place is None
        or place.question != _question(search)
        or len(place.values) != columns
    ):
        raise SearchError(
            "The page that is asked for does not belong to this search.", hint="Begin again with the first page."
        )
    return place
