"""Search conditions whose runs an index can find without reading all runs."""

from collections.abc import Sequence
from typing import Final

import msgspec

from treadle.store.search.tree import And, Comparison, Or, Search, Tree
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import (
    DATASETS,
    EXPERIMENT,
    INDEXED_SUMMARIES,
    TABLES,
    Fragment,
    compile_attribute,
    compile_condition,
    compile_experiments,
    compile_test,
    literal_range,
    run_column,
    value_column,
)

_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "in"})
_EXACT: Final = frozenset({"=", "in"})
_INDEXED: Final = {
    "id": _EXACT,
    "name": _EXACT,
    "status": _EXACT,
    "kind": _EXACT,
    "user": _EXACT,
    "experiment": _EXACT,
    "parent": _EXACT,
    "started": _RANGES,
    "ended": _RANGES,
    "duration": _RANGES,
}
_LISTED: Final = frozenset({"status", "experiment"})  # their indexes have the keys of runs
_PREFIXED: Final = frozenset({"id", "name"})
_DATASETS: Final = ("name", "digest")


class Candidate(msgspec.Struct, frozen=True):
    """Condition whose runs an index can find."""

    place: int
    """Index of the condition in the search."""
    keys: Fragment
    """SQL source of ``run_key`` of exactly the matching runs, perhaps with repeats."""
    is_listed: bool
    """Whether the index has the keys of the runs, so that their rows are not read."""


def find_candidates(database: Database, search: Search) -> list[Candidate]:
    """Return the candidates among the conditions of a search, in compilation order."""
    tops = (
        search.where.parts
        if isinstance(search.where, And)
        else (search.where,)
        if search.where is not None
        else ()
    )
    within = _find_experiment(database, search, tops)
    found = []
    for place, top in enumerate(tops):
        keys = _keys(database, top, within)
        if keys is not None:
            found.append(Candidate(place, keys, is_listed=_is_listed(top)))
    if search.experiments is not None:
        keys = _of_runs(compile_experiments(search.experiments))
        found.append(Candidate(len(tops), keys, is_listed=True))
    return found


def _find_experiment(database: Database, search: Search, tops: Sequence[Tree]) -> Fragment:
    """Return the condition that restricts series to the experiment of a search, if it has one."""
    own = [
        one
        for one in tops
        if isinstance(one, Comparison) and one.field == EXPERIMENT and one.operator == "="
    ]
    if search.experiments is not None and len(search.experiments) == 1:
        return compile_experiments(search.experiments, "series.")
    if own:
        return compile_attribute(own[0], database, "series.")
    return Fragment("TRUE", [])


def _is_listed(tree: Tree) -> bool:
    if isinstance(tree, Or):
        return all(_is_listed(part) for part in tree.parts)
    return isinstance(tree, Comparison) and (
        tree.field.family in TABLES or tree.field.key in _LISTED
    )


def _keys(database: Database, tree: Tree, within: Fragment) -> Fragment | None:
    """Return an SQL source of the runs that match a condition; None if indexes lack them.

    Args:
        database: The database.
        tree: The condition.
        within: A condition on all wanted series.
    """
    if isinstance(tree, Or):
        sources = [_keys(database, part, within) for part in tree.parts]
        known = [source for source in sources if source is not None]
        return _union(known) if len(known) == len(sources) else None
    if isinstance(tree, And):
        return _of_all(database, tree)
    if not isinstance(tree, Comparison):
        return None
    if tree.field.family == "attribute":
        return _of_attribute(database, tree)
    if tree.field.family == "datasets":
        return _of_datasets(database, tree)
    keys = _of_values(database, tree)
    if keys is None or tree.field.family != "metrics":
        return keys
    return Fragment(f"{keys.text} AND {within.text}", [*keys.values, *within.values])


def _of_all(database: Database, tree: And) -> Fragment | None:
    """Find runs by the first condition that has an index, and test the others on them."""
    for part in tree.parts:
        if not isinstance(part, Comparison) or part.field.family != "attribute":
            continue
        keys = _of_attribute(database, part)
        if keys is not None:
            whole = compile_condition(tree, database)
            source = f"{keys.text} CROSS JOIN run WHERE run.key = own.run_key AND {whole.text}"
            text = f"(SELECT own.run_key FROM {source}) AS kept"
            return Fragment(text, [*keys.values, *whole.values])
    return None


def _union(sources: list[Fragment]) -> Fragment:
    each = " UNION ALL ".join(f"SELECT run_key FROM {source.text}" for source in sources)
    return Fragment(f"({each}) AS either", [value for source in sources for value in source.values])


def _of_runs(test: Fragment) -> Fragment:
    return Fragment(f"(SELECT run.key AS run_key FROM run WHERE {test.text}) AS own", test.values)


def _of_attribute(database: Database, comparison: Comparison) -> Fragment | None:
    key, operator = comparison.field.key, comparison.operator
    if key in _PREFIXED and operator == "like":
        begins = literal_range(run_column(key), str(comparison.values[0]))
        test = compile_attribute(comparison, database)
        return (
            _of_runs(Fragment(f"{begins.text} AND {test.text}", [*begins.values, *test.values]))
            if begins
            else None
        )
    if operator not in _INDEXED.get(key, ()):
        return None
    test = compile_attribute(comparison, database)
    if key == "parent":
        if "" in comparison.values:
            return None  # most runs have no parent, and the index lacks them
        test = Fragment(f"run.parent <> '' AND {test.text}", test.values)
    return _of_runs(test)


def _of_datasets(database: Database, comparison: Comparison) -> Fragment | None:
    """Find datasets of clients and of catalogs."""
    if comparison.field.key not in _DATASETS or comparison.operator != "=":
        return None
    described, used = (
        compile_test(column, comparison, database, is_text=True)
        for column in DATASETS[comparison.field.key]
    )
    text = (
        "SELECT dataset_input.run_key AS run_key FROM dataset JOIN dataset_input"
        f" ON dataset_input.dataset_key = dataset.key WHERE {described.text}"
        f" UNION ALL SELECT dataset_use.run_key FROM dataset_use WHERE {used.text}"
    )
    return Fragment(f"({text}) AS used", [*described.values, *used.values])


def _of_values(database: Database, comparison: Comparison) -> Fragment | None:
    field = comparison.field
    if field.summary not in INDEXED_SUMMARIES or comparison.operator not in _RANGES:
        return None
    column, is_text = value_column(field, comparison)
    if is_text and comparison.operator != "=":
        return None  # only the start of a text is in the index
    test = compile_test(column, comparison, database, is_text=is_text)
    table = TABLES[field.family]
    return Fragment(f"{table} WHERE {table}.name = ? AND {test.text}", [field.key, *test.values])
