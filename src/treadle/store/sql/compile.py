"""Turns a search into SQL with every value bound; names come from a closed list."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from treadle.records import ARTIFACT_ROOT
from treadle.store.search import And, Comparison, Field, Not, Or, Search, Tree
from treadle.store.sql.database import Database

__all__ = [
    "COLUMNS",
    "DATASETS",
    "EXPERIMENT",
    "GUIDE_KEY",
    "INDEXED_SUMMARIES",
    "PREFIX",
    "SUMMARIES",
    "TABLES",
    "Fragment",
    "compile_attribute",
    "compile_condition",
    "compile_conditions",
    "compile_experiments",
    "compile_test",
    "dataset_sources",
    "literal_range",
    "value_column",
]

COLUMNS: Final = {
    "id": "run.id",
    "name": "run.name",
    "experiment": "(SELECT experiment.name FROM experiment WHERE experiment.key = run.experiment_key)",  # for an order
    "artifact_uri": (
        f"((SELECT CASE WHEN artifact_location = '' THEN '{ARTIFACT_ROOT}/' || experiment.key ELSE rtrim(artifact_location, '/') END"
        " FROM experiment WHERE experiment.key = run.experiment_key) || '/' || run.id || '/artifacts')"
    ),
    "status": "run.status",
    "kind": "run.kind",
    "command": "run.command",
    "user": "run.user_name",
    "parent": "run.parent",
    "owner": "run.owner",  # only runs of Treadle's own client have one
    "source_type": "CAST('LOCAL' AS TEXT)",  # what MLflow calls the kind of code that those run
    "started": "run.started",
    "ended": "run.ended",
    "duration": "(run.ended - run.started)",
}
_NUMBERS: Final = ("started", "ended", "duration")
_CONTIGUOUS: Final = frozenset({"=", "<", "<=", ">", ">="})
GUIDE_KEY: Final = "guide.run_key"
"""The run's key, where a walk is along a guide."""
EXPERIMENT: Final = Field("attribute", "experiment")
_STARTED: Final = Field("attribute", "started")
SUMMARIES: Final = {
    "last": "series.last",
    "min": "series.min",
    "max": "series.max",
    "mean": "series.total / NULLIF(series.finite, 0)",
    "count": "series.count",
}
INDEXED_SUMMARIES: Final = frozenset({"last", "min", "max"})
"""Those that an index has the runs of in order."""
TABLES: Final = {"params": "param", "metrics": "series", "tags": "tag"}
DATASETS: Final = {
    "name": ("dataset.name", "dataset_use.dataset"),
    "digest": ("dataset.digest", "dataset_use.digest"),
    "context": ("dataset_input.context", "dataset_use.role"),
}
"""Where the values of datasets are: of those that a client described, and of those of a catalog."""
_CUT: Final = frozenset({"param.text", "tag.value", "dataset_use.dataset"})
"""Columns of texts, of which an index has the start."""
_LIFECYCLES: Final = {"active": "run.deleted IS NULL", "deleted": "run.deleted IS NOT NULL", "all": "TRUE"}
PREFIX: Final = 100  # how much of a text its index has


class Fragment(msgspec.Struct, frozen=True):
    """A piece of SQL, and what its ``?`` stand for, in order."""

    # No NamedTuple: making one runs eval(), after which Python forgets that Ctrl-C ended the program.

    text: str
    values: list[Any]
    is_looked_up: bool = False
    """Whether it asks a table of its own for each run."""
    leads: bool = False
    """Whether it is a range of the index that a walk is along: runs that do not fulfil it are not even passed."""
    is_carried: bool = False
    """Whether the index that a walk is along tells it: runs that do not fulfil it are passed, and asked nothing else."""


def compile_conditions(
    search: Search, database: Database, key: str = "run.key", guided: Field | None = None
) -> list[Fragment]:
    """Compile what must hold of the runs that are wanted, wherever a page begins; all of it.

    Args:
        search: The question.
        database: Which SQL it is.
        key: The run's key. Where another table than ``run`` leads to the runs, that table's: what does not
            fulfil a condition is then passed over before its run is looked up.
        guided: The field that leads along: of runs, or of a table called ``guide``. A condition on it is a range of
            its index.
    """
    parts = []
    if search.where is not None:
        tops = search.where.parts if isinstance(search.where, And) else (search.where,)
        parts += [_condition(top, database, key, guided) for top in tops]
    if search.experiments is not None:
        own = compile_experiments(search.experiments)
        parts.append(_along(own, database, EXPERIMENT, guided, key, leads=len(own.values) == 1))
    return [*parts, Fragment(_LIFECYCLES[search.lifecycle], [])]


