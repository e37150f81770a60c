"""Formats records for a terminal."""

import math
import os
import re
import time
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


def coloured(cell: Cell) -> Coloured:
    """Return a cell with its colour, and control characters made visible."""
    if isinstance(cell, str):
        return Coloured(visible(cell))
    return msgspec.structs.replace(cell, text=visible(cell.text))


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
    click.echo("".join(styled(coloured(part)) for part in parts), err=err)


def styled(cell: Coloured, *, bold: bool = False) -> str:
    """Return the text of a cell in its colour, if colours are enabled."""
    colour = "" if os.environ.get("NO_COLOR") else cell.colour
    bold = bold or cell.bold
    if not (colour or bold):
        return cell.text
    return click.style(cell.text, fg=colour or None, bold=bold or None)


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
