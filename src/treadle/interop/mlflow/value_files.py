"""Reads the value files of MLflow's file store: one value, or a line for each point."""

import functools
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.records import LoggedModelMetric, Series

T = TypeVar("T")

_STEP, _RUN, _DATASET = 2, 3, 4  # indexes of fields of a line that are optional
_STEPS: Final = range(-(2**63), 2**63)


def read_texts(folder: Path, omissions: Omissions) -> dict[str, str]:
    """Read a directory of files with one value each; names may contain slashes.

    Args:
        folder: The directory; one that does not exist has no values.
        omissions: Records files that cannot be read.
    """
    values = {}
    for path in list_files(folder, omissions):
        try:
            text = path.read_bytes().decode(errors="backslashreplace")
        except OSError as error:
            omissions.add(path, error)
        else:
            values[path.relative_to(folder).as_posix()] = text
    return values


def read_series(path: Path, omissions: Omissions, *, is_ended: bool) -> Series:
    """Read the points of a metric by time: lines of ``<ms> <value> <step>``.

    A point that was logged twice is one point, as in MLflow's databases. A last line without a
    newline is still being written if the run has not ended; the next import reads it.

    Args:
        path: The metric's file.
        omissions: Records lines that cannot be read.
        is_ended: Whether the run has ended.
    """
    once = {}
    for step, time, value in _read_lines(path, _parse_point, omissions, is_ended=is_ended):
        once[time, step, repr(value)] = (step, time, value)  # so that NaN equals NaN
    points = sorted(once.values(), key=lambda point: (point[1], point[0]))
    return Series(
        array("q", (step for step, _, _ in points)),
        array("d", (time for _, time, _ in points)),
        array("d", (value for _, _, value in points)),
    )


def read_model_points(folder: Path, omissions: Omissions) -> list[LoggedModelMetric]:
    """Read the metrics of a logged model.

    Args:
        folder: The directory with a file for each metric.
        omissions: Records lines that cannot be read.
    """
    points: list[LoggedModelMetric] = []
    for path in list_files(folder, omissions):
        parse = functools.partial(_parse_model_point, path.relative_to(folder).as_posix())
        points += _read_lines(path, parse, omissions)
    return points


def list_files(folder: Path, omissions: Omissions) -> Iterator[Path]:
    """Yield the files in a directory and below, by name.

    Args:
        folder: The directory; one that does not exist has none.
        omissions: Records links: MLflow makes none, and one could lead to any file.
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
    """Parse the lines of a file; record those that cannot be parsed together."""
    try:
        lines = path.read_bytes().decode(errors="replace").split("\n")
    except OSError as error:
        omissions.add(path, error)
        return []
    if not is_ended:
        del lines[-1]  # after the last newline: nothing, or half a line
    points: list[T] = []
    bad: list[int] = []
    for number, line in enumerate(lines, start=1):
        if words := line.split():
            try:
                points.append(parse(words))
            except READ_ERRORS:
                bad.append(number)
    if bad:
        more = f" and {len(bad) - 1} more lines are" if len(bad) > 1 else " is"
        omissions.add(path, f"line {bad[0]}{more} not a point of a metric", len(bad))
    return points


def _parse_point(words: Sequence[str]) -> tuple[int, float, float]:
    """Parse step, time and value; MLflow's first versions wrote no step.

    Raises:
        ValueError: It is not a point.
    """
    if len(words) <= 1:
        raise ValueError(words)
    step = int(words[_STEP]) if len(words) > _STEP else 0
    if step not in _STEPS:
        raise ValueError(words)
    return step, int(words[0]) / 1000, float(words[1])


def _parse_model_point(key: str, words: Sequence[str]) -> LoggedModelMetric:
    step, time, value = _parse_point(words)
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
