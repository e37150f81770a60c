"""Queries for tables of runs: the names that runs have, and groups of runs."""

from typing import Literal

import msgspec

from treadle.store.search.tree import Field, Lifecycle, Tree

KeyFamily = Literal["params", "metrics", "tags"]


class KeyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Query for a page of the names of params, metrics or tags."""

    family: KeyFamily
    text: str = ""
    """Words that a name must contain, in any case."""
    experiments: tuple[str, ...] | None = None
    """Ids of the experiments whose runs to look at; all if None."""
    limit: int = 50
    after: str = ""
    """Token of the page: the ``next`` of the page before."""
    counts: bool = True
    """Whether to count the runs that have each name, and find the least and greatest value."""


class GroupQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Query for a page of groups of runs."""

    where: Tree | None = None
    experiments: tuple[str, ...] | None = None
    """Ids of the experiments to search in; all if None."""
    lifecycle: Lifecycle = "active"
    by: tuple[Field, ...]
    """The params, tags and attributes whose values the runs of a group have in common."""
    columns: tuple[Field, ...] = ()
    """The columns with statistics of each group."""
    sort: str | Field = "count"
    """What to sort by: ``count``, ``by`` (the values of a group), or the mean of a column."""
    descending: bool = True
    limit: int = 200
    after: str = ""
    """Token of the page: the ``next`` of the page before."""
