"""Operations of the native API on many metric series at once."""

from typing import Annotated

import msgspec

from treadle.records import Series
from treadle.server.caller import Caller
from treadle.server.operation import operation

_Step = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class SeriesName(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of a run."""

    run: str
    """The id of the run."""
    key: str


class FindOutlines(msgspec.Struct, frozen=True, kw_only=True):
    """A request for the curves of a chart."""

    series: Annotated[list[SeriesName], msgspec.Meta(max_length=500)]
    buckets: Annotated[int, msgspec.Meta(ge=1, le=20_000)] = 500
    """Number of groups to reduce each series to, with four points each: first, least, greatest,
    last."""
    first: _Step | None = None
    """The first step to return."""
    last: _Step | None = None
    """The last step to return."""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A series as columns, reduced to what a chart can show; empty if it does not exist."""

    run: str
    key: str
    steps: list[int]
    times: list[float]
    values: list[float | str]
    """Numbers, or the names ``NaN``, ``Infinity`` and ``-Infinity``."""


@operation("POST", "series/outlines")
def outlines(caller: Caller, ask: FindOutlines) -> list[Outline]:
    """Return a sample of each of many metrics that draws the same picture as all its points."""
    visible = caller.visible_runs(one.run for one in ask.series)
    names = [(one.run, one.key) for one in ask.series]
    wanted = list(dict.fromkeys(one for one in names if one[0] in visible))
    steps = None
    if ask.first is not None or ask.last is not None:
        steps = (
            -(2**63) if ask.first is None else ask.first,
            2**63 - 1 if ask.last is None else ask.last,
        )
    found = caller.store.runs.outlines(wanted, ask.buckets, steps)
    known = dict(zip(wanted, found, strict=True))
    return [_outline(*name, known.get(name)) for name in names]


def _outline(run: str, key: str, series: Series | None) -> Outline:
    if series is None:
        return Outline(run=run, key=key, steps=[], times=[], values=[])
    return Outline(
        run=run,
        key=key,
        steps=series.steps.tolist(),
        times=series.times.tolist(),
        values=[*series.values.tolist()],
    )
