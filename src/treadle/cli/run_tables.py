"""Prints tables of runs."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from treadle.cli.render import Cell, duration, moment, number, shorten, status, table

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Field

_SHOWN: Final = 4  # metrics, and params
_LONG: Final = 40  # characters of a value


def list_runs(runs: "Sequence[RunRecord]") -> None:
    """Print runs with their first metrics, and the params in which they differ."""
    logged = (key for run in runs for key in run.metrics if not key.startswith("system/"))
    metrics = list(dict.fromkeys(logged))[:_SHOWN]
    params = find_differing(runs)[:_SHOWN]
    # A param and a metric may have the same name.
    titles = [f"params.{key}" if key in metrics else key for key in params]
    table(
        ["id", "name", "status", "started", "duration", *metrics, *titles],
        [
            [
                run.id[-8:],
                shorten(run.name, _LONG),
                status(run.status),
                moment(run.started),
                _duration(run),
                *(number(run.metrics.get(key)) for key in metrics),
                *(_shorten(run.params.get(key)) for key in params),
            ]
            for run in runs
        ],
        numbers=["duration", *metrics],
    )


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


def list_columns(runs: "Sequence[RunRecord]", columns: "tuple[Field, ...]") -> None:
    """Print the requested columns; attributes as in other listings."""
    shown: dict[str, Callable[[RunRecord], Cell]] = {
        "started": lambda run: moment(run.started),
        "ended": lambda run: moment(run.ended) if run.ended else "",
        "duration": _duration,
        "status": lambda run: status(run.status),
    }

    def cell(run: "RunRecord", field: "Field") -> "Cell":
        if field.family == "attribute":
            return shown[field.key](run) if field.key in shown else str(getattr(run, field.key))
        value = getattr(run, field.family).get(field.key)
        return number(value) if field.family == "metrics" else "" if value is None else str(value)

    names = [one.key if one.family == "attribute" else f"{one.family}.{one.key}" for one in columns]
    numbers = [f"metrics.{one.key}" for one in columns if one.family == "metrics"]
    rows = [[run.id[-8:], *(cell(run, field) for field in columns)] for run in runs]
    table(["id", *names], rows, numbers=["duration", *numbers])


def _duration(run: "RunRecord") -> str:
    return duration(run.ended - run.started) if run.ended else ""


def _shorten(value: Any) -> str:
    return "" if value is None else shorten(str(value), _LONG)
