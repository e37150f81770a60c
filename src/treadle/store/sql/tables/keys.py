"""The names of params, metrics and tags that runs have."""

from typing import Any, Final

import msgspec

from treadle.records import KeyPage, RunKey
from treadle.store.search.tables import KeyQuery
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import TABLES, compile_experiments
from treadle.store.sql.tables.columns import find_numeric_params
from treadle.store.tokens import read_token, write_token

_VALUES: Final = {"params": "number", "metrics": "last", "tags": "NULL"}


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Cursor: the last name of a page."""

    rank: int
    name: str


def find_names(database: Database, query: KeyQuery) -> KeyPage:
    """Return a page of the names that runs have, the best matches first."""
    ranked = sorted(
        (rank, name)
        for name in _list_names(database, query)
        if (rank := _rank(name, query.text)) is not None
    )
    total = len(ranked)
    if query.after:
        place = read_token(query.after, _Place)
        ranked = [one for one in ranked if one > (place.rank, place.name)]
    page = ranked[: query.limit]
    following = write_token(_Place(*page[-1])) if len(ranked) > len(page) else ""
    names = [name for _, name in page]
    return KeyPage(keys=_describe(database, query, names), total=total, next=following)


def _rank(name: str, text: str) -> int | None:
    """Return how well a name matches words: the same, the start, a part, or not at all."""
    own, wanted = name.casefold(), text.casefold().strip()
    if not all(word in own for word in wanted.split()):
        return None
    if own == wanted:
        return 0
    return 1 if own.startswith(wanted) else 2


def _list_names(database: Database, query: KeyQuery) -> list[str]:
    source, values = _source(query)
    rows = database.execute(f"SELECT DISTINCT own.name FROM {source}", values)
    return [name for (name,) in rows]


def _source(query: KeyQuery) -> tuple[str, list[Any]]:
    """Return the rows of the runs to look at, and the values of the condition."""
    table = TABLES[query.family]
    if query.experiments is None:
        return f"{table} AS own", []
    test = compile_experiments(query.experiments)
    return f"{table} AS own JOIN run ON run.key = own.run_key AND {test.text}", test.values


def _describe(database: Database, query: KeyQuery, names: list[str]) -> list[RunKey]:
    """Return names with their kinds and, if wanted, their counts and ranges."""
    numeric = set(names) if query.family == "metrics" else set()
    if query.family == "params":
        numeric = find_numeric_params(database, names, query.experiments)
    facts: list[tuple[Any, ...]] = [(0, None, None)] * len(names)
    if query.counts:
        column = _VALUES[query.family]
        source, values = _source(query)
        text = f"SELECT count(*), min({column}), max({column}) FROM {source} WHERE own.name = ?"
        answers = database.execute_all([(text, [*values, name]) for name in names])
        facts = [rows[0] for rows in answers]
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
