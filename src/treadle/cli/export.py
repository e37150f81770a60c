"""``treadle export``."""

import csv
import re
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click

from treadle.cli.render import echo
from treadle.errors import DataError, MissingExtraError
from treadle.tracking.columns import FACTS, convert, join_kinds, kind_of, read_fact, to_time

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Search, Store


Columns = dict[str, list[Any]]
Kinds = Mapping[str, type]
"""The columns in order, and the type of each: ``str``, ``int``, ``float``, ``bool`` or
``datetime``."""
Writer = Callable[[Path, Kinds, Iterator[Columns]], None]

_FAMILIES: Final = ("params", "metrics", "tags")
_POINT: Final[Kinds] = {"run": str, "key": str, "step": int, "time": datetime, "value": float}
_PAGE: Final = 2000  # runs in memory at a time
_LENGTH: Final = struct.Struct("<Q")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # starts of formulas in spreadsheets
_NUMBER: Final = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-](inf|nan)", re.ASCII)


class _Export(click.Command):
    """The command, whose first argument may also be ``html``, which has arguments of its own."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the arguments."""
        if args[:1] != ["html"]:
            return super().make_context(info_name, args, parent, **extra)
        from treadle.cli.export_html import command as html

        return html.make_context(f"{info_name} html", args[1:], parent, **extra)


@click.command("export", cls=_Export)
@click.argument(
    "target", metavar="FILE.csv|.json|.parquet", type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--where", default="", metavar="SEARCH", help="Which runs; all if not given.")
@click.option("--sort", default="-started", metavar="FIELDS", help="In which order.")
@click.option(
    "--points", is_flag=True, help="The points of their metrics, one in a row, instead of the runs."
)
@click.option("--store", default="", metavar="URI", help="Where the runs are kept.")
def command(target: Path, where: str, sort: str, store: str, *, points: bool) -> None:
    """Export runs to a file, one per row: CSV, JSON or Parquet, by its suffix.

    With "html RUN..." instead of a file, write a page that shows these runs anywhere; see "treadle
    export html --help".

    \b
    Examples:
      treadle export runs.csv --where "metrics.r2 > 0.8"
      treadle export points.parquet --points
      treadle export html latest
    """
    from treadle.store import Search, open_store, parse, parse_sort
    from treadle.tracking import choose_location

    write = {".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}.get(
        target.suffix.lower()
    )
    if write is None:
        raise click.UsageError(f'"{target.name}" ends in none of .csv, .json and .parquet.')
    search = Search(
        where=parse(where) if where.strip() else None, sort=parse_sort(sort), limit=_PAGE
    )
    opened = open_store(choose_location(store))
    try:
        count = (
            _export_points(opened, search, target, write)
            if points
            else _export_runs(opened, search, target, write)
        )
    finally:
        opened.close()
    echo(f"{target} has {count:,} {'points' if points else 'runs'}.")


def _export_runs(store: "Store", search: "Search", target: Path, write: Writer) -> int:
    """Read all runs once into a temporary file, as the last may add a column, and export that."""
    try:
        with tempfile.TemporaryFile() as spool:
            kinds = _gather(_pages(store, search), spool)
            return _keep(target, write, kinds, _runs(spool, kinds))
    except OSError as error:  # errors of the target are DataError by now
        raise DataError(
            f"{tempfile.gettempdir()} does not keep the runs until they are written: "
            f"{error.strerror or error}.",
            hint="TMPDIR names another folder for temporary files.",
        ) from error


def _export_points(store: "Store", search: "Search", target: Path, write: Writer) -> int:
    return _keep(target, write, _POINT, _points(store, _pages(store, search)))


def _pages(store: "Store", search: "Search") -> Iterator["list[RunRecord]"]:
    import msgspec

    while True:
        page = store.find_page(search)
        yield page.runs
        if not page.next:
            return
        search = msgspec.structs.replace(search, after=page.next)


def _gather(pages: Iterator["list[RunRecord]"], spool: IO[bytes]) -> Kinds:
    """Store runs in a file, and return the columns of all of them."""
    import msgspec

    found: dict[str, dict[str, set[type]]] = {family: {} for family in _FAMILIES}
    for runs in pages:
        for family, types in found.items():
            for run in runs:
                for key, value in getattr(run, family).items():
                    kind = kind_of(value) if family == "params" else type(value)
                    types.setdefault(key, set()).add(kind)
        data = msgspec.msgpack.encode(runs)
        spool.write(_LENGTH.pack(len(data)) + data)
    kinds = dict(FACTS)
    for family, types in found.items():
        kinds |= {f"{family}.{key}": join_kinds(types[key]) for key in sorted(types)}
    return kinds


def _keep(target: Path, write: Writer, kinds: Kinds, pieces: Iterator[Columns]) -> int:
    """Write a file in pieces and replace it atomically; return the number of rows."""
    from treadle.files import replace_atomically

    count = 0

    def counted() -> Iterator[Columns]:
        nonlocal count
        for columns in pieces:
            count += len(next(iter(columns.values()), []))
            yield columns

    try:
        with replace_atomically(target.absolute()) as stage:
            write(stage, kinds, counted())
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}.") from error
    return count


