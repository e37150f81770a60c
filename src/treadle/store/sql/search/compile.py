"""Compilation of searches to SQL: all values are bound, and names come from a closed list."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from treadle.records import ARTIFACT_ROOT
from treadle.store.identifiers import read_key
from treadle.store.search.tree import And, Comparison, Field, Not, Or, Search, Tree
from treadle.store.sql.database import Database

_COLUMNS: Final = {
    "id": "id",
    "name": "name",
    "status": "status",
    "kind": "kind",
    "command": "command",
    "user": "user_name",
    "parent": "parent",
    "owner": "owner",  # only runs of Treadle's own client have an owner
    "started": "started",
    "ended": "ended",
}
_NUMBERS: Final = ("started", "ended", "duration")
_CONTIGUOUS: Final = frozenset({"=", "<", "<=", ">", ">="})
GUIDE_KEY: Final = "guide.run_key"
"""The run's key in a walk along a guide."""
EXPERIMENT: Final = Field("attribute", "experiment")
_STARTED: Final = Field("attribute", "started")
# By an index of min or max, sorting a million runs takes 3 ms on SQLite and 5 on PostgreSQL,
# instead of 1 and 3.5 s. The two indexes make such a store 1.35 GB instead of 1.02 on SQLite, and
# an eighth larger on PostgreSQL; a batch of a thousand points of four metrics takes 1.07 ms instead
# of 0.9, and 1.5 instead of 1.3; a thousand metrics that are new to a run take 29 ms instead of 14.
# An index of only the series whose min is not the last value would cost nothing for metrics of one
# point, but would need two merged walks. Means and counts are sorted too seldom for that.
INDEXED_SUMMARIES: Final = frozenset({"last", "min", "max"})
"""Summaries that have an index in sort order, and a column of the same name."""
TABLES: Final = {"params": "param", "metrics": "series", "tags": "tag"}
DATASETS: Final = {
    "name": ("dataset.name", "dataset_use.dataset"),
    "digest": ("dataset.digest", "dataset_use.digest"),
    "context": ("dataset_input.context", "dataset_use.role"),
}
"""Columns of the fields of datasets: of those of clients, and of those of catalogs."""
_CUT: Final = frozenset({"param.text", "tag.value", "dataset_use.dataset"})
"""Text columns of which only the start is in the index."""
LIFECYCLES: Final = {
    "active": "run.deleted IS NULL",
    "deleted": "run.deleted IS NOT NULL",
    "all": "TRUE",
}
PREFIX: Final = 100  # characters of a text that its index contains


class Fragment(msgspec.Struct, frozen=True):
    """SQL fragment with the values of its ``?``, in order."""

    # Not a NamedTuple: creating one runs eval(), after which Python forgets that Ctrl-C
    # ended the program.

    text: str
    values: list[Any]
    is_looked_up: bool = False
    """Whether it queries another table for each run."""
    leads: bool = False
    """Whether it is a range of the walk's index: runs that do not match are not even passed."""
    is_carried: bool = False
    """Whether the walk's index contains its column: other runs are skipped without a lookup."""


def run_column(key: str, run: str = "run.") -> str:
    """Return the expression of an attribute of a run.

    Args:
        key: The name of the attribute.
        run: The prefix of the run's columns.
    """
    if key == "experiment":  # to sort
        return (
            f"(SELECT experiment.name FROM experiment WHERE experiment.key = {run}experiment_key)"
        )
    if key == "artifact_uri":
        return (
            f"((SELECT CASE WHEN artifact_location = '' THEN '{ARTIFACT_ROOT}/' || experiment.key"
            " ELSE rtrim(artifact_location, '/') END FROM experiment"
            f" WHERE experiment.key = {run}experiment_key) || '/' || {run}id || '/artifacts')"
        )
    if key == "source_type":
        return "CAST('LOCAL' AS TEXT)"  # MLflow's name for the kind of their code
    if key == "duration":
        return f"({run}ended - {run}started)"
    return f"{run}{_COLUMNS[key]}"


