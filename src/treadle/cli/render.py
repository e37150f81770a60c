"""Formats records for a terminal."""

import math
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | dict.fromkeys(
    range(127, 160), "�"
)
# Characters that change the text direction of what follows.
_PICTURES |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "�")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_GAP = "  "
_UNBOUNDED = 10_000  # columns, without a terminal
_COLOURS = {
    "finished": "green",
    "failed": "red",
    "killed": "magenta",
    "running": "cyan",
    "lost": "yellow",
}


def echo_json(value: Any) -> None:
    """Print records as JSON; non-finite numbers as "NaN", "Infinity" and "-Infinity"."""
    from treadle.records.json_numbers import encode_numbers

    click.echo(msgspec.json.format(encode_numbers(value), indent=2).decode())


class Coloured(msgspec.Struct, frozen=True):
    """A cell of a table, or a part of a line, with a colour."""

    text: str
    colour: str = ""
    bold: bool = False


Cell = str | Coloured


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, numbers: Sequence[str] = ()
) -> None:
    """Print a table, at full width without a terminal. Cells are shown as they are: no markup."""
    head = [Coloured(visible(column)) for column in columns]
    lines = [
        [
            Coloured(visible(cell))
            if isinstance(cell, str)
            else Coloured(visible(cell.text), cell.colour, cell.bold)
            for cell in row
        ]
        for row in rows
    ]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNBOUNDED
    widths = [max(map(_width, column)) for column in zip(head, *lines, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > room or any(
        _is_folded(cell.text) for line in lines for cell in line
    ):
        _print_folded(columns, head, lines, numbers, room)
        return
    # Importing Rich takes a third of the time of a command that lists runs, and its layout half a
    # millisecond per row.
    is_number = [column in numbers for column in columns]
    bold = _drawn(head, widths, is_number, bold=True)
    click.echo("\n".join([bold, *(_drawn(line, widths, is_number) for line in lines)]))


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
    is_number: Sequence[bool],
    *,
    bold: bool = False,
) -> str:
    drawn = []
    for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
        text = _styled(cell.text, cell.colour, bold=bold or cell.bold)
        space = " " * (width - _width(cell))
        is_last = place == len(line) - 1
        drawn.append(space + text if is_number[place] else text if is_last else text + space)
    return _GAP.join(drawn).rstrip()


def _print_folded(
    columns: Sequence[str],
    head: Sequence[Coloured],
    lines: Sequence[Sequence[Coloured]],
    numbers: Sequence[str],
    room: int,
) -> None:
    """Print a table with multi-line cells, by rich: importing it takes a third of a command."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=room)
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column, cell in zip(columns, head, strict=True):
        drawn.add_column(
            Text(cell.text),
            justify="right" if column in numbers else "left",
            overflow="fold",
            no_wrap=column in ("id", "status"),
        )
    for line in lines:
        drawn.add_row(*(Text(cell.text, style=cell.colour) for cell in line))
    with console.capture() as captured:
        console.print(drawn)
    click.echo("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def section(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    numbers: Sequence[str] | None = None,
) -> None:
    """Print a table with a title; nothing if it has no rows."""
    if rows:
        click.echo()
        click.secho(title.upper(), bold=True)
        table(columns, rows, numbers=numbers or [])


def status(value: str) -> Cell:
    """Colour a status."""
    return Coloured(value, _COLOURS.get(value, "white"))


def visible(text: str) -> str:
    """Replace terminal control characters by visible symbols, as a client may log any.

    Examples:
        >>> visible("a\x1b[2Jb")
        'a␛[2Jb'
    """
    return text.translate(_PICTURES)


def echo(*parts: Cell, err: bool = False) -> None:
    """Print a line that may contain foreign text: a name, a message, a command.

    Args:
        parts: What is printed, before a line feed.
        err: Whether it is a message, for standard error, and not a result.
    """
    line = [Coloured(part) if isinstance(part, str) else part for part in parts]
    click.echo(
        "".join(_styled(visible(one.text), one.colour, bold=one.bold) for one in line), err=err
    )


def _styled(text: str, colour: str, *, bold: bool) -> str:
    """Return text in a colour, if colours are enabled; control characters are visible already."""
    if os.environ.get("NO_COLOR"):
        colour = ""
    return click.style(text, fg=colour or None, bold=bold or None) if colour or bold else text


def echo_log(text: str) -> None:
    """Print output of a program, with its colours."""
    parts = _COLOUR.split(text)
    shown = "".join(part if _COLOUR.fullmatch(part) else visible(part) for part in parts)
    click.echo(f"{shown}\x1b[0m" if len(parts) > 1 else shown)


def moment(seconds: float | None) -> str:
    """Format a time in the local time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else ""


def duration(seconds: float | None) -> str:
    """Format a duration with its significant digits.

    Examples:
        >>> duration(0.0213), duration(3.14159), duration(4000)
        ('21 ms', '3.1 s', '1 h 7 min')
    """
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004


def number(value: float | None) -> str:
    """Format a number with four significant digits, integers in full."""
    if value is None:
        return ""
    is_whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15  # noqa: PLR2004
    return f"{value:.0f}" if is_whole else f"{value:.4g}"


def size(count: int) -> str:
    """Format a number of bytes.

    Examples:
        >>> size(700), size(27_000), size(5_000_000_000)
        ('700 B', '27.0 kB', '5.0 GB')
    """
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def shorten(text: str, most: int) -> str:
    """Return a text of at most a number of characters; a cut is marked.

    Examples:
        >>> shorten("a long name", 7)
        'a long…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def short_path(location: str) -> str:
    """Return a path relative to the working directory, if it is below that."""
    try:
        return str(Path(location).relative_to(Path.cwd()))
    except ValueError:
        return location
