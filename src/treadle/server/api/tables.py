"""Operations of the native API on tables of runs: pages, orders, keys, groups, and changes."""

from typing import Annotated, Final

import msgspec

from treadle.errors import AccessError, SearchError
from treadle.records import KeyPage, RunChange, RunGroups, RunOrder, RunTable
from treadle.server.caller import Caller
from treadle.server.operation import operation
from treadle.store import Field, GroupQuery, KeyQuery, Search, parse, parse_columns, parse_sort
from treadle.store.search.tables import KeyFamily
from treadle.store.search.tree import Lifecycle, Tree

_MAX_ROWS: Final = 1000
_MAX_CHANGED: Final = 10_000
_Limit = Annotated[int, msgspec.Meta(ge=1, le=_MAX_ROWS)]
_Key = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class FindTable(msgspec.Struct, frozen=True, kw_only=True):
    """A search for the rows of a table, in the syntax of the command line and the page."""

    where: str = ""
    sort: str = "-started"
    experiments: list[str] | None = None
    """Ids of the experiments to search in; all if null."""
    lifecycle: Lifecycle = "active"
    columns: list[str] | None = None
    """The columns, such as ``metrics.loss``, ``min(metrics.loss)``, ``at(metrics.loss, 100)``,
    ``params.lr``, ``tags.stage`` or ``duration``; the first runs determine them if null."""
    limit: _Limit = 100
    keys: Annotated[list[_Key], msgspec.Meta(max_length=_MAX_ROWS)] | None = None
    """Short keys of the runs to return, in this order; the search and the limit are ignored."""


class FindOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A search for all runs, in order."""

    where: str = ""
    sort: str = "-started"
    experiments: list[str] | None = None
    """Ids of the experiments to search in; all if null."""
    lifecycle: Lifecycle = "active"


class FindKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A search for the names of params, metrics or tags that runs have."""

    family: KeyFamily
    text: str = ""
    """Words that a name must contain, in any case."""
    experiments: list[str] = []
    """Ids of the experiments whose runs to look at; all if empty."""
    limit: _Limit = 50
    after: str = ""
    """The ``next`` of the previous page."""
    counts: bool = True
    """Whether to count the runs with each name, and to find the least and greatest value."""


class FindGroups(msgspec.Struct, frozen=True, kw_only=True):
    """A search for groups of runs that have the same values."""

    where: str = ""
    experiments: list[str] | None = None
    """Ids of the experiments to search in; all if null."""
    lifecycle: Lifecycle = "active"
    by: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3)]
    """The params, tags and attributes whose values the runs of a group have in common."""
    columns: list[str] = []
    """The columns with statistics of each group."""
    sort: str = "-count"
    """``count``, ``by`` or a column, by its mean; with ``-`` in front for descending."""
    limit: _Limit = 200
    after: str = ""
    """The ``next`` of the previous page."""


class ChangeAll(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, and the change to all of them."""

    runs: Annotated[list[str], msgspec.Meta(max_length=_MAX_CHANGED)]
    """Their ids."""
    change: RunChange


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The number of runs that were changed."""

    changed: int


@operation("POST", "runs/table")
def table(caller: Caller, ask: FindTable) -> RunTable:
    """Return part of a table of runs, with its values by column."""
    columns = _columns(ask.columns) if ask.columns is not None else None
    if ask.keys is not None:
        return caller.store.tables.rows(ask.keys, columns, caller.visible_experiments())
    search = _search(caller, ask, columns)
    return caller.store.tables.page(msgspec.structs.replace(search, limit=ask.limit))


@operation("POST", "runs/order")
def order(caller: Caller, ask: FindOrder) -> RunOrder:
    """Return the short keys of all runs that match a search, in order."""
    return caller.store.tables.order(_search(caller, ask, None))


@operation("GET", "keys")
def keys(caller: Caller, ask: FindKeys) -> KeyPage:
    """List the names of params, metrics or tags that runs have, the best matches first."""
    query = KeyQuery(
        family=ask.family,
        text=ask.text,
        experiments=_experiments(caller, ask.experiments or None),
        limit=ask.limit,
        after=ask.after,
        counts=ask.counts,
    )
    return caller.store.tables.keys(query)


@operation("POST", "runs/groups")
def groups(caller: Caller, ask: FindGroups) -> RunGroups:
    """Group runs by params, tags or attributes, with statistics over all runs of each group."""
    columns = _columns(ask.columns)
    query = GroupQuery(
        where=_where(ask.where),
        experiments=_experiments(caller, ask.experiments),
        lifecycle=ask.lifecycle,
        by=_columns(ask.by),
        columns=columns,
        sort=_group_sort(ask.sort, columns),
        descending=ask.sort.strip().startswith("-"),
        limit=ask.limit,
        after=ask.after,
    )
    return caller.store.tables.groups(query)


@operation("POST", "runs/change-all", role="editor")
def change_all(caller: Caller, ask: ChangeAll) -> Changed:
    """Rename, tag, move, end, delete or restore many runs: all of them, or none."""
    wanted = ask.change
    states = caller.store.runs.states(ask.runs)
    for run in ask.runs:
        caller.admit(run, states.get(run), "editor")
    if wanted.experiment is not None and not caller.may_add_to(wanted.experiment):
        raise AccessError(f'You may not move runs to the experiment "{wanted.experiment}".')
    return Changed(changed=caller.store.change_runs(ask.runs, wanted, caller.now))


def _search(
    caller: Caller, ask: FindTable | FindOrder, columns: tuple[Field, ...] | None
) -> Search:
    return Search(
        where=_where(ask.where),
        sort=parse_sort(ask.sort),
        experiments=_experiments(caller, ask.experiments),
        lifecycle=ask.lifecycle,
        columns=columns,
    )


def _where(text: str) -> Tree | None:
    return parse(text) if text.strip() else None


def _experiments(caller: Caller, wanted: list[str] | None) -> tuple[str, ...] | None:
    """Return those of some experiments that the caller may see; None for all."""
    visible = caller.visible_experiments()
    if wanted is None:
        return visible
    return tuple(one for one in dict.fromkeys(wanted) if visible is None or one in visible)


def _columns(texts: list[str]) -> tuple[Field, ...]:
    """Parse columns.

    Raises:
        SearchError: A text is not one column.
    """
    found: list[Field] = []
    for text in texts:
        fields = parse_columns(text, has_steps=True)
        if len(fields) != 1:
            raise SearchError(f'"{text}" is not one column.', hint="Send each column as a text.")
        found += fields
    return tuple(found)


def _group_sort(text: str, columns: tuple[Field, ...]) -> str | Field:
    """Parse what to sort groups by.

    Raises:
        SearchError: It is neither a column nor a count or the values of the group.
    """
    name = text.strip().lstrip("+-").strip()
    if name in ("count", "by"):
        return name
    fields = parse_columns(name)
    if len(fields) != 1 or fields[0] not in columns:
        raise SearchError(
            f'Groups cannot be sorted by "{name}".',
            hint='Sort them by "count", "by" or one of the columns.',
        )
    return fields[0]
