"""Prints records as tables or as JSON."""

import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Final, Generic, TypeVar

import click
import msgspec

from treadle.cli.render import Cell, Coloured, coloured, echo, echo_json, styled

_GAP: Final = "  "
_UNBOUNDED: Final = 10_000  # columns, without a terminal
_WHOLE: Final = ("id", "status")
"""Columns whose cells are not broken."""

T = TypeVar("T")


class Column(msgspec.Struct, Generic[T], frozen=True):
    """A column of a table: its title, and what it shows of a record."""

    title: str
    value: Callable[[T], Cell]
    is_numeric: bool = False
    """Whether its cells are right-aligned."""


def row_columns(*titles: str, numeric: Collection[str] = ()) -> list[Column[Sequence[Cell]]]:
    """Return the columns of records that are rows of cells."""

    def column(position: int, title: str) -> Column[Sequence[Cell]]:
        return Column(title, lambda row: row[position], title in numeric)

    return [column(position, title) for position, title in enumerate(titles)]


def print_records(
    records: Sequence[T], columns: Sequence[Column[T]], *, as_json: bool, empty: str = ""
) -> None:
    """Print records as JSON, or their columns as a table.

    Args:
        records: The records.
        columns: The columns of the table.
        as_json: Whether to print JSON.
        empty: The text instead of a table without rows; without it, the titles are printed.
    """
    if as_json:
        echo_json(records)
    elif records or not empty:
        table(columns, records)
    else:
        echo(empty)


def section(title: str, columns: Sequence[Column[T]], records: Sequence[T]) -> None:
    """Print a table with a title; nothing if it has no rows."""
    if records:
        click.echo()
        click.secho(title.upper(), bold=True)
        table(columns, records)


def table(columns: Sequence[Column[T]], records: Sequence[T]) -> None:
    """Print a table, at full width without a terminal. Cells are shown as they are: no markup."""
    head = [coloured(column.title) for column in columns]
    lines = [[coloured(column.value(record)) for column in columns] for record in records]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNBOUNDED
    widths = [max(map(_width, cells)) for cells in zip(head, *lines, strict=True)]
    is_too_wide = sum(widths) + len(_GAP) * (len(widths) - 1) > room
    if is_too_wide or any(_is_folded(cell.text) for line in lines for cell in line):
        _print_folded(columns, lines, room)
        return
    # Importing Rich takes a third of the time of a command that lists runs, and its layout half a
    # millisecond per row.
    numeric = [column.is_numeric for column in columns]
    bold = _drawn(head, widths, numeric, bold=True)
    click.echo("\n".join([bold, *(_drawn(line, widths, numeric) for line in lines)]))


def _width(cell: Coloured) -> int:
    """Return the number of terminal columns of a cell."""
    if cell.text.isascii():
        return len(cell.text)
    from rich.cells import cell_len

    return cell_len(cell.text)


def _is_folded(text: str) -> bool:
    return "\n" in text or "\t" in text


def _drawn(
    line: Sequence[Coloured],
    widths: Sequence[int],
    numeric: Sequence[bool],
    *,
    bold: bool = False,
) -> str:
    drawn = []
    last = len(line) - 1
    for position, (cell, width) in enumerate(zip(line, widths, strict=True)):
        text = styled(cell, bold=bold)
        space = " " * (width - _width(cell))
        drawn.append(
            space + text if numeric[position] else text if position == last else text + space
        )
    return _GAP.join(drawn).rstrip()


def _print_folded(
    columns: Sequence[Column[T]], lines: Sequence[Sequence[Coloured]], room: int
) -> None:
    """Print a table with multi-line cells, by Rich."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=room)
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(
            Text(coloured(column.title).text),
            justify="right" if column.is_numeric else "left",
            overflow="fold",
            no_wrap=column.title in _WHOLE,
        )
    for line in lines:
        drawn.add_row(*(Text(cell.text, style=cell.colour) for cell in line))
    with console.capture() as captured:
        console.print(drawn)
    click.echo("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))
