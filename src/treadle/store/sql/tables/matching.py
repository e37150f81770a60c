"""All runs that match a search, as the set of their keys.

A page of runs stops early; the whole of them does not. So each condition is answered from its index
for all runs at once, and the answers are combined as sets, where a page would look up a value for
each run. Keys come as one text: a row for each would take three times as long.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from treadle.store.search.tree import And, Comparison, Not, Or, Search, Tree
from treadle.store.sql.database import Database
from treadle.store.sql.search.access_path import find_rarest
from treadle.store.sql.search.candidates import find_candidates
from treadle.store.sql.search.compile import (
    LIFECYCLES,
    TABLES,
    Fragment,
    compile_attribute,
    compile_condition,
    compile_experiments,
    compile_test,
    differs_from_nan,
    value_column,
)
from treadle.store.sql.search.paging import find_keys

NO_LIMIT: Final = 2**62
_FEW: Final = 3  # experiments that an index lists sooner than all runs are read

_read_keys = msgspec.json.Decoder(list[int]).decode


def list_keys(database: Database, select: str, values: Sequence[Any]) -> list[int]:
    """Return the keys that a query selects, in its order; their column is named ``run_key``."""
    text = f"SELECT string_agg(CAST(run_key AS TEXT), ',') FROM ({select}) AS listed"
    found = database.execute(text, values)[0][0]
    return _read_keys(f"[{found or ''}]")


def is_rare(database: Database, search: Search) -> bool:
    """Return whether so few runs match that a page of them has all in a moment."""
    candidates = find_candidates(database, search)
    return find_rarest(database, candidates, database.few) is not None


def find_all(database: Database, search: Search) -> list[int]:
    """Return the keys of all runs that match a search, the newest first, without its order."""
    if is_rare(database, search):
        unsorted = msgspec.structs.replace(search, sort=(), limit=NO_LIMIT, after="")
        return find_keys(database, unsorted)[0]
    return sorted(find_set(database, search), reverse=True)


def find_set(database: Database, search: Search) -> set[int]:
    """Return the keys of all runs that match a search."""
    tests = [Fragment(LIFECYCLES[search.lifecycle], [])]
    if search.experiments is not None:
        prefix = database.no_index if len(search.experiments) > _FEW else ""
        tests.append(compile_experiments(search.experiments, f"{prefix}run."))
    every = _select(
        database,
        "run.key AS run_key FROM run",
        " AND ".join(test.text for test in tests),
        [value for test in tests for value in test.values],
    )
    return every if search.where is None else every & _find(database, search.where, every)


def _select(database: Database, source: str, where: str, values: Sequence[Any]) -> set[int]:
    return set(list_keys(database, f"SELECT {source} WHERE {where}", values))


def _find(database: Database, tree: Tree, every: set[int]) -> set[int]:
    """Return those of all runs that match a condition, perhaps among others."""
    if isinstance(tree, Not):
        return every - _find(database, tree.part, every)
    if isinstance(tree, Or):
        return set().union(*(_find(database, part, every) for part in tree.parts))
    if isinstance(tree, And):
        found = every
        for part in tree.parts:
            found = found & _find(database, part, every) if found else found
        return found
    return _compare(database, tree, every)


def _compare(database: Database, comparison: Comparison, every: set[int]) -> set[int]:
    field = comparison.field
    if field.family in ("attribute", "datasets"):
        test = (
            compile_attribute(comparison, database)
            if field.family == "attribute"
            else compile_condition(comparison, database)
        )
        return _select(database, "run.key AS run_key FROM run", test.text, test.values)
    table = TABLES[field.family]
    source, named = f"run_key FROM {table}", f"{table}.name = ?"
    if comparison.operator == "null":
        return every - _select(database, source, named, [field.key])
    column, is_text = value_column(field, comparison)
    if differs_from_nan(comparison):
        test = Fragment(f"({column} IS NULL OR {column} <> ?)", list(comparison.values))
    else:
        test = compile_test(column, comparison, database, is_text=is_text)
    return _select(database, source, f"{named} AND {test.text}", [field.key, *test.values])
