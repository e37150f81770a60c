"""Prints the lineage of data through runs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from treadle.cli.render import Cell, Coloured, echo, moment, short_path

if TYPE_CHECKING:
    from treadle.provenance.lineage import Content, Maker, User


_MOST = 20


def show_lineage(content: "Content", users: "Sequence[User]") -> None:
    """Print what made a content, and what was made from it."""
    for line in _lines(content):
        echo(*line)
    if users:
        click.echo("made of it:")
    for user in users[:_MOST]:
        results = ", ".join(user.outputs) or "nothing that is kept"
        echo(
            f"  {results}  by {user.node} in run {user.run[-8:]}  {user.name}, "
            f"{moment(user.started)}"
        )
    if len(users) > _MOST:
        echo(f"  … and {len(users) - _MOST} more: --json")


def _lines(content: "Content", indent: str = "") -> Iterator[Sequence[Cell]]:
    digest = content.digest.removeprefix("blake3:")[:12]
    place = short_path(content.location)
    yield indent, Coloured(content.dataset, bold=True), f"  {digest}  {place}".rstrip()
    if content.is_repeated:
        yield (f"{indent}  see above",)
    elif content.maker is None:
        yield (f"{indent}  made by no run that is recorded here",)
    else:
        yield (f"{indent}  made by {_name(content.maker)}",)
        for one in content.maker.inputs:
            yield from _lines(one, indent + "    ")


def _name(maker: "Maker") -> str:
    code = (
        f", code {maker.commit[:12]}{' with changes' if maker.dirty else ''}"
        if maker.commit
        else ""
    )
    return f"{maker.node} in run {maker.run[-8:]}  {maker.name}, {moment(maker.started)}{code}"