def compile_condition(tree: Tree, database: Database) -> Fragment:
    """Compile a condition on the runs of ``run``, whatever leads to them."""
    return _condition(tree, database, "run.key", None)


def compile_experiments(experiments: Sequence[str]) -> Fragment:
    """Compile that a run is in one of some experiments; what is no id of one has no runs."""
    keys = [int(one) for one in experiments if one.isascii() and one.isdigit() and len(one) <= 18]  # noqa: PLR2004
    return _in("run.experiment_key", keys)


def _condition(tree: Tree, database: Database, key: str, guided: Field | None) -> Fragment:
    if isinstance(tree, And | Or):
        parts = [_condition(part, database, key, guided) for part in tree.parts]
        word = " AND " if isinstance(tree, And) else " OR "
        values = [value for part in parts for value in part.values]
        return Fragment(f"({word.join(part.text for part in parts)})", values, any(part.is_looked_up for part in parts))
    if isinstance(tree, Not):
        inner = _condition(tree.part, database, key, guided)
        # A run without the value does not fulfil a comparison, and so fulfils its opposite.
        return Fragment(f"NOT COALESCE({inner.text}, FALSE)", inner.values, inner.is_looked_up)
    return _comparison(tree, database, key, guided)


def _comparison(comparison: Comparison, database: Database, key: str, guided: Field | None) -> Fragment:
    field = comparison.field
    if field.family == "attribute":
        test = compile_attribute(comparison, database)
        leads = comparison.operator == "=" if field == EXPERIMENT else comparison.operator in _CONTIGUOUS
        return _along(test, database, field, guided, key, leads=leads)
    if field.family == "datasets":
        return _dataset(comparison, database, key)
    if field == guided:
        return _guided(comparison, database)
    table = TABLES[field.family]
    own = f"FROM {table} WHERE {table}.run_key = {key} AND {table}.name = ?"
    if comparison.operator == "null":
        return Fragment(f"NOT EXISTS (SELECT 1 {own})", [field.key])
    column, is_text = value_column(field, comparison)
    if _differs_from_nan(comparison):
        text = f"COALESCE((SELECT {column} IS NULL OR {column} <> ? {own}), FALSE)"
        return Fragment(text, [*comparison.values, field.key], is_looked_up=True)
    # Looked up as a value: SQLite turns EXISTS into a join, and that into a scan of an index for each run.
    # In COALESCE, because PostgreSQL takes a bare comparison with a looked up value for one that hardly ever holds.
    test = compile_test(f"(SELECT {column} {own})", comparison, database, is_text=is_text)
    return Fragment(f"COALESCE({test.text}, FALSE)", [field.key, *test.values], is_looked_up=True)


def _differs_from_nan(comparison: Comparison) -> bool:
    """Tell whether a run fulfils a comparison by NaN, which differs from every number."""
    return comparison.operator == "!=" and (comparison.field.family, comparison.field.summary) == ("metrics", "last")


def compile_attribute(comparison: Comparison, database: Database) -> Fragment:
    """Compile a condition on what a run itself says."""
    key = comparison.field.key
    if key != "experiment" or comparison.operator == "null":
        return compile_test(COLUMNS[key], comparison, database, is_text=key not in _NUMBERS)
    # There are few experiments: their keys are found first, once.
    test = compile_test("experiment.name", comparison, database, is_text=True)
    word = "=" if comparison.operator == "=" else "IN"
    return Fragment(f"run.experiment_key {word} (SELECT key FROM experiment WHERE {test.text})", test.values)


