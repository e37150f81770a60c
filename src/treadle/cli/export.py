"""``treadle export``."""

import csv
import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from treadle.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Store

__all__ = ["command"]

Columns = dict[str, list[Any]]

_FACTS: Final = (
    "id", "name", "experiment", "status", "started", "ended", "kind", "command", "user", "parent",
)  # fmt: skip
_FAMILIES: Final = ("params", "metrics", "tags")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula


@click.command("export")
@click.argument("target", metavar="FILE.csv|.json|.parquet", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--where", default="", metavar="SEARCH", help="Which runs; all if not given.")
@click.option("--sort", default="-started", metavar="FIELDS", help="In which order.")
@click.option("--points", is_flag=True, help="The points of their metrics, one in a row, instead of the runs.")
@click.option("--store", default="", metavar="URI", help="Where the runs are kept.")
def command(target: Path, where: str, sort: str, store: str, *, points: bool) -> None:
    """Write runs to a file, one in a row: CSV, JSON or Parquet, by its ending.

    \b
    Examples:
      treadle export runs.csv --where "metrics.r2 > 0.8"
      treadle export points.parquet --points
    """
    from treadle.store import Search, open_store, parse, parse_sort
    from treadle.tracking import choose_location

    write = {".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}.get(target.suffix.lower())
    if write is None:
        raise click.UsageError(f'"{target.name}" ends in none of .csv, .json and .parquet.')
    search = Search(where=parse(where) if where.strip() else None, sort=parse_sort(sort), limit=2**31)
    opened = open_store(choose_location(store))
    try:
        runs = opened.find_runs(search)
        count = _keep(target, write, _points(opened, runs) if points else iter([_runs(runs)]))
    finally:
        opened.close()
    click.echo(f"{target} has {count:,} {'points' if points else 'runs'}.")


def _keep(target: Path, write: Callable[[Path, Iterator[Columns]], None], pieces: Iterator[Columns]) -> int:
    """Write a file piece by piece, all at once for whoever looks; give the number of its rows."""
    from treadle.files import replace_atomically

    count = 0

    def counted() -> Iterator[Columns]:
        nonlocal count
        for columns in pieces:
            count += len(next(iter(columns.values()), []))
            yield columns

    try:
        with replace_atomically(target.absolute()) as stage:
            write(stage, counted())
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}.") from error
    return count


def _runs(runs: "list[RunRecord]") -> Columns:
    columns: Columns = {fact: [getattr(run, fact) for run in runs] for fact in _FACTS}
    for family in _FAMILIES:
        for key in sorted({key for run in runs for key in getattr(run, family)}):
            columns[f"{family}.{key}"] = [getattr(run, family).get(key) for run in runs]
    return columns


def _points(store: "Store", runs: "list[RunRecord]") -> Iterator[Columns]:
    """Give one series after the other: all points together may be more than the memory holds."""
    yield {name: [] for name in ("run", "key", "step", "time", "value")}
    for run in runs:
        for key in run.metrics:
            points = store.points(run.id, key)
            yield {
                "run": [run.id] * len(points), "key": [key] * len(points), "step": [point.step for point in points],
                "time": [point.time for point in points], "value": [point.value for point in points],
            }  # fmt: skip


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)


def _write_csv(place: Path, pieces: Iterator[Columns]) -> None:
    with place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for number, columns in enumerate(pieces):
            if number == 0:
                writer.writerow([_cell(name) for name in columns])
            writer.writerows([_cell(value) for value in row] for row in _rows(columns))


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_json(place: Path, pieces: Iterator[Columns]) -> None:
    import msgspec

    with place.open("wb") as file:
        file.write(b"[")
        separator = b"\n"
        for columns in pieces:
            for row in _rows(columns):
                record = {name: _number(value) for name, value in zip(columns, row, strict=True)}
                file.write(separator + msgspec.json.encode(record))
                separator = b",\n"
        file.write(b"\n]\n")


def _number(value: Any) -> Any:
    """Write what JSON has no numbers for as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _write_parquet(place: Path, pieces: Iterator[Columns]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Parquet", "pyarrow", "pyarrow") from error
    first = next(pieces)
    of_points = [("run", pa.string()), ("key", pa.string()), ("step", pa.int64()), ("time", pa.float64()),
                 ("value", pa.float64())]  # fmt: skip
    if list(first) == [name for name, _ in of_points]:
        schema = pa.schema(of_points)
    else:
        first = {name: _of_one_type(values) for name, values in first.items()}
        schema = pa.table({name: pa.array(values) for name, values in first.items()}).schema
    with pq.ParquetWriter(place, schema) as writer:
        for columns in itertools.chain([first], pieces):
            writer.write_table(pa.table(columns, schema=schema))


def _of_one_type(values: list[Any]) -> list[Any]:
    """Write a parameter as text whose runs do not agree on a type; whole numbers and others are numbers."""
    types = {type(value) for value in values if value is not None}
    if types <= {int, float}:
        return values if len(types) < 2 else [None if value is None else float(value) for value in values]  # noqa: PLR2004
    return values if len(types) == 1 else [None if value is None else str(value) for value in values]
