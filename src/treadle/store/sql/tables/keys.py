"""The names of params, metrics and tags that runs have.

An index leads from each name to the next, past its rows. Only the names of the page are counted.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from treadle.records import KeyPage, RunKey
from treadle.store.search.tables import KeyQuery
from treadle.store.search.tree import Search
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import TABLES, Fragment, compile_experiments
from treadle.store.sql.tables.columns import find_numeric_params
from treadle.store.sql.tables.matching import NO_LIMIT, find_set, list_keys
from treadle.store.tokens import read_token, write_token

_VALUES: Final = {"params": "number", "metrics": "last"}
_LOOKED_AT: Final = 200  # runs of a name that are searched for one of the experiments

Facts = tuple[int, float | None, float | None]
"""The number of runs with a name, and the least and the greatest value."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Cursor: the last name of a page."""

    rank: int
    name: str


def find_names(database: Database, query: KeyQuery) -> KeyPage:
    """Return a page of the names that runs have, the best matches first."""
    ranked = [(_rank(name, query.text), name) for name in _list_names(database, query)]
    ranked = sorted(one for one in ranked if one[0] < _NO_MATCH)
    visible = None
    if query.experiments is not None and query.family != "metrics":
        visible = find_set(database, Search(experiments=query.experiments, lifecycle="all"))
        ranked = [one for one in ranked if _is_visible(database, query, one[1], visible)]
    total = len(ranked)
    if query.after:
        place = read_token(query.after, _Place)
        ranked = [one for one in ranked if one > (place.rank, place.name)]
    page = ranked[: query.limit]
    following = write_token(_Place(*page[-1])) if len(ranked) > len(page) else ""
    keys = _describe(database, query, [name for _, name in page], visible)
    return KeyPage(keys=keys, total=total, next=following)


_NO_MATCH: Final = 3


def _rank(name: str, text: str) -> int:
    """Return how well a name matches words: the same, the start, a part, or not at all."""
    own, wanted = name.casefold(), text.casefold().strip()
    if not all(word in own for word in wanted.split()):
        return _NO_MATCH
    if own == wanted:
        return 0
    return 1 if own.startswith(wanted) else 2


def _list_names(database: Database, query: KeyQuery) -> list[str]:
    """List the names that runs have; of experiments, perhaps also those of others."""
    table = TABLES[query.family]
    test = Fragment("TRUE", [])
    if query.experiments is not None and query.family == "metrics":
        own = compile_experiments(query.experiments, "own.")
        source = f"SELECT 1 FROM {table} AS own WHERE own.name = listed.name"
        test = Fragment(f"EXISTS ({source} AND {own.text})", own.values)
    text = (
        f"WITH RECURSIVE listed(name) AS (SELECT min(name) FROM {table} UNION ALL"
        f" SELECT (SELECT min(name) FROM {table} WHERE name > listed.name) FROM listed"
        " WHERE listed.name IS NOT NULL)"
        f" SELECT name FROM listed WHERE name IS NOT NULL AND {test.text}"
    )
    return [name for (name,) in database.execute(text, test.values)]


def _is_visible(database: Database, query: KeyQuery, name: str, visible: set[int]) -> bool:
    """Return whether some runs include one with a param or tag."""
    own = f"SELECT run_key FROM {TABLES[query.family]} WHERE name = ?"
    for limit in (_LOOKED_AT, NO_LIMIT):
        found = list_keys(database, f"{own} LIMIT ?", [name, limit])
        if not visible.isdisjoint(found):
            return True
        if len(found) < limit:
            return False
    return False


def _describe(
    database: Database, query: KeyQuery, names: list[str], visible: set[int] | None
) -> list[RunKey]:
    """Return names with their kinds and, if wanted, their counts and ranges."""
    numeric = set(names) if query.family == "metrics" else set()
    if query.family == "params":
        numeric = find_numeric_params(database, names, query.experiments)
    facts: Sequence[Facts] = [(0, None, None)] * len(names)
    if query.counts and visible is not None:
        facts = [_count_visible(database, query, name, visible) for name in names]
    elif query.counts:
        facts = _count(database, query, names)
    return [
        RunKey(
            family=query.family,
            name=name,
            kind="number" if name in numeric else "text",
            count=count,
            min=low,
            max=high,
        )
        for name, (count, low, high) in zip(names, facts, strict=True)
    ]


def _count(database: Database, query: KeyQuery, names: list[str]) -> list[Facts]:
    """Count the runs with each name, and find its range at the ends of the index."""
    source, values = f"FROM {TABLES[query.family]} WHERE name = ?", list[Any]()
    if query.experiments is not None:
        own = compile_experiments(query.experiments, "")
        source, values = f"{source} AND {own.text}", own.values
    column = _VALUES.get(query.family)
    parts = [f"SELECT count(*) {source}"]
    if column:
        parts += [f"SELECT {end}({column}) {source}" for end in ("min", "max")]
    asked = [(part, [name, *values]) for name in names for part in parts]
    found = [rows[0][0] for rows in database.execute_all(asked)]
    if not column:
        return [(count, None, None) for count in found]
    return list(zip(found[::3], found[1::3], found[2::3], strict=True))


def _count_visible(database: Database, query: KeyQuery, name: str, visible: set[int]) -> Facts:
    """Count those of some runs that have a param or tag, and find its range."""
    own = f"SELECT run_key FROM {TABLES[query.family]} WHERE name = ?"
    count = len(visible.intersection(list_keys(database, own, [name])))
    if query.family != "params":
        return count, None, None
    return (
        count,
        _find_end(database, name, visible, "ASC"),
        _find_end(database, name, visible, "DESC"),
    )


def _find_end(database: Database, name: str, visible: set[int], way: str) -> float | None:
    """Return the first number of a param, from one end of the index, that one of some runs has."""
    text = (
        "SELECT run_key, number FROM param WHERE name = ? AND number IS NOT NULL"
        f" ORDER BY number {way} LIMIT ?"
    )
    for limit in (_LOOKED_AT, NO_LIMIT):
        rows = database.execute(text, [name, limit])
        for key, number in rows:
            if key in visible:
                return float(number)
        if len(rows) < limit:
            return None
    return None
