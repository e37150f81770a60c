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

    @property
    def order(self) -> str:
        return f"{self.fragment.text} {'DESC' if self.descending else 'ASC'} NULLS LAST"


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
    rows: list[tuple[Any, ...]] = []
    for is_lacking in (False, True) if columns else (False,):
        if place is not None and columns and place.values[0] is None and not is_lacking:
            continue  # all that have the value were on earlier pages
        is_behind = place is not None and (not columns or (place.values[0] is None) == is_lacking)
        phase = _phase(where, columns, is_lacking=is_lacking, place=place if is_behind else None)
        rows += database.execute(phase.text, [*phase.values, search.limit + 1 - len(rows)])
        if len(rows) > search.limit:
            break
    more = len(rows) > search.limit
    rows = rows[: search.limit]
    return [row[0] for row in rows], _write_place(search, rows[-1]) if more and rows else ""


def _phase(where: Fragment, columns: list[_Column], *, is_lacking: bool, place: _Place | None) -> Fragment:
    """Ask for the runs that have the first value of the order, or for those that lack it."""
    conditions = [where]
    if columns:
        first = columns[0].fragment
        conditions.append(Fragment(f"{first.text} IS {'' if is_lacking else 'NOT '}NULL", first.values))
    if place is not None:
        conditions.append(_behind(columns, place))
    selected = [Fragment("run.key", []), *(column.fragment for column in columns)]
    # Ordering by what all lack would keep the database from using an index on the rest.
    ordered = columns[1:] if is_lacking else columns
    order = [*(column.order for column in ordered), "run.key DESC"]
    text = (
        f"SELECT {', '.join(part.text for part in selected)} FROM run"
        f" WHERE {' AND '.join(part.text for part in conditions)} ORDER BY {', '.join(order)} LIMIT ?"
    )
    ordering = [value for column in ordered for value in column.fragment.values]
    return Fragment(text, [value for part in (*selected, *conditions) for value in part.values] + ordering)


def _behind(columns: list[_Column], place: _Place) -> Fragment:
    """Say in SQL that a run comes behind a place: by the first value, or by the rest where those are equal."""
    tail = Fragment("run.key < ?", [place.key])
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
        if len(search.after) > _MAX_TOKEN:
            raise ValueError
        data = base64.urlsafe_b64decode(search.after + "=" * (-len(search.after) % 4))
        place = msgspec.msgpack.decode(data, type=_Place)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        place = None
    if place is None or place.question != _question(search) or len(place.values) != columns:
        raise SearchError(
            "The page that is asked for does not belong to this search.", hint="Begin again with the first page."
        )
    return place
