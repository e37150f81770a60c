"""``treadle diff``."""

from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadle.cli.render import duration, echo, echo_json, number, shorten, visible
from treadle.cli.stores import JSON_OPTION, STORE_OPTION, opened_store
from treadle.cli.tables import Column, section

if TYPE_CHECKING:
    from treadle.provenance.diff import Change, DataChange, NodeChange, RunDifference
    from treadle.provenance.trees import FileChange
    from treadle.records import RunDetails


_SECTIONS = ("params", "configuration", "code", "environment", "data", "nodes", "metrics")
_PATCH_LINES = 120
_FILE_LINES = 40
_ROWS = 20
_LONG = 60

T = TypeVar("T")


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_SECTIONS),
    help="Show this section, and all of it; may be repeated.",
)
@JSON_OPTION
@STORE_OPTION
def command(old: str, new: str, only: tuple[str, ...], store: str, *, as_json: bool) -> None:
    """Show the differences between two runs: first their inputs, then their results.

    A and B are ids, names, or "latest". The code is compared as it ran, with uncommitted changes
    and untracked files.

    \b
    Examples:
      treadle diff 5f3a latest
      treadle diff baseline latest --only code
      treadle diff 5f3a 81c2 --json
    """
    from pathlib import Path

    from treadle.provenance.diff import compare_runs

    with opened_store(store) as opened:
        first, second = opened.get_run(old), opened.get_run(new)
        difference = compare_runs(first, second, opened, Path.cwd())
    if as_json:
        echo_json(difference)
        return
    _name("A", first)
    _name("B", second)
    _show(difference, only)


def _name(letter: str, details: "RunDetails") -> None:
    from treadle.cli.render import moment

    run = details.run
    echo(f"{letter}  {run.id}  {run.name}, {run.status}, {moment(run.started)}")


def _show(found: "RunDifference", only: tuple[str, ...]) -> None:
    shown = only or _SECTIONS
    most = None if only else _ROWS
    for name in shown:
        if name == "code":
            _show_code(found, complete=bool(only))
        elif name == "data":
            _show_data(found.data, most)
        elif name == "nodes":
            _show_nodes(found.nodes, most)
        elif name == "metrics":
            _show_metrics(found.metrics, most)
        else:
            _show_changes(name, getattr(found, name), most)
    same = [name for name in _SECTIONS if name in shown and _is_same(found, name)]
    if same:
        echo(f"\nThe same: {', '.join(same)}.")


def _is_same(found: "RunDifference", section: str) -> bool:
    if section == "code":
        return found.code is not None and not found.code.files
    if section == "nodes":
        return not _differing(found.nodes)
    return not getattr(found, section)


def _differing(nodes: "list[NodeChange]") -> "list[NodeChange]":
    return [
        one
        for one in nodes
        if (one.old_status, one.old_seconds) != (one.new_status, one.new_seconds)
    ]


def _show_changes(name: str, changes: "list[Change]", most: int | None) -> None:
    columns: list[Column[Change]] = [
        Column("name", lambda change: change.name),
        Column("A", lambda change: _text(change.old)),
        Column("B", lambda change: _text(change.new)),
    ]
    _rows(name, [*columns, *_origins(changes)], changes, most)


def _show_code(found: "RunDifference", *, complete: bool) -> None:
    if found.code_unknown:
        section("code", [Column("", lambda text: text)], [found.code_unknown.replace("\n", " ")])
        return
    code = found.code
    if code is None or not code.files:
        return
    section("code", _FILES, code.files)
    lines = code.patch.splitlines()
    shown = lines if complete else _shorten_patch(lines)
    click.echo()
    for line in shown[: None if complete else _PATCH_LINES]:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.secho(visible(line), fg=colour, bold=line.startswith("diff ") or None)
    if not complete and len(shown) > _PATCH_LINES:
        echo(f"… and {len(shown) - _PATCH_LINES} more lines: --only code")


def _shorten_patch(lines: list[str]) -> list[str]:
    """Return a patch with each file's first lines, so that a data file hides no code."""
    files: list[list[str]] = []
    for line in lines:
        if line.startswith("diff ") or not files:
            files.append([])
        files[-1].append(line)
    shown: list[str] = []
    for file in files:
        shown += file[:_FILE_LINES]
        if len(file) > _FILE_LINES:
            shown.append(f"… and {len(file) - _FILE_LINES} more lines of this file: --only code")
    return shown


def _count(count: int) -> str:
    return str(count) if count >= 0 else "binary"


_FILES: "list[Column[FileChange]]" = [
    Column("file", lambda file: file.path),
    Column("added", lambda file: _count(file.added), is_numeric=True),
    Column("removed", lambda file: _count(file.removed), is_numeric=True),
]


def _show_data(changes: "list[DataChange]", most: int | None) -> None:
    columns: list[Column[DataChange]] = [
        Column("dataset", lambda change: change.name),
        Column("role", lambda change: change.role),
        Column("A", lambda change: _digest(change.old)),
        Column("B", lambda change: _digest(change.new)),
    ]
    _rows("data", columns, changes, most)


def _show_nodes(changes: "list[NodeChange]", most: int | None) -> None:
    columns: list[Column[NodeChange]] = [
        Column("node", lambda node: node.name),
        Column("A", lambda node: _took(node.old_status, node.old_seconds), is_numeric=True),
        Column("B", lambda node: _took(node.new_status, node.new_seconds), is_numeric=True),
    ]
    shown = _differing(changes)
    if any(node.differs for node in shown):
        columns.append(Column("what differs", lambda node: node.differs))
    _rows("nodes", columns, shown, most)


def _took(status: str, seconds: float | None) -> str:
    if not status:
        return "none"
    return duration(seconds) if status == "finished" else f"{status} {duration(seconds)}".strip()


def _show_metrics(changes: "list[Change]", most: int | None) -> None:
    columns: list[Column[Change]] = [
        Column("name", lambda change: change.name),
        Column("A", lambda change: number(change.old), is_numeric=True),
        Column("B", lambda change: number(change.new), is_numeric=True),
        Column("change", _growth, is_numeric=True),
    ]
    _rows("metrics", [*columns, *_origins(changes)], changes, most)


def _origins(changes: "list[Change]") -> "list[Column[Change]]":
    """Return the columns of the earlier runs that values come from, where nodes were reused."""
    columns: list[Column[Change]] = []
    if any(change.old_origins for change in changes):
        columns.append(Column("A is from", lambda change: _short(change.old_origins)))
    if any(change.new_origins for change in changes):
        columns.append(Column("B is from", lambda change: _short(change.new_origins)))
    return columns


def _short(runs: tuple[str, ...]) -> str:
    return ", ".join(run[-8:] for run in runs)


def _growth(change: "Change") -> str:
    if not change.old or change.new is None:
        return ""
    return f"{(change.new - change.old) / abs(change.old):+.2%}"


def _rows(name: str, columns: list[Column[T]], changes: list[T], most: int | None) -> None:
    section(name, columns, changes[:most])
    if most is not None and len(changes) > most:
        echo(f"… and {len(changes) - most} more: --only {name}")


def _text(value: Any) -> str:
    return "none" if value is None else shorten(str(value), _LONG)


def _digest(digest: str) -> str:
    return digest.removeprefix("blake3:")[:12] or "none"
