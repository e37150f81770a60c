"""``treadle experiments``."""

from typing import TYPE_CHECKING, Any

import click

from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo, echo_json, moment, shorten, table
from treadle.cli.stores import STORE_OPTION, opened_store
from treadle.cli.tags import show_tags, split_tags

if TYPE_CHECKING:
    from treadle.records import ExperimentRecord, ExperimentSummary


_LONG = 60  # characters of a name or a note


@click.group("experiments", cls=CommandGroup, invoke_without_command=True)
@click.option("--deleted", is_flag=True, help="Those that are deleted.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@STORE_OPTION
@click.pass_context
def command(context: click.Context, *, store: str, deleted: bool, as_json: bool) -> None:
    """List experiments, the named groups of runs; the one with the newest run first.

    A run that names a new experiment creates it.

    \b
    Examples:
      treadle experiments
      treadle experiments rename first baseline
      treadle experiments note baseline "Ridge on the weather of the day"
      treadle runs --where "experiment = 'baseline'"
    """
    if context.invoked_subcommand:
        return
    with opened_store(store) as opened:
        every = opened.list_experiments()
    found = [one for one in every if (one.experiment.deleted is not None) == deleted]
    found.sort(
        key=lambda one: (one.newest is not None, one.newest or one.experiment.created), reverse=True
    )
    if as_json:
        echo_json(found)
    elif found:
        _list(found)
    else:
        click.echo("No experiment is deleted." if deleted else "No experiments.")


def _list(found: "list[ExperimentSummary]") -> None:
    notes = [one.experiment.tags.get("mlflow.note.content", "").partition("\n")[0] for one in found]
    columns = ["id", "name", "runs", "newest run", *(["note"] if any(notes) else [])]
    rows = [
        [
            one.experiment.id,
            shorten(one.experiment.name, _LONG),
            f"{one.runs:,}",
            moment(one.newest) if one.newest else "",
            shorten(note, _LONG),
        ]
        for one, note in zip(found, notes, strict=True)
    ]
    table(columns, [row[: len(columns)] for row in rows], numbers=["runs"])


def _change(experiment: str, store: str, **change: Any) -> "ExperimentRecord":
    import time

    from treadle.records import ExperimentChange

    with opened_store(store) as opened:
        return opened.change_experiment(experiment, ExperimentChange(**change), time.time())


@command.command("delete")
@click.argument("experiment")
@STORE_OPTION
def delete(experiment: str, store: str) -> None:
    """Delete an experiment and its runs; "treadle gc" removes them for good after a while."""
    found = _change(experiment, store, deleted=True)
    echo(
        f'{found.name} is deleted, with its runs; treadle experiments restore "{found.name}" '
        "brings them back."
    )


@command.command("restore")
@click.argument("experiment")
@STORE_OPTION
def restore(experiment: str, store: str) -> None:
    """Restore a deleted experiment with all of its runs."""
    echo(f"{_change(experiment, store, deleted=False).name} is back, with its runs.")


@command.command("rename")
@click.argument("experiment")
@click.argument("name")
@STORE_OPTION
def rename(experiment: str, name: str, store: str) -> None:
    """Rename an experiment; later runs with the old name create a new one."""
    echo(f"{experiment} is called {_change(experiment, store, name=name).name} now.")


@command.command("tag")
@click.argument("experiment")
@click.argument("tags", metavar="KEY=VALUE|KEY-...", nargs=-1, required=True)
@STORE_OPTION
def tag(experiment: str, tags: tuple[str, ...], store: str) -> None:
    """Set tags of an experiment, or delete those with a minus after the key."""
    given, gone = split_tags(tags)
    echo(show_tags(_change(experiment, store, tags=given, untag=gone).tags))


@command.command("note")
@click.argument("experiment")
@click.argument("text")
@STORE_OPTION
def note(experiment: str, text: str, store: str) -> None:
    """Set the description of an experiment, in Markdown."""
    echo(f"{_change(experiment, store, tags={'mlflow.note.content': text}).name} has a note.")
