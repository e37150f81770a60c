"""Short HTML representations of records for notebooks."""

from collections.abc import Iterable, Sequence

_SHOWN = 20
_LONG = 80


def table_html(columns: Sequence[str], rows: Iterable[Sequence[object]], more: int = 0) -> str:
    """Return an HTML table with all texts escaped.

    Args:
        columns: The column headers.
        rows: The cells of each row.
        more: Number of omitted rows, which is noted below the table.
    """
    head = "".join(f"<th>{_escape(column)}</th>" for column in columns)
    lines = ("".join(f"<td>{_escape(_text(cell))}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    note = f"<p>… and {more} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def section_html(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a heading and an HTML table of the first rows; empty if there are no rows."""
    if not rows:
        return ""
    more = len(rows) - _SHOWN
    return f"<h4>{_escape(title)}</h4>{table_html(columns, rows[:_SHOWN], more)}"


def moment_text(seconds: float | None) -> str:
    """Format a timestamp in the local time zone; return an empty text for None."""
    if not seconds:
        return ""
    import time

    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _escape(text: str) -> str:
    from html import escape  # imported late: few programs that load records need it

    return escape(text)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    text = f"{cell:.6g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
