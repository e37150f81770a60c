"""Converts values of runs to typed table columns: times and numbers instead of text."""

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
"""The attributes of a run in a table, beside its params, metrics and tags."""


def read_fact(run: RunRecord, name: str) -> Any:
    """Return an attribute of a run for a table; the duration of an unfinished run is None."""
    if name == "duration":
        return None if run.ended is None else run.ended - run.started
    value = getattr(run, name)
    return to_time(value) if FACTS.get(name) is datetime or name == "deleted" else value


def to_time(seconds: float | None) -> datetime | None:
    """Return a time in UTC; None if there is none, or it is out of the calendar's range."""
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_number(text: str) -> int | float | None:
    """Return the number in a text, if Python would write it the same way; else None.

    MLflow's clients log all parameters as texts. Deliberate spellings (`1.10`, `007`) differ from
    their number, and stay texts.

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
    """Return the type of a column: one type that all values have, or text.

    Mixed integers and floats are floats, and texts that are numbers count as such.
    """
    kinds = {kind_of(value) for value in values if value is not None}
    return join_kinds(kinds)


def kind_of(value: Any) -> type:
    """Return the type that a value has in a table."""
    if isinstance(value, str):
        number = read_number(value)
        return str if number is None else kind_of(number)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str  # no file format has integers of this length
    return type(value)


def join_kinds(kinds: Iterable[type]) -> type:
    """Return the common type of values of these types."""
    types = set(kinds) - {type(None)}
    if types == {int, float}:
        return float
    return types.pop() if len(types) == 1 else str


def convert(value: Any, kind: type) -> Any:
    """Convert a value to the type of its column."""
    if value is None or type(value) is kind:
        return value
    return kind(value)
