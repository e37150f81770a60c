"""Reads the files that MLflow's file store has for values: one value, or a line for each point."""

import functools
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.records import LoggedModelMetric, Series

T = TypeVar("T")

_STEP, _RUN, _DATASET = 2, 3, 4  # words of a line that not every point has
_STEPS: Final = range(-(2**63), 2**63)


def read_texts(folder: Path, omissions: Omissions) -> dict[str, str]:
    """Read a folder of files that hold one value each; names may have slashes.

    Args:
        folder: The folder; one that does not exist has no values.
        omissions: Where a file is noted that cannot be read.
    """
    found = {}
    for path in list_files(folder, omissions):
        try:
            text = path.read_bytes().decode(errors="backslashreplace")
        except OSError as error:
            omissions.add(path, error)
        else:
            found[path.relative_to(folder).as_posix()] = text
    return found


def read_series(path: Path, omissions: Omissions, *, is_ended: bool) -> Series:
    """Read the points of a metric by time: lines of ``<ms> <value> <step>``.

    A point that was logged again is one point, as in MLflow's databases. A last line without its
    end is still being written while the run is not over; it comes with the next import.

    Args:
        path: The metric's file.
        omissions: Where lines are noted that cannot be read.
        is_ended: Whether the run is over.
    """
    once = {}
    for time, step, value in _read_lines(path, _parse_point, omissions, is_ended=is_ended):
        once[time, step, repr(value)] = (time, step, value)  # so that NaN equals NaN
    points = sorted(once.values(), key=lambda point: point[:2])
    return Series(
        array("q", (step for _, step, _ in points)),
        array("d", (time for time, _, _ in points)),
        array("d", (value for _, _, value in points)),
    )


def read_model_points(folder: Path, omissions: Omissions) -> list[LoggedModelMetric]:
    """Read the metrics of a logged model.

    Args:
        folder: The folder that has a file for each.
        omissions: Where lines are noted that cannot be read.
    """
    found: list[LoggedModelMetric] = []
    for path in list_files(folder, omissions):
        parse = functools.partial(_parse_model_point, path.relative_to(folder).as_posix())
        found += _read_lines(path, parse, omissions)
    return found


def list_files(folder: Path, omissions: Omissions) -> Iterator[Path]:
    """Return the files in a folder and below, by name.

    Args:
        folder: The folder; one that does not exist has none.
        omissions: Where links are noted: MLflow makes none, and one could lead to any file.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            omissions.add(path, "it is a link")
        elif path.is_file():
            yield path


def _read_lines(
    path: Path,
    parse: Callable[[Sequence[str]], T],
    omissions: Omissions,
    *,
    is_ended: bool = True,
) -> list[T]:
    """Read the lines of a file; those that cannot be parsed are noted together."""
    try:
        lines = path.read_bytes().decode(errors="replace").split("\n")
    except OSError as error:
        omissions.add(path, error)
        return []
    if not is_ended:
        del lines[-1]  # what comes after the last end of a line: nothing, or half a line
    found: list[T] = []
    bad: list[int] = []
    for number, line in enumerate(lines, start=1):
        if words := line.split():
            try:
                found.append(parse(words))
            except READ_ERRORS:
                bad.append(number)
    if bad:
        more = f" and {len(bad) - 1} more lines are" if len(bad) > 1 else " is"
        omissions.add(path, f"line {bad[0]}{more} not a point of a metric", len(bad))
    return found


def _parse_point(words: Sequence[str]) -> tuple[float, int, float]:
    """Parse time, step and value; MLflow's first versions wrote no step.

    Raises:
        ValueError: It is not a point.
    """
    if len(words) <= 1:
        raise ValueError(words)
    step = int(words[_STEP]) if len(words) > _STEP else 0
    if step not in _STEPS:
        raise ValueError(words)
    return int(words[0]) / 1000, step, float(words[1])


def _parse_model_point(key: str, words: Sequence[str]) -> LoggedModelMetric:
    time, step, value = _parse_point(words)
    has_dataset = len(words) > _DATASET + 1
    return LoggedModelMetric(
        key=key,
        time=time,
        value=value,
        step=step,
        run=words[_RUN] if len(words) > _RUN else "",
        dataset_name=words[_DATASET] if has_dataset else "",
        dataset_digest=words[_DATASET + 1] if has_dataset else "",
    )
