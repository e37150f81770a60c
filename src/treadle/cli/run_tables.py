"""The columns of tables of runs."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from treadle.cli.render import duration, moment, number, shorten, status
from treadle.cli.tables import Column

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Field

_SHOWN: Final = 4  # metrics, and params
_LONG: Final = 40  # characters of a value


def run_duration(run: "RunRecord") -> str:
    """Format how long a run took; empty while it is running."""
    return duration(run.ended - run.started) if run.ended else ""


def listed_columns(runs: "Sequence[RunRecord]") -> "list[Column[RunRecord]]":
    """Return the columns of runs: their first metrics, and the params in which they differ."""
    logged = (key for run in runs for key in run.metrics if not key.startswith("system/"))
    metrics = list(dict.fromkeys(logged))[:_SHOWN]
    params = find_differing(runs)[:_SHOWN]
    return [
        Column("id", lambda run: run.id[-8:]),
        Column("name", lambda run: shorten(run.name, _LONG)),
        Column("status", lambda run: status(run.status)),
        Column("started", lambda run: moment(run.started)),
        Column("duration", run_duration, is_numeric=True),
        *(_field_column("metrics", key, key) for key in metrics),
        # A param and a metric may have the same name.
        *(
            _field_column("params", key, f"params.{key}" if key in metrics else key)
            for key in params
        ),
    ]


def _field_column(family: str, key: str, title: str, most: int = _LONG) -> "Column[RunRecord]":
    """Return the column of a metric, a param or a tag."""
    if family == "metrics":
        return Column(title, lambda run: number(run.metrics.get(key)), is_numeric=True)

    def value(run: "RunRecord") -> str:
        found = getattr(run, family).get(key)
        return "" if found is None else shorten(str(found), most)

    return Column(title, value)


def find_differing(runs: "Sequence[RunRecord]") -> list[str]:
    """Return the params with several values, those in most runs first.

    A run without a param does not count as different: runs of other kinds have other params.
    """
    values: dict[str, list[Any]] = {}
    for run in runs:
        for key, value in run.params.items():
            values.setdefault(key, []).append(value)
    differing = [key for key, found in values.items() if len({repr(one) for one in found}) > 1]
    return sorted(differing, key=lambda key: -len(values[key]))  # ties in logged order


_ATTRIBUTES: "Final[dict[str, Column[RunRecord]]]" = {
    "started": Column("started", lambda run: moment(run.started)),
    "ended": Column("ended", lambda run: moment(run.ended)),
    "duration": Column("duration", run_duration, is_numeric=True),
    "status": Column("status", lambda run: status(run.status)),
}


def requested_columns(fields: "tuple[Field, ...]") -> "list[Column[RunRecord]]":
    """Return the columns of the requested fields; attributes as in other listings."""

    def column(field: "Field") -> "Column[RunRecord]":
        if field.family != "attribute":
            return _field_column(
                field.family, field.key, f"{field.family}.{field.key}", sys.maxsize
            )
        plain: Column[RunRecord] = Column(field.key, lambda run: str(getattr(run, field.key)))
        return _ATTRIBUTES.get(field.key, plain)

    return [Column("id", lambda run: run.id[-8:]), *map(column, fields)]