def summary_column(summary: str) -> str:
    """Return the expression of a summary of a series."""
    return "series.total / NULLIF(series.finite, 0)" if summary == "mean" else f"series.{summary}"


def compile_conditions(
    search: Search, database: Database, key: str = "run.key", guided: Field | None = None
) -> list[Fragment]:
    """Compile all conditions on the runs of a search, independent of the page.

    Args:
        search: The search.
        database: The database.
        key: The column of the run's key. If another table leads to the runs, its column: runs that
            do not match are then skipped before their rows are looked up.
        guided: The sort field of the walk: of runs, or of the table ``guide``. A condition on it is
            a range of its index.
    """
    parts = []
    if search.where is not None:
        tops = search.where.parts if isinstance(search.where, And) else (search.where,)
        parts += [_condition(top, database, key, guided) for top in tops]
    if search.experiments is not None:
        is_one = len(_keys(search.experiments)) == 1
        way = _find_way(database, EXPERIMENT, guided, key, leads=is_one)
        parts.append(way.mark(compile_experiments(search.experiments, way.run)))
    return [*parts, Fragment(LIFECYCLES[search.lifecycle], [])]


def compile_condition(tree: Tree, database: Database) -> Fragment:
    """Compile a condition on ``run``, independent of the access path."""
    return _condition(tree, database, "run.key", None)


def compile_experiments(experiments: Sequence[str], run: str = "run.") -> Fragment:
    """Compile the condition that a run is in one of some experiments; ignore invalid ids.

    Args:
        experiments: The ids.
        run: The prefix of the column with the experiment's key.
    """
    return _in(f"{run}experiment_key", _keys(experiments))


def _keys(experiments: Sequence[str]) -> list[int]:
    return [key for one in experiments if (key := read_key(one)) is not None]


def _condition(tree: Tree, database: Database, key: str, guided: Field | None) -> Fragment:
    if isinstance(tree, And | Or):
        parts = [_condition(part, database, key, guided) for part in tree.parts]
        word = " AND " if isinstance(tree, And) else " OR "
        values = [value for part in parts for value in part.values]
        return Fragment(
            f"({word.join(part.text for part in parts)})",
            values,
            any(part.is_looked_up for part in parts),
        )
    if isinstance(tree, Not):
        inner = _condition(tree.part, database, key, guided)
        # A run without a value does not match a comparison, and so matches its negation.
        return Fragment(f"NOT COALESCE({inner.text}, FALSE)", inner.values, inner.is_looked_up)
    return _comparison(tree, database, key, guided)


def _comparison(
    comparison: Comparison, database: Database, key: str, guided: Field | None
) -> Fragment:
    field = comparison.field
    if field.family == "attribute":
        leads = (
            comparison.operator == "="
            if field == EXPERIMENT
            else comparison.operator in _CONTIGUOUS
        )
        way = _find_way(database, field, guided, key, leads=leads)
        return way.mark(compile_attribute(comparison, database, way.run))
    if field.family == "datasets":
        return _dataset(comparison, database, key)
    if field == guided:
        return _guided(comparison, database)
    table = TABLES[field.family]
    own = f"FROM {table} WHERE {table}.run_key = {key} AND {table}.name = ?"
    if comparison.operator == "null":
        return Fragment(f"NOT EXISTS (SELECT 1 {own})", [field.key])
    column, is_text = value_column(field, comparison)
    if differs_from_nan(comparison):
        text = f"COALESCE((SELECT {column} IS NULL OR {column} <> ? {own}), FALSE)"
        return Fragment(text, [*comparison.values, field.key], is_looked_up=True)
    # A scalar subquery: SQLite turns EXISTS into a join, and that into an index scan for each run.
    # In COALESCE: PostgreSQL assumes that a bare comparison with a subquery hardly ever holds.
    test = compile_test(f"(SELECT {column} {own})", comparison, database, is_text=is_text)
    return Fragment(f"COALESCE({test.text}, FALSE)", [field.key, *test.values], is_looked_up=True)


