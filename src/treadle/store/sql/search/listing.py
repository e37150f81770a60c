"""Pages of experiments and models, by bound SQL and keyset paging as in `paging` for runs.

There are far fewer of these than runs, so no index is walked for a sort order.
"""

import hashlib
from typing import Any, Final

import msgspec

from treadle.errors import SearchError
from treadle.store.identifiers import read_key
from treadle.store.search.listing import DatasetName, Listing
from treadle.store.search.tree import And, Comparison, Field, Not, Or, Tree
from treadle.store.sql.database import Database, Row
from treadle.store.sql.search.compile import Fragment, compile_test
from treadle.store.sql.search.order import Column, behind
from treadle.store.tokens import read_token, write_token

_LIFECYCLES: Final = {"active": "{} IS NULL", "deleted": "{} IS NOT NULL", "all": "TRUE"}
_NUMBERS: Final = frozenset({"created", "updated", "version"})


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Kind of object to search: its tables and columns."""

    source: str
    """The text after FROM."""
    columns: str
    """The columns to read."""
    attributes: dict[str, str]
    families: dict[str, str]
    """Scalar subqueries of params and tags, whose ``?`` is the key."""
    metrics: str = ""
    """The source of the object's metrics, as the text after FROM, if it has any."""
    scope: str
    """The column that `Listing.only` and `Listing.without` filter."""
    deleted: str
    tie: tuple[tuple[str, bool], ...]
    """Unique columns that break ties in the order, and whether they descend."""
    numbers: frozenset[str] = _NUMBERS
    """The attributes that are numbers."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Cursor: the last row of a page."""

    question: str
    values: list[str | float | None]


def find_rows(database: Database, subject: Subject, listing: Listing) -> tuple[list[Row], str]:
    """Return the rows of a page, and the token of the next page (empty on the last).

    Raises:
        SearchError: ``listing.after`` does not belong to this listing.
    """
    columns = [
        Column(_value(subject, sort.field, listing.datasets, sort.dataset), sort.descending)
        for sort in listing.sort
    ]
    columns += [Column(Fragment(text, []), descending) for text, descending in subject.tie]
    conditions = _conditions(database, subject, listing)
    place = read_token(listing.after, _Place) if listing.after else None
    if place is not None:
        if place.question != _question(listing) or len(place.values) != len(columns):
            raise SearchError(
                "The requested page does not belong to this search.",
                hint="Begin again with the first page.",
            )
        conditions.append(behind(columns, place.values, Fragment("FALSE", [])))
    order = ", ".join(
        f"{one.fragment.text} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in columns
    )
    values = [one.fragment for one in columns]
    text = (
        f"SELECT {', '.join(one.text for one in values)}, {subject.columns} FROM {subject.source}"
        f" WHERE {' AND '.join(one.text for one in conditions)} ORDER BY {order} LIMIT ?"
    )
    bound = [value for part in (*values, *conditions, *values) for value in part.values]
    rows = database.execute(text, [*bound, listing.limit + 1])
    more = len(rows) > listing.limit
    rows = rows[: listing.limit]
    following = (
        write_token(_Place(_question(listing), list(rows[-1][: len(values)])))
        if more and rows
        else ""
    )
    return [row[len(values) :] for row in rows], following


def _question(listing: Listing) -> str:
    asked = msgspec.json.encode(msgspec.structs.replace(listing, after="", limit=0))
    return hashlib.sha256(asked).hexdigest()[:16]


def _conditions(database: Database, subject: Subject, listing: Listing) -> list[Fragment]:
    found = [Fragment(_LIFECYCLES[listing.lifecycle].format(subject.deleted), [])]
    if listing.only is not None:
        keys = _scoped(subject, listing.only)
        found.append(Fragment(f"{subject.scope} IN ({_marks(keys)})" if keys else "FALSE", keys))
    if listing.without:
        keys = _scoped(subject, listing.without)
        found.append(Fragment(f"{subject.scope} NOT IN ({_marks(keys)})" if keys else "TRUE", keys))
    if listing.where is not None:
        found.append(_condition(database, subject, listing.where, listing.datasets))
    if listing.datasets and subject.metrics and not _has_metric(listing.where):
        either = _on_any(listing.datasets)
        exists = f"EXISTS (SELECT 1 FROM {subject.metrics} AND {either.text})"
        found.append(Fragment(exists, either.values))
    return found


def _has_metric(tree: Tree | None) -> bool:
    if isinstance(tree, And | Or):
        return any(map(_has_metric, tree.parts))
    if isinstance(tree, Not):
        return _has_metric(tree.part)
    return tree is not None and tree.field.family == "metrics"


def _scoped(subject: Subject, names: tuple[str, ...]) -> list[Any]:
    """Return ids as values of their column: experiments have numbers, models have names."""
    if subject.scope.endswith("name"):
        return list(names)
    return [key for one in names if (key := read_key(one)) is not None]


def _marks(values: list[Any]) -> str:
    return ", ".join("?" * len(values))


def _condition(
    database: Database, subject: Subject, tree: Tree, datasets: tuple[DatasetName, ...]
) -> Fragment:
    if isinstance(tree, And | Or):
        parts = [_condition(database, subject, part, datasets) for part in tree.parts]
        word = " AND " if isinstance(tree, And) else " OR "
        return Fragment(
            f"({word.join(one.text for one in parts)})",
            [value for one in parts for value in one.values],
        )
    if isinstance(tree, Not):
        inner = _condition(database, subject, tree.part, datasets)
        return Fragment(f"NOT COALESCE({inner.text}, FALSE)", inner.values)
    return _comparison(database, subject, tree, datasets)


def _comparison(
    database: Database, subject: Subject, comparison: Comparison, datasets: tuple[DatasetName, ...]
) -> Fragment:
    value = _value(subject, comparison.field, datasets)
    field = comparison.field
    is_text = (
        field.key not in subject.numbers
        if field.family == "attribute"
        else field.family != "metrics"
    )
    test = compile_test(value.text, comparison, database, is_text=is_text)
    return Fragment(f"COALESCE({test.text}, FALSE)", [*value.values, *test.values])


def _value(
    subject: Subject,
    field: Field,
    datasets: tuple[DatasetName, ...],
    only: DatasetName | None = None,
) -> Fragment:
    """Return the value of a field, as a scalar expression.

    Args:
        subject: The kind of object.
        field: The field.
        datasets: Use metrics on any of these datasets; on all datasets if empty.
        only: Use metrics on this dataset only.
    """
    if field.family == "attribute":
        return Fragment(subject.attributes[field.key], [])
    if field.family != "metrics":
        return Fragment(subject.families[field.family], [field.key])
    tests = [_on_any(some) for some in (datasets, (only,) if only is not None else ()) if some]
    where = " AND ".join([subject.metrics, "name = ?", *(test.text for test in tests)])
    newest = f"(SELECT value FROM {where} ORDER BY time DESC, step DESC LIMIT 1)"
    return Fragment(newest, [field.key, *(value for test in tests for value in test.values)])


def _on_any(datasets: tuple[DatasetName, ...]) -> Fragment:
    """Compile the condition that a metric is on one of some datasets; empty fields match all."""
    found: list[Fragment] = []
    for one in datasets:
        given = {"dataset_name": one.name, "dataset_digest": one.digest}
        tests = [f"{column} = ?" for column, value in given.items() if value]
        found.append(
            Fragment(
                f"({' AND '.join(tests) or 'TRUE'})", [value for value in given.values() if value]
            )
        )
    return Fragment(
        f"({' OR '.join(one.text for one in found)})",
        [value for one in found for value in one.values],
    )
