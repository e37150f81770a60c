"""Columns of a table of runs: their kinds, and those that are shown if none are requested."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from treadle.errors import SearchError
from treadle.records import Column
from treadle.store.search.text import word_field
from treadle.store.search.tree import ATTRIBUTES, Field
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import compile_experiments

_CHOSEN: Final = 12  # columns of each family that are chosen
_NAMES: Final = 60  # names of a run from which they are
_LOOKED_AT: Final = 20  # runs whose names are chosen from

ColumnKind = Literal["number", "text"]


def choose_fields(database: Database, keys: Sequence[int]) -> list[Field]:
    """Return the metrics and params that most of the first runs have, by name."""
    some = keys[:_LOOKED_AT]
    own = "SELECT name FROM series WHERE run_key = ? AND (name < 'system/' OR name >= 'system0')"
    metrics = _common_names(database, own, some)
    params = _common_names(database, "SELECT name FROM param WHERE run_key = ?", some)
    return [
        *(Field("metrics", name) for name in metrics),
        *(Field("params", name) for name in params),
    ]


def _common_names(database: Database, query: str, keys: Sequence[int]) -> list[str]:
    # Of each run only some names: it may have thousands.
    asked = [(f"{query} ORDER BY name LIMIT {_NAMES}", (key,)) for key in keys]
    counts = Counter(name for rows in database.execute_all(asked) for (name,) in rows)
    common = sorted(counts, key=lambda name: (-counts[name], name.encode()))[:_CHOSEN]
    return sorted(common, key=str.encode)


def describe_columns(
    database: Database, fields: Sequence[Field], experiments: tuple[str, ...] | None
) -> list[Column]:
    """Return the columns of fields.

    Args:
        database: The database.
        fields: The fields.
        experiments: The ids of the experiments whose runs determine the kinds; all if None.

    Raises:
        SearchError: A field has several values for a run.
    """
    names = [one.key for one in fields if one.family == "params"]
    numeric = find_numeric_params(database, names, experiments)
    return [_describe(one, numeric) for one in fields]


def _describe(field: Field, numeric: set[str]) -> Column:
    if field.family == "datasets":
        raise SearchError(
            f'"{word_field(field)}" is not a column, as a run has several datasets.',
            hint="Columns are params, metrics, tags and attributes.",
        )
    is_number = (
        field.family == "metrics"
        or (field.family == "params" and field.key in numeric)
        or (field.family == "attribute" and ATTRIBUTES.get(field.key) in ("time", "number"))
    )
    return Column(
        field=word_field(field),
        family=field.family,
        key=field.key,
        summary=field.summary if field.step is None else "at",
        step=field.step,
        kind="number" if is_number else "text",
    )


def find_numeric_params(
    database: Database, names: Iterable[str], experiments: tuple[str, ...] | None
) -> set[str]:
    """Return those params that have numbers only, beside missing values."""
    wanted = list(dict.fromkeys(names))
    source, holds, values = "param", "TRUE", list[Any]()
    if experiments is not None:
        own = compile_experiments(experiments)
        source, values = "param CROSS JOIN run", own.values
        holds = f"run.key = param.run_key AND {own.text}"
    # Only the start of a text is in the index; None is stored as null.
    text = "param.number IS NULL AND substr(param.text, 1, 100) <> 'null'"
    query = " UNION ALL ".join(
        f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {source} WHERE {holds} AND param.name = ? AND"
        f" {test}) THEN 1 ELSE 0 END"
        for test in ("param.number IS NOT NULL", text)
    )
    answers = database.execute_all([(query, [*values, name, *values, name]) for name in wanted])
    pairs = zip(wanted, answers, strict=True)
    return {name for name, ((has_number,), (has_text,)) in pairs if has_number and not has_text}
