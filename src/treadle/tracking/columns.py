"""Turns values of runs into columns of a table: times are times, and numbers are numbers."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from treadle.records import RunRecord

FACTS: Final[Mapping[str, type]] = {
    "id": str,
    "name": str,
    "experiment": str,
    "status": str,
    "started": datetime,
    "ended": datetime,
    "duration": float,
    "kind": str,
    "command": str,
    "user": str,
    "parent": str,
}
"""What a table has of each run beside its params, metrics and tags."""


def read_fact(run: RunRecord, name: str) -> Any:
    """Return what a table has of a run itself; the duration of one that has not ended is None."""
    if name == "duration":
        return None if run.ended is None else run.ended - run.started
    value = getattr(run, name)
    return to_time(value) if FACTS.get(name) is datetime or name == "deleted" else value


def to_time(seconds: float | None) -> datetime | None:
    """Return a time in UTC; None where there is none, or one that no calendar has."""
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_number(text: str) -> int | float | None:
    """Return the number that a text is, if Python would write it just so; else None.

    MLflow's clients log all parameters as texts. What somebody wrote with care (`1.10`, `007`) is
    another text than its number, and stays one.

    Examples:
        >>> [read_number(text) for text in ("8", "-0.5", "1e-05", "1.10", "007", "x")]
        [8, -0.5, 1e-05, None, None, None]
    """
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:
            return number
    return None


def find_kind(values: Iterable[Any]) -> type:
    """Return what a column holds: one type that all values have, or texts.

    Whole and other numbers together are numbers, and texts that are numbers count as such.
    """
    kinds = {kind_of(value) for value in values if value is not None}
    return join_kinds(kinds)


def kind_of(value: Any) -> type:
    """Return the type that a value has in a table."""
    if isinstance(value, str):
        number = read_number(value)
        return str if number is None else kind_of(number)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str  # no format has numbers that are so long
    return type(value)


def join_kinds(kinds: Iterable[type]) -> type:
    """Return the type of a column whose values have these."""
    given = set(kinds) - {type(None)}
    if given == {int, float}:
        return float
    return given.pop() if len(given) == 1 else str


def convert(value: Any, kind: type) -> Any:
    """Return a value as its column holds it."""
    if value is None or type(value) is kind:
        return value
    return kind(value)
