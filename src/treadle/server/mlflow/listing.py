"""Common parts of the searches for experiments, models and versions."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.prompts import IS_PROMPT
from treadle.server.principal import Principal
from treadle.store.search.listing import Listing, ListingSort
from treadle.store.search.tree import And, Comparison, Field, Not, Or, Sort, Tree
from treadle.store.tokens import read_token, write_token

T = TypeVar("T")


def as_listed(sorts: Sequence[Sort]) -> tuple[ListingSort, ...]:
    """Convert a sort order to that of a listing."""
    return tuple(ListingSort(sort.field, sort.descending) for sort in sorts)


def of_models(
    principal: Principal, tree: Tree | None, sorts: Sequence[Sort], limit: int, after: str
) -> Listing:
    """Return the query of a page of models or versions that the caller may see, without prompts."""
    only, without = principal.scope("model")
    return Listing(
        where=_without_prompts(tree),
        sort=as_listed(sorts),
        limit=limit,
        after=after,
        only=only,
        without=without,
    )


def _without_prompts(tree: Tree | None) -> Tree | None:
    """Exclude prompts, which MLflow stores as models, unless the filter asks about them.

    Clients search for non-prompts by the value "false", which nothing has: whatever lacks the tag
    matches.
    """
    if tree is not None and _is_about(tree, IS_PROMPT):
        return _with_default(tree)
    no_prompt = Not(Comparison(IS_PROMPT, "ilike", ("true",)))
    return no_prompt if tree is None else And((tree, no_prompt))


def _with_default(tree: Tree) -> Tree:
    if isinstance(tree, And | Or):
        return type(tree)(tuple(_with_default(part) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(_with_default(tree.part))
    if tree.field != IS_PROMPT or tree.operator == "null":
        return tree
    wanted = {str(value).lower() for value in tree.values}
    holds = (
        "false" not in wanted
        if tree.operator == "!="
        else tree.operator in ("=", "in", "ilike", "like") and "false" in wanted
    )
    return Or((tree, Comparison(IS_PROMPT, "null"))) if holds else tree


def _is_about(tree: Tree, field: Field) -> bool:
    if isinstance(tree, And | Or):
        return any(_is_about(part, field) for part in tree.parts)
    return _is_about(tree.part, field) if isinstance(tree, Not) else tree.field == field


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: after which item, and at which offset in case that item is deleted."""

    item: str
    offset: int


def page(
    items: Sequence[T], token: str, limit: int, name: Callable[[T], str]
) -> tuple[list[T], str]:
    """Return one page of a few items, and the token of the next one (empty at the end)."""
    start = 0
    if token:
        place = read_token(token, _Place)
        known = next(
            (number for number, item in enumerate(items) if name(item) == place.item), None
        )
        start = known + 1 if known is not None else max(0, place.offset)
    chosen = list(items[start : start + limit])
    if not chosen or start + limit >= len(items):
        return chosen, ""
    return chosen, write_token(_Place(name(chosen[-1]), start + limit))


def check_limit(limit: int, most: int) -> int:
    """Validate the size of a page."""
    if not 1 <= limit <= most:
        raise invalid(
            f"Invalid value {limit} for parameter 'max_results' supplied: It must be at least 1 "
            f"and at most {most}."
        )
    return limit
