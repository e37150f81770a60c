"""``treadle export``."""

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from treadle.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Store

__all__ = ["command"]

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

    write = {".csv": _as_csv, ".json": _as_json, ".parquet": _as_parquet}.get(target.suffix.lower())
    if write is None:
        raise click.UsageError(f'"{target.name}" ends in none of .csv, .json and .parquet.')
    search = Search(where=parse(where) if where.strip() else None, sort=parse_sort(sort), limit=2**31)
    opened = open_store(choose_location(store))
    try:
        runs = opened.find_runs(search)
        columns = _points(opened, runs) if points else _runs(runs)
    finally:
        opened.close()
    _keep(target, write(columns))
    click.echo(f"{target} has {len(next(iter(columns.values()), [])):,} {'points' if points else 'runs'}.")


def _keep(target: Path, content: bytes) -> None:
    from treadle.files import write_atomically

    try:
        write_atomically(target.absolute(), content)
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}.") from error


def _runs(runs: "list[RunRecord]") -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {fact: [getattr(run, fact) for run in runs] for fact in _FACTS}
    for family in _FAMILIES:
        for key in sorted({key for run in runs for key in getattr(run, family)}):
            columns[f"{family}.{key}"] = [getattr(run, family).get(key) for run in runs]
    return columns


def _points(store: "Store", runs: "list[RunRecord]") -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in ("run", "key", "step", "time", "value")}
    for run in runs:
        for key in run.metrics:
            for point in store.points(run.id, key):
                for name, value in zip(columns, (run.id, key, point.step, point.time, point.value), strict=True):
                    columns[name].append(value)
    return columns


def _rows(columns: dict[str, list[Any]]) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)


def _as_csv(columns: dict[str, list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in _rows(columns))
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _as_json(columns: dict[str, list[Any]]) -> bytes:
    import msgspec

    rows = [{name: _number(value) for name, value in zip(columns, row, strict=True)} for row in _rows(columns)]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1)


def _number(value: Any) -> Any:
    """Write what JSON has no numbers for as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _as_parquet(columns: dict[str, list[Any]]) -> bytes:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Parquet", "pyarrow", "pyarrow") from error
    arrays = {name: pa.array(_of_one_type(values)) for name, values in columns.items()}
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _of_one_type(values: list[Any]) -> list[Any]:
    """Write a parameter as text whose runs do not agree on a type; whole numbers and others are numbers."""
    types = {type(value) for value in values if value is not None}
    if types <= {int, float}:
        return values if len(types) < 2 else [None if value is None else float(value) for value in values]  # noqa: PLR2004
    return values if len(types) == 1 else [None if value is None else str(value) for value in values]
