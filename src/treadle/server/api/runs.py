"""Operations of the native API on runs."""

from typing import Annotated, Final

import msgspec

from treadle.errors import AccessError
from treadle.records import RecordPage, RunChange, RunDetails, RunRecord
from treadle.server.caller import Caller
from treadle.server.operation import operation
from treadle.store import Search, parse, parse_columns, parse_sort
from treadle.store.search.tree import Lifecycle

_MAX_PAGE: Final = 1000
_Step = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class FindRuns(msgspec.Struct, frozen=True, kw_only=True):
    """A search, in the syntax of the command line and the page."""

    where: str = ""
    sort: str = "-started"
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MAX_PAGE)] = 100
    after: str = ""
    """The ``next`` of the previous page."""
    lifecycle: Lifecycle = "active"
    columns: str = ""
    """The params, metrics and tags to return for each run, separated by commas, such as
    ``params.lr, metrics.loss``. All if empty; none if there are only attributes."""


class OneRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run: its id, its name, or the start or the end of its id."""

    run: str


class WholeRun(OneRun, frozen=True, kw_only=True):
    """A run, and how much of it to return."""

    logs: bool = True
    """Whether to return all the lines that it logged and printed; ``run/log`` has pages of them."""


class OneSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of a run."""

    run: str
    key: str
    buckets: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 0
    """Number of groups to reduce the series to, with four points each: first, least, greatest,
    last; all points if 0."""
    first: _Step = -(2**63)
    """The first step to return."""
    last: _Step = 2**63 - 1
    """The last step to return."""


class Change(RunChange, frozen=True, kw_only=True):
    """A run, and the change to it."""

    run: str


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """A series as columns, in the order in which it was logged."""

    steps: list[int]
    times: list[float]
    values: list[float]


@operation("GET", "runs")
def find(caller: Caller, ask: FindRuns) -> RecordPage:
    """Search for runs."""
    search = Search(
        where=parse(ask.where) if ask.where.strip() else None,
        sort=parse_sort(ask.sort),
        limit=ask.limit,
        experiments=caller.visible_experiments(),
        lifecycle=ask.lifecycle,
        after=ask.after,
        columns=parse_columns(ask.columns) if ask.columns.strip() else None,
    )
    return caller.store.runs.records(search)


@operation("GET", "runs/{run}")
def get(caller: Caller, ask: WholeRun) -> RunDetails:
    """Return everything stored about a run, except the points of its metrics."""
    return caller.store.get_run(caller.resolve_run(ask.run), logs=ask.logs)


@operation("GET", "runs/{run}/points")
def points(caller: Caller, ask: OneSeries) -> Points:
    """Return the points of a metric: all of them, or a sample that draws the same picture."""
    run = caller.resolve_run(ask.run)
    steps = (ask.first, ask.last) if (ask.first, ask.last) != (-(2**63), 2**63 - 1) else None
    series = (
        caller.store.runs.outline(run, ask.key, ask.buckets, steps)
        if ask.buckets
        else caller.store.runs.series(run, ask.key, steps)
    )
    return Points(
        steps=series.steps.tolist(), times=series.times.tolist(), values=series.values.tolist()
    )


@operation("GET", "run")
def get_named(caller: Caller, ask: WholeRun) -> RunDetails:
    """Return the run with a name, which may contain any characters."""
    details: RunDetails = get.function(caller, ask)
    return details


@operation("GET", "run/points")
def points_named(caller: Caller, ask: OneSeries) -> Points:
    """Return the points of a metric of the run with a name."""
    found: Points = points.function(caller, ask)
    return found


@operation("POST", "run/change", role="editor")
def change(caller: Caller, ask: Change) -> RunRecord:
    """Rename, tag, move, end, delete or restore a run."""
    run = caller.resolve_run(ask.run)
    caller.run(run, "editor")
    if ask.experiment is not None and not caller.may_add_to(ask.experiment):
        raise AccessError(f'You may not move runs to the experiment "{ask.experiment}".')
    wanted = RunChange(
        name=ask.name,
        experiment=ask.experiment,
        tags=ask.tags,
        untag=ask.untag,
        deleted=ask.deleted,
        ended_as=ask.ended_as,
    )
    changed: RunRecord = caller.store.change_run(run, wanted, caller.now)
    return changed
