"""``treadle experiments``."""

from typing import TYPE_CHECKING, Any

import click

from treadle.cli.changes import Kind, add_changes
from treadle.cli.groups import CommandGroup
from treadle.cli.render import moment, shorten
from treadle.cli.stores import JSON_OPTION, STORE_OPTION, opened_store
from treadle.cli.tables import Column, print_records

if TYPE_CHECKING:
    from treadle.records import ExperimentRecord, ExperimentSummary


_LONG = 60  # characters of a name or a note


@click.group("experiments", cls=CommandGroup, invoke_without_command=True)
@click.option("--deleted", is_flag=True, help="Those that are deleted.")
@JSON_OPTION
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
    none = "No experiment is deleted." if deleted else "No experiments."
    print_records(found, _columns(found), as_json=as_json, empty=none)


def _columns(found: "list[ExperimentSummary]") -> "list[Column[ExperimentSummary]]":
    columns: list[Column[ExperimentSummary]] = [
        Column("id", lambda one: one.experiment.id),
        Column("name", lambda one: shorten(one.experiment.name, _LONG)),
        Column("runs", lambda one: f"{one.runs:,}", is_numeric=True),
        Column("newest run", lambda one: moment(one.newest)),
    ]
    if any(map(_first_line, found)):
        columns.append(Column("note", lambda one: shorten(_first_line(one), _LONG)))
    return columns


def _first_line(summary: "ExperimentSummary") -> str:
    note: str = summary.experiment.tags.get("mlflow.note.content", "")
    return note.partition("\n")[0]


def _change(experiment: str, store: str, **change: Any) -> "ExperimentRecord":
    import time

    from treadle.records import ExperimentChange

    with opened_store(store) as opened:
        return opened.change_experiment(experiment, ExperimentChange(**change), time.time())


add_changes(
    command,
    Kind(
        noun="experiment",
        singular="an experiment",
        plural="experiments, with their runs",
        change=_change,
        name=lambda experiment: experiment.name,
        reference=lambda experiment: f'"{experiment.name}"',
        note="; later runs with the old name create a new one",
    ),
)
