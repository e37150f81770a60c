"""Keyset paging of runs.

A page begins after the last run of the previous page, by that run's sort values and key: a new
run neither repeats nor hides another, and the thousandth page costs as much as the first. Each
phase of the order is a separate query.
"""

import hashlib
from typing import Annotated, Any

import msgspec

from treadle.errors import SearchError
from treadle.store.search.tree import Search
from treadle.store.sql.database import Database
from treadle.store.sql.search.access_path import AccessPath, choose_path
from treadle.store.sql.search.compile import Fragment
from treadle.store.sql.search.order import Column, Phase, behind, compile_rest, split
from treadle.store.tokens import read_token, write_token


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Cursor: the last run of a page."""

    question: str
    """Digest of the search it belongs to."""
    phase: Annotated[int, msgspec.Meta(ge=0, le=9)]
    """Index of the phase of the order."""
    values: list[str | float | None]
    """Sort values of the run."""
    key: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


def find_keys(database: Database, search: Search) -> tuple[list[int], str]:
    """Find the runs of a page.

    Returns:
        The keys of the runs in order, and the token of the next page (empty on the last).

    Raises:
        SearchError: ``search.after`` does not belong to this search.
    """
    phases, rest = split(search.sort), compile_rest(search.sort)
    place = _read_place(search, phases, len(rest))
    found: list[tuple[int, tuple[Any, ...]]] = []
    for number, phase in enumerate(phases):
        if place is not None and number < place.phase:
            continue  # all of its runs were on earlier pages
        # Ties are sorted in the direction of the first column, so that an index has the order.
        is_down = phase.first is None or search.sort[0].descending
        path = choose_path(database, search, phase, descending=is_down)
        begin = place if place is not None and number == place.phase else None
        asked = _ask(database, path, rest, is_down=is_down, place=begin)
        rows = database.execute(asked.text, [*asked.values, search.limit + 1 - len(found)])
        found += [(number, row) for row in rows]
        if len(found) > search.limit:
            break
    more = len(found) > search.limit
    found = found[: search.limit]
    return [row[0] for _, row in found], _write_place(search, *found[-1]) if more and found else ""


def _ask(
    database: Database, path: AccessPath, rest: list[Column], *, is_down: bool, place: _Place | None
) -> Fragment:
    """Compile the query for the runs of one phase, after a cursor."""
    columns = [Column(path.first, is_down), *rest] if path.first is not None else rest
    conditions = [*path.conditions]
    if place is not None:
        conditions.append(_behind(database, path, rest, place, is_down=is_down))
    # The first value is never NULL in this phase. NULLS LAST would prevent the use of its index.
    order = [
        f"{column.fragment.text} {'DESC' if column.descending else 'ASC'}"
        f"{'' if column.fragment is path.first else ' NULLS LAST'}"
        for column in columns
    ]
    order.append(f"{path.key} {'DESC' if is_down else 'ASC'}")
    selected = [Fragment("run.key", []), *(column.fragment for column in columns)]
    text = (
        f"SELECT {', '.join(part.text for part in selected)} FROM {path.source.text}"
        f" WHERE {' AND '.join(part.text for part in conditions)} ORDER BY {', '.join(order)} "
        "LIMIT ?"
    )
    ordering = [value for column in columns for value in column.fragment.values]
    values = [value for part in (*selected, path.source, *conditions) for value in part.values]
    return Fragment(text, values + ordering)


def _behind(
    database: Database, path: AccessPath, rest: list[Column], place: _Place, *, is_down: bool
) -> Fragment:
    """Compile the condition that a run comes after a cursor."""
    end = Fragment(f"{path.key} {'<' if is_down else '>'} ?", [place.key])
    if path.first is None:
        return behind(rest, place.values, end)
    first = Fragment(f"{database.no_index}{path.first.text}", path.first.values)
    tail = behind([Column(first, is_down), *rest], place.values, end, first)
    # Implied by the rest, but in the only form that uses an index.
    text = f"{path.first.text} {'<=' if is_down else '>='} ? AND {tail.text}"
    return Fragment(text, [*path.first.values, place.values[0], *tail.values])


def _question(search: Search) -> str:
    asked = msgspec.json.encode(msgspec.structs.replace(search, after="", limit=0))
    return hashlib.sha256(asked).hexdigest()[:16]


def _write_place(search: Search, phase: int, row: tuple[Any, ...]) -> str:
    return write_token(_Place(_question(search), phase, list(row[1:]), row[0]))


def _read_place(search: Search, phases: list[Phase], rest: int) -> _Place | None:
    if not search.after:
        return None
    place = read_token(search.after, _Place)
    if (
        place.question != _question(search)
        or place.phase >= len(phases)
        or len(place.values) != rest + (phases[place.phase].first is not None)
        or (phases[place.phase].first is not None and place.values[0] is None)
    ):
        raise SearchError(
            "The requested page does not belong to this search.",
            hint="Begin again with the first page.",
        )
    return place