def differs_from_nan(comparison: Comparison) -> bool:
    """Return whether NaN matches a comparison, as it differs from every number."""
    return comparison.operator == "!=" and (comparison.field.family, comparison.field.summary) == (
        "metrics",
        "last",
    )


def compile_attribute(comparison: Comparison, database: Database, run: str = "run.") -> Fragment:
    """Compile a condition on an attribute of a run.

    Args:
        comparison: The condition.
        database: The database.
        run: The prefix of the run's columns.
    """
    key = comparison.field.key
    if key != "experiment" or comparison.operator == "null":
        return compile_test(run_column(key, run), comparison, database, is_text=key not in _NUMBERS)
    # There are few experiments: their keys are looked up once, first.
    test = compile_test("experiment.name", comparison, database, is_text=True)
    word = "=" if comparison.operator == "=" else "IN"
    return Fragment(
        f"{run}experiment_key {word} (SELECT key FROM experiment WHERE {test.text})", test.values
    )


class _Way(msgspec.Struct, frozen=True):
    """How a walk along the runs or a guide tests a condition on an attribute of a run."""

    run: str
    """The prefix of the run's columns."""
    leads: bool = False
    is_carried: bool = False

    def mark(self, test: Fragment) -> Fragment:
        """Return the compiled condition with the marks of a `Fragment`."""
        return msgspec.structs.replace(test, leads=self.leads, is_carried=self.is_carried)


def _find_way(
    database: Database, field: Field, guided: Field | None, key: str, *, leads: bool
) -> _Way:
    """Return how a walk tests a condition on an attribute of a run.

    Args:
        database: The database.
        field: The attribute.
        guided: The sort field of the walk, if there is one.
        key: The column of the run's key.
        leads: Whether the matches are one range of an index that has the runs in that order.
    """
    if guided is None:
        return _Way("run.")
    # The index of experiments has their runs sorted by start.
    if guided == field or (field, guided) == (EXPERIMENT, _STARTED):
        return _Way("run.", leads=leads)
    if key == GUIDE_KEY and leads and field == EXPERIMENT and guided.family == "metrics":
        # Another index of series has the runs of an experiment sorted by last value: for that, a
        # series stores the experiment of its run. A page of a million runs in twenty experiments
        # takes 6 ms by it, and 36 by the index of all experiments. It makes the store a tenth
        # larger.
        if guided.summary == "last":
            return _Way("guide.", leads=True)
        return _Way(f"{database.no_index}guide.", is_carried=True)
    # SQLite does not know how common a value is, and would use the index of any condition instead:
    # for the newest runs of a user, it gathered and sorted all of theirs, a million, in 340 ms; a
    # walk takes 3 ms. A leading + hides the index from it.
    return _Way(f"{database.no_index}run.")


def _guided(comparison: Comparison, database: Database) -> Fragment:
    """Compile a condition on the value of the guide's row."""
    if comparison.operator == "null":
        return Fragment("FALSE", [])  # the guide has a value
    own, is_text = value_column(comparison.field, comparison, "guide")
    cut = f"substr({own}, 1, {PREFIX})"
    if comparison.operator == "=" and is_text:
        # As a range: with an equality, SQLite does not see that the index has the sort order.
        text = _as_text(comparison.values[0])
        values = [text[:PREFIX], text[:PREFIX], text]
        return Fragment(f"({cut} >= ? AND {cut} <= ? AND {own} = ?)", values, leads=True)
    if differs_from_nan(comparison):
        return Fragment(f"({own} IS NULL OR {own} <> ?)", list(comparison.values))
    test = compile_test(own, comparison, database, is_text=is_text)
    begins = (
        literal_range(cut, str(comparison.values[0])) if comparison.operator == "like" else None
    )
    if begins is not None:
        return Fragment(
            f"({begins.text} AND {test.text})", [*begins.values, *test.values], leads=True
        )
    return msgspec.structs.replace(test, leads=comparison.operator in _CONTIGUOUS and not is_text)