def _along(
    test: Fragment, database: Database, field: Field, guided: Field | None, key: str, *, leads: bool
) -> Fragment:
    """Make a condition on a run part of a walk along the runs.

    Args:
        test: The condition.
        database: Which SQL it is.
        field: What it is about.
        guided: What the walk is along, if there is one.
        key: The run's key.
        leads: Whether what fulfils it is one piece of an index that has the runs in that order.
    """
    # The index of experiments has their runs in the order of their starts.
    if guided is not None and (guided == field or (field, guided) == (EXPERIMENT, _STARTED)):
        return msgspec.structs.replace(test, leads=leads)
    if guided is not None and key == GUIDE_KEY and leads and field == EXPERIMENT and guided.family == "metrics":
        # Another index of series has the runs of an experiment in the order of their last values.
        leads = guided.summary == "last"
        place = "guide." if leads else f"{database.no_index}guide."
        return Fragment(test.text.replace("run.", place), test.values, leads=leads, is_carried=not leads)
    # SQLite does not know how common a value is, and would leave the way for the index of any.
    return msgspec.structs.replace(test, text=test.text.replace("run.", f"{database.no_index}run.")) if guided else test


def _guided(comparison: Comparison, database: Database) -> Fragment:
    """Ask about the value that the guide is at."""
    if comparison.operator == "null":
        return Fragment("FALSE", [])  # it has one
    column, is_text = value_column(comparison.field, comparison)
    own = f"guide.{column.partition('.')[2]}"
    cut = f"substr({own}, 1, {PREFIX})"
    if comparison.operator == "=" and is_text:
        # As a range: of an equal value, SQLite does not see that the index has the order.
        text = _as_text(comparison.values[0])
        values = [text[:PREFIX], text[:PREFIX], text]
        return Fragment(f"({cut} >= ? AND {cut} <= ? AND {own} = ?)", values, leads=True)
    if _differs_from_nan(comparison):
        return Fragment(f"({own} IS NULL OR {own} <> ?)", list(comparison.values))
    test = compile_test(own, comparison, database, is_text=is_text)
    begins = literal_range(cut, str(comparison.values[0])) if comparison.operator == "like" else None
    if begins is not None:
        return Fragment(f"({begins.text} AND {test.text})", [*begins.values, *test.values], leads=True)
    return msgspec.structs.replace(test, leads=comparison.operator in _CONTIGUOUS and not is_text)


def literal_range(column: str, pattern: str) -> Fragment | None:
    """Compile the range of an index that texts which fit a pattern are in, as far as its beginning tells."""
    start = re.split(r"[%_\\]", pattern, maxsplit=1)[0][:PREFIX]
    if not start or ord(start[-1]) >= 0xD7FF:  # noqa: PLR2004 - the next one is no character
        return None
    return Fragment(f"{column} >= ? AND {column} < ?", [start, start[:-1] + chr(ord(start[-1]) + 1)])


def dataset_sources(key: str) -> tuple[str, str]:
    """Give where a run's datasets are, in the order of the columns in `DATASETS`."""
    return (
        f"dataset_input JOIN dataset ON dataset.key = dataset_input.dataset_key WHERE dataset_input.run_key = {key}",
        f"dataset_use WHERE dataset_use.run_key = {key}",
    )


def _dataset(comparison: Comparison, database: Database, key: str) -> Fragment:
    """Ask about datasets that a client described, and about those of a catalog."""
    columns, sources = DATASETS[comparison.field.key], dataset_sources(key)
    if comparison.operator == "null":
        return Fragment(" AND ".join(f"NOT EXISTS (SELECT 1 FROM {source})" for source in sources), [])
    tests = [compile_test(column, comparison, database, is_text=True) for column in columns]
    either = " OR ".join(
        f"EXISTS (SELECT 1 FROM {source} AND {test.text})" for source, test in zip(sources, tests, strict=True)
    )
    return Fragment(f"({either})", [value for test in tests for value in test.values])


def value_column(field: Field, comparison: Comparison) -> tuple[str, bool]:
    """Say which column of its table a comparison is about, and whether that holds texts."""
    if field.family == "metrics":
        return SUMMARIES[field.summary], False
    if field.family == "tags":
        return "tag.value", True
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in comparison.values)
    return ("param.number", False) if numbers else ("param.text", True)


def compile_test(column: str, comparison: Comparison, database: Database, *, is_text: bool) -> Fragment:
    """Compile the comparison of a column with its values."""
    bound = [_as_text(value) if is_text else value for value in comparison.values]
    if comparison.operator == "null":
        return Fragment(f"{column} IS NULL", [])
    if comparison.operator == "in":
        return _in(column, bound)
    if comparison.operator in ("like", "ilike"):
        text, pattern = database.like(column, str(bound[0]), ignore_case=comparison.operator == "ilike")
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
    """Compare truth values with the JSON text that a parameter's has."""
    return str(value).lower() if isinstance(value, bool) else str(value)
