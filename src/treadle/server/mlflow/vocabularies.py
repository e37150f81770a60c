"""Vocabularies of MLflow's search grammars, parsed to the store's query tree.

MLflow joins comparisons by AND only; here OR, NOT and parentheses work, too.
"""

import re
from collections.abc import Sequence
from typing import Final

from treadle.errors import SearchError
from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.translation import as_attribute, by_milliseconds, by_tags
from treadle.store import Search
from treadle.store.search.grammar import parse, parse_field, to_number
from treadle.store.search.tree import (
    And,
    Attribute,
    Field,
    Lifecycle,
    Not,
    Or,
    Sort,
    Tree,
    Value,
    Vocabulary,
)

_DIRECTION: Final = re.compile(
    r"^(?P<field>.*?)(?:\s+(?P<direction>asc|desc))?\s*$", re.IGNORECASE | re.DOTALL
)


def _lower(value: Value) -> Value:
    return str(value).lower()


def _model_status(value: Value) -> Value:
    return {"upload_failed": "failed"}.get(
        name := str(value).lower().removeprefix("logged_model_"), name
    )


def _vocabulary(families: Sequence[str], **attributes: Attribute) -> Vocabulary:
    return Vocabulary(attributes, frozenset(families))  # type: ignore[arg-type]


def _time(key: str) -> Attribute:
    return Attribute(key, "time", to_number)


_STARTED: Final = Field("attribute", "started")
_ID: Final = Field("attribute", "id")
_START: Final = _time("started")
RUNS: Final = Vocabulary(
    {
        "run_id": Attribute("id"),
        "run_name": Attribute("name"),
        "run name": Attribute("name"),
        "status": Attribute("status", convert=_lower),
        "user_id": Attribute("user"),
        "start_time": _START,
        "created": _START,
        "end_time": _time("ended"),
        "duration": _time("duration"),
        "experiment": Attribute("experiment"),
        "artifact_uri": Attribute("artifact_uri"),
    }
)
EXPERIMENTS: Final = _vocabulary(
    ["tags"],
    name=Attribute("mlflow_name"),
    experiment_id=Attribute("id", "number", to_number),
    creation_time=_time("created"),
    last_update_time=_time("updated"),
)
REGISTERED_MODELS: Final = _vocabulary(
    ["tags"],
    name=Attribute("name"),
    creation_timestamp=_time("created"),
    last_updated_timestamp=_time("updated"),
    timestamp=_time("updated"),
)
VERSIONS: Final = _vocabulary(
    ["tags"],
    name=Attribute("name"),
    version=Attribute("version", "number", to_number),
    version_number=Attribute("version", "number", to_number),
    run_id=Attribute("run"),
    source_path=Attribute("source"),
    creation_timestamp=_time("created"),
    last_updated_timestamp=_time("updated"),
)
LOGGED_MODELS: Final = _vocabulary(
    ["params", "metrics", "tags"],
    name=Attribute("name"),
    model_id=Attribute("id"),
    model_type=Attribute("type"),
    status=Attribute("status", convert=_model_status),
    source_run_id=Attribute("source_run"),
    creation_timestamp=_time("created"),
    creation_timestamp_ms=_time("created"),
    creation_time=_time("created"),
    last_updated_timestamp=_time("updated"),
    last_updated_timestamp_ms=_time("updated"),
)


def read_filter(text: str, vocabulary: Vocabulary, *, without_null: str = "") -> Tree | None:
    """Parse a filter; an empty one matches everything.

    Args:
        text: The filter.
        vocabulary: The fields that it may name.
        without_null: The name of what is searched, if MLflow accepts no ``IS NULL`` there.
    """
    if not text.strip():
        return None
    try:
        tree = parse(_without_quoted_attributes(text), vocabulary)
    except SearchError as error:
        raise invalid(f"Invalid filter string: {error.message}") from error
    if without_null and _asks_for_null(tree):
        raise invalid(f"IS NULL / IS NOT NULL is not supported for {without_null} search.")
    times = {one.key for one in vocabulary.attributes.values() if one.kind == "time"}
    return by_milliseconds(tree, times)


def _asks_for_null(tree: Tree) -> bool:
    if isinstance(tree, And | Or):
        return any(map(_asks_for_null, tree.parts))
    return _asks_for_null(tree.part) if isinstance(tree, Not) else tree.operator == "null"


def read_order(clauses: Sequence[str], vocabulary: Vocabulary) -> list[Sort]:
    """Parse a sort order: fields, each optionally followed by ASC or DESC."""
    sorts: list[Sort] = []
    for clause in clauses:
        match = _DIRECTION.match(clause)
        text = match["field"].strip() if match else clause
        try:
            field = parse_field(_without_quoted_attributes(text), vocabulary)
        except SearchError as error:
            raise invalid(f"Invalid order_by clause '{clause}': {error.message}") from error
        if any(sort.field == field for sort in sorts):
            raise invalid(f"`order_by` contains duplicate fields: {list(clauses)}")
        sorts.append(
            Sort(field, descending=bool(match and (match["direction"] or "").lower() == "desc"))
        )
    return sorts


def read_search(
    text: str,
    order: Sequence[str],
    *,
    experiments: tuple[str, ...],
    lifecycle: Lifecycle,
    limit: int,
    after: str,
) -> Search:
    """Parse a search for runs."""
    where = read_filter(text, RUNS)
    sorts = [
        Sort(as_attribute(sort.field), descending=sort.descending)
        for sort in read_order(order, RUNS)
    ]
    if not sorts:
        sorts.append(Sort(_STARTED, descending=True))
    if any(sort.field == _STARTED for sort in sorts) and all(sort.field != _ID for sort in sorts):
        sorts.append(Sort(_ID))  # as in MLflow: runs with the same start time are sorted by id
    return Search(
        where=by_tags(where) if where is not None else None,
        sort=tuple(sorts),
        limit=limit,
        experiments=experiments,
        lifecycle=lifecycle,
        after=after,
    )


def _without_quoted_attributes(text: str) -> str:
    """Rewrite ``attributes.`Run name``` and the like as plain words."""
    return (
        re.sub(
            r"""(attributes?\.)?[`"](run name|run_name|start_time|end_time|status|run_id)[`"]"""
            r"(?!\s*\))",
            lambda match: match[2].lower().replace(" ", "_"),
            text,
            flags=re.IGNORECASE,
        )
        if "`" in text or "attribute" in text.lower()
        else text
    )