def _runs(spool: IO[bytes], kinds: Kinds) -> Iterator[Columns]:
    import msgspec

    from treadle.records import RunRecord

    fields = [name.partition(".") for name in kinds]
    decode = msgspec.msgpack.Decoder(list[RunRecord]).decode
    spool.seek(0)
    while head := spool.read(_LENGTH.size):
        runs = decode(spool.read(*_LENGTH.unpack(head)))
        yield {
            name: [
                # A number that a client logged as text becomes a number; all else stays unchanged.
                _value(getattr(run, family).get(key), kinds[name]) if key else read_fact(run, name)
                for run in runs
            ]
            for name, (family, _, key) in zip(kinds, fields, strict=True)
        }


def _value(value: Any, kind: type) -> Any:
    return convert(value, kind) if isinstance(value, str) else value


def _points(store: "Store", pages: Iterator["list[RunRecord]"]) -> Iterator[Columns]:
    """Yield one series after the other, as all points together may exceed the memory."""
    for run in (run for runs in pages for run in runs):
        for key in run.metrics:
            points = store.points(run.id, key)
            yield {
                "run": [run.id] * len(points),
                "key": [key] * len(points),
                "step": [point.step for point in points],
                "time": [to_time(point.time) for point in points],
                "value": [point.value for point in points],
            }


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)


def _write_csv(place: Path, kinds: Kinds, pieces: Iterator[Columns]) -> None:
    with place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([_cell(name) for name in kinds])
        for columns in pieces:
            writer.writerows([_cell(value) for value in row] for row in _rows(columns))


def _cell(value: Any) -> Any:
    """Escape a text that a spreadsheet would read as a formula; numbers stay."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if not isinstance(value, str) or not value.startswith(_FORMULA) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def _write_json(place: Path, kinds: Kinds, pieces: Iterator[Columns]) -> None:
    from treadle.records.json_numbers import encode_numbers

    with place.open("wb") as file:
        file.write(b"[")
        separator = b"\n"
        for columns in pieces:
            for row in _rows(columns):
                file.write(separator + encode_numbers(dict(zip(kinds, row, strict=True))))
                separator = b",\n"
        file.write(b"\n]\n")


def _write_parquet(place: Path, kinds: Kinds, pieces: Iterator[Columns]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Parquet", "pyarrow", "pyarrow") from error
    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    with pq.ParquetWriter(place, schema) as writer:
        for columns in pieces:
            converted = (
                [convert(value, kinds[name]) for value in values]
                for name, values in columns.items()
            )  # in the order of the schema
            writer.write_table(pa.table(dict(zip(columns, converted, strict=True)), schema=schema))
