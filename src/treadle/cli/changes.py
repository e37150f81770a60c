"""The commands that rename, tag, describe, delete and restore runs or experiments."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from treadle.cli.render import echo
from treadle.cli.stores import STORE_OPTION
from treadle.cli.tags import show_tags, split_tags


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of records: how it is named, and how a record of it is changed."""

    noun: str
    """As in the usage of a command: ``run``."""
    singular: str
    """As in a sentence: ``a run``."""
    plural: str
    change: Callable[..., Any]
    """Changes a record: ``change("latest", store, name="first")``."""
    name: Callable[[Any], str]
    """The record, for a message."""
    reference: Callable[[Any], str]
    """What restores the record, as typed."""
    note: str = ""
    """What else a new name means, for help."""


def add_changes(group: click.Group, kind: Kind) -> None:
    """Add the commands for a kind of records to its group."""
    for made in (_delete(group, kind), _restore(kind), _rename(kind), _tag(kind), _note(kind)):
        group.add_command(made)


def _many(kind: Kind) -> Callable[[Callable[..., None]], Callable[..., None]]:
    metavar = f"{kind.noun.upper()}..."
    return click.argument("references", metavar=metavar, nargs=-1, required=True)


def _one(kind: Kind) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.argument("reference", metavar=kind.noun.upper())


def _delete(group: click.Group, kind: Kind) -> click.Command:
    text = f'Delete {kind.plural}; "treadle gc" removes them for good later.'

    @click.command("delete", help=text)
    @_many(kind)
    @STORE_OPTION
    def delete(references: tuple[str, ...], store: str) -> None:
        for reference in references:
            found = kind.change(reference, store, deleted=True)
            again = f"treadle {group.name} restore {kind.reference(found)}"
            echo(f"{kind.name(found)} is deleted; {again} restores it.")

    return delete


def _restore(kind: Kind) -> click.Command:
    @click.command("restore", help=f"Restore deleted {kind.plural}.")
    @_many(kind)
    @STORE_OPTION
    def restore(references: tuple[str, ...], store: str) -> None:
        for reference in references:
            echo(f"{kind.name(kind.change(reference, store, deleted=False))} is restored.")

    return restore


def _rename(kind: Kind) -> click.Command:
    @click.command("rename", help=f"Rename {kind.singular}{kind.note}.")
    @_one(kind)
    @click.argument("name")
    @STORE_OPTION
    def rename(reference: str, name: str, store: str) -> None:
        kind.change(reference, store, name=name)
        echo(f"{reference} is called {name} now.")

    return rename


def _tag(kind: Kind) -> click.Command:
    text = f"Set tags of {kind.singular}, or delete those with a minus after the key."

    @click.command("tag", help=text)
    @_one(kind)
    @click.argument("tags", metavar="KEY=VALUE|KEY-...", nargs=-1, required=True)
    @STORE_OPTION
    def tag(reference: str, tags: tuple[str, ...], store: str) -> None:
        given, gone = split_tags(tags)
        echo(show_tags(kind.change(reference, store, tags=given, untag=gone).tags))

    return tag


def _note(kind: Kind) -> click.Command:
    @click.command("note", help=f"Set the description of {kind.singular}, in Markdown.")
    @_one(kind)
    @click.argument("text")
    @STORE_OPTION
    def note(reference: str, text: str, store: str) -> None:
        changed = kind.change(reference, store, tags={"mlflow.note.content": text})
        echo(f"{kind.name(changed)} has a note.")

    return note
