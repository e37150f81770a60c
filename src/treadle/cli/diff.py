"""``treadle diff``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.render import duration, echo, echo_json, number, section, shorten, visible
from treadle.cli.stores import STORE_OPTION, opened_store

if TYPE_CHECKING:
    from treadle.provenance.diff import Change, DataChange, NodeChange, RunDifference
    from treadle.provenance.trees import TreeDifference
    from treadle.records import RunDetails


_SECTIONS = ("params", "configuration", "code", "environment", "data", "nodes", "metrics")
_PATCH_LINES = 120
_FILE_LINES = 40
_ROWS = 20
_LONG = 60


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_SECTIONS),
    help="Show this section, and all of it; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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
    rows = [[one.name, _text(one.old), _text(one.new)] for one in changes]
    _rows(name, *_with_origins(["name", "A", "B"], rows, changes), most)


def _show_code(found: "RunDifference", *, complete: bool) -> None:
    if found.code_unknown:
        section("code", [""], [[found.code_unknown.replace("\n", " ")]])
        return
    code = found.code
    if code is None or not code.files:
        return
    section("code", ["file", "added", "removed"], _files(code), numbers=["added", "removed"])
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


def _files(code: "TreeDifference") -> list[list[str]]:
    return [
        [one.path, *(str(count) if count >= 0 else "binary" for count in (one.added, one.removed))]
        for one in code.files
    ]


def _show_data(changes: "list[DataChange]", most: int | None) -> None:
    _rows(
        "data",
        ["dataset", "role", "A", "B"],
        [[c.name, c.role, _digest(c.old), _digest(c.new)] for c in changes],
        most,
    )


def _show_nodes(changes: "list[NodeChange]", most: int | None) -> None:
    rows = [
        [
            one.name,
            _took(one.old_status, one.old_seconds),
            _took(one.new_status, one.new_seconds),
            one.differs,
        ]
        for one in _differing(changes)
    ]
    columns = ["node", "A", "B", "what differs"]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    _rows("nodes", columns, rows, most, numbers=["A", "B"])


def _took(status: str, seconds: float | None) -> str:
    if not status:
        return "none"
    return duration(seconds) if status == "finished" else f"{status} {duration(seconds)}".strip()


def _show_metrics(changes: "list[Change]", most: int | None) -> None:
    rows = [[one.name, number(one.old), number(one.new), _growth(one)] for one in changes]
    columns, rows = _with_origins(["name", "A", "B", "change"], rows, changes)
    _rows("metrics", columns, rows, most, numbers=["A", "B", "change"])


def _with_origins(
    columns: list[str],
    rows: list[list[str]],
    changes: "list[Change]",
) -> tuple[list[str], list[list[str]]]:
    """Add the earlier runs that values come from, where nodes were reused."""
    sides = (("A is from", "old_origins"), ("B is from", "new_origins"))
    for title, field in sides:
        origins = [", ".join(one[-8:] for one in getattr(change, field)) for change in changes]
        if any(origins):
            columns = [*columns, title]
            rows = [[*row, origin] for row, origin in zip(rows, origins, strict=True)]
    return columns, rows


def _growth(change: "Change") -> str:
    if not change.old or change.new is None:
        return ""
    return f"{(change.new - change.old) / abs(change.old):+.2%}"


def _rows(
    name: str,
    columns: list[str],
    rows: list[list[str]],
    most: int | None,
    numbers: Sequence[str] = (),
) -> None:
    section(name, columns, rows[:most], numbers=[*numbers])
    if most is not None and len(rows) > most:
        echo(f"… and {len(rows) - most} more: --only {name}")


def _text(value: Any) -> str:
    return "none" if value is None else shorten(str(value), _LONG)


def _digest(digest: str) -> str:
    return digest.removeprefix("blake3:")[:12] or "none"