def literal_range(column: str, pattern: str) -> Fragment | None:
    """Compile the index range of texts that begin with the literal start of a pattern."""
    start = re.split(r"[%_\\]", pattern, maxsplit=1)[0][:PREFIX]
    if not start or ord(start[-1]) >= 0xD7FF:  # noqa: PLR2004 - then surrogates
        return None
    return Fragment(
        f"{column} >= ? AND {column} < ?", [start, start[:-1] + chr(ord(start[-1]) + 1)]
    )


def dataset_sources(key: str) -> tuple[str, str]:
    """Return the SQL sources of a run's datasets, in the order of `DATASETS`."""
    return (
        (
            "dataset_input JOIN dataset ON dataset.key = dataset_input.dataset_key WHERE "
            f"dataset_input.run_key = {key}"
        ),
        f"dataset_use WHERE dataset_use.run_key = {key}",
    )


def _dataset(comparison: Comparison, database: Database, key: str) -> Fragment:
    """Compile a condition on datasets, both of clients and of catalogs."""
    columns, sources = DATASETS[comparison.field.key], dataset_sources(key)
    if comparison.operator == "null":
        return Fragment(
            " AND ".join(f"NOT EXISTS (SELECT 1 FROM {source})" for source in sources), []
        )
    tests = [compile_test(column, comparison, database, is_text=True) for column in columns]
    either = " OR ".join(
        f"EXISTS (SELECT 1 FROM {source} AND {test.text})"
        for source, test in zip(sources, tests, strict=True)
    )
    return Fragment(f"({either})", [value for test in tests for value in test.values])


def value_column(
    field: Field, comparison: Comparison, table: str | None = None
) -> tuple[str, bool]:
    """Return the column of a comparison, and whether it holds texts.

    Args:
        field: The field.
        comparison: The comparison.
        table: The alias of the field's table; its name if None.
    """
    if field.family == "metrics":
        column = f"{table}.{field.summary}" if table else summary_column(field.summary)
        return column, False
    table = table or TABLES[field.family]
    if field.family == "tags":
        return f"{table}.value", True
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool)
        for value in comparison.values
    )
    return (f"{table}.number", False) if numbers else (f"{table}.text", True)


def compile_test(
    column: str, comparison: Comparison, database: Database, *, is_text: bool
) -> Fragment:
    """Compile the comparison of a column with its values."""
    bound = [_as_text(value) if is_text else value for value in comparison.values]
    if comparison.operator == "null":
        return Fragment(f"{column} IS NULL", [])
    if comparison.operator == "in":
        return _in(column, bound)
    if comparison.operator in ("like", "ilike"):
        text, pattern = database.like(
            column, str(bound[0]), ignore_case=comparison.operator == "ilike"
        )
        return Fragment(text, [pattern])
    if comparison.operator == "=" and column in _CUT:
        start = str(bound[0])[:PREFIX]
        return Fragment(f"(substr({column}, 1, {PREFIX}) = ? AND {column} = ?)", [start, *bound])
    return Fragment(f"{column} {comparison.operator} ?", bound)


def _in(column: str, values: list[Any]) -> Fragment:
    if not values:
        return Fragment("FALSE", [])
    if len(values) == 1:
        return Fragment(f"{column} = ?", values)
    return Fragment(f"{column} IN ({', '.join('?' * len(values))})", values)


def _as_text(value: object) -> str:
    """Return a value as text; booleans as in JSON, like the text of a parameter."""
    return str(value).lower() if isinstance(value, bool) else str(value)
