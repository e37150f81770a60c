"""``treadle runs``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.changes import Kind, add_changes
from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo, echo_json, echo_log, moment
from treadle.cli.run_show import ARTIFACTS, show
from treadle.cli.run_tables import listed_columns, requested_columns
from treadle.cli.stores import JSON_OPTION, STORE_OPTION, opened_store
from treadle.cli.tables import print_records

if TYPE_CHECKING:
    from treadle.records import RunRecord
    from treadle.store import Store
    from treadle.store.search.tree import Tree


@click.group("runs", cls=CommandGroup, invoke_without_command=True)
@click.option(
    "--where",
    default="",
    metavar="SEARCH",
    help='Which runs: metrics.r2 > 0.8 and status = "finished".',
)
@click.option("--experiment", default="", metavar="NAME", help="Those of this experiment.")
@click.option(
    "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="With this tag; repeatable."
)
@click.option(
    "--sort",
    default="-started",
    metavar="FIELDS",
    help="Order, with - for descending: -metrics.r2,name.",
)
@click.option(
    "--limit",
    default=50,
    type=click.IntRange(1, 100_000),
    help="How many at most.",
    show_default=True,
)
@click.option(
    "--columns", default="", metavar="FIELDS", help="What to read and show: params.lr,metrics.loss."
)
@click.option("--deleted", is_flag=True, help="Those that are deleted.")
@JSON_OPTION
@STORE_OPTION
@click.pass_context
def command(
    context: click.Context,
    *,
    where: str,
    experiment: str,
    tags: tuple[str, ...],
    sort: str,
    limit: int,
    columns: str,
    store: str,
    deleted: bool,
    as_json: bool,
) -> None:
    """List, search and show runs, newest first, with the params that differ.

    \b
    Examples:
      treadle runs
      treadle runs --where "metrics.r2 > 0.8" --sort -metrics.r2 --limit 5
      treadle runs --experiment baseline --tag stage=dev
      treadle runs --columns name,params.model.depth,metrics.r2,duration
      treadle runs --where "params.model.depth = 6 or tags.stage in ('dev', 'test')" --json
      treadle runs show latest
    """
    if context.invoked_subcommand:
        return
    from treadle.store import Search, parse, parse_columns, parse_sort

    search = Search(
        where=_narrow(parse(where) if where.strip() else None, experiment, tags),
        sort=parse_sort(sort),
        limit=limit,
        lifecycle="deleted" if deleted else "active",
        columns=parse_columns(columns) if columns.strip() else None,
    )
    with opened_store(store) as opened:
        runs = opened.find_runs(search)
        if experiment and not runs:
            _check_experiment(experiment, opened)
    shown = listed_columns(runs) if search.columns is None else requested_columns(search.columns)
    none = "No run matches." if search.where is not None else "No runs."
    print_records(runs, shown, as_json=as_json, empty=none)


def _check_experiment(name: str, store: "Store") -> None:
    """Check that an experiment exists.

    Raises:
        ExperimentNotFoundError: It does not.
    """
    from treadle.errors import ExperimentNotFoundError, nearest

    known = [one.experiment.name for one in store.list_experiments()]
    if name not in known:
        message = f'The experiment "{name}" was not found.'
        raise ExperimentNotFoundError(message, hint=nearest(name, known))


def _narrow(where: "Tree | None", experiment: str, tags: tuple[str, ...]) -> "Tree | None":
    """Add an experiment and tags to a search.

    Raises:
        UsageError: A tag has no value.
    """
    from treadle.store import Field
    from treadle.store.search.tree import And, Comparison

    parts: list[Tree] = [] if where is None else [where]
    if experiment:
        parts.append(Comparison(Field("attribute", "experiment"), "=", (experiment,)))
    for tag in tags:
        key, sign, value = tag.partition("=")
        if not key or not sign:
            raise click.UsageError(f'"{tag}" is not KEY=VALUE.')
        parts.append(Comparison(Field("tags", key), "=", (value,)))
    return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _change(run: str, store: str, **change: Any) -> "RunRecord":
    import time

    from treadle.records import RunChange

    with opened_store(store) as opened:
        return opened.change_run(run, RunChange(**change), time.time())


@command.command("logs")
@click.argument("run")
@JSON_OPTION
@STORE_OPTION
def logs(run: str, store: str, *, as_json: bool) -> None:
    """Print what a run logged and printed, line by line."""
    with opened_store(store) as opened:
        lines = opened.get_run(run).logs
    if as_json:
        echo_json(lines)
        return
    if not lines:
        click.echo("Nothing was logged or printed.")
    for line in lines:
        echo_log(f"{moment(line.time)} {line.level:<7} {line.text}")


@command.command("artifacts")
@click.argument("run", default="latest")
@JSON_OPTION
@STORE_OPTION
def artifacts(run: str, store: str, *, as_json: bool) -> None:
    """List the artifacts of a run: their paths, sizes and times."""
    with opened_store(store) as opened:
        found = opened.get_run(run).artifacts
    print_records(found, ARTIFACTS, as_json=as_json, empty="No artifacts.")


@command.command("download")
@click.argument("run")
@click.argument("path", default="")
@click.option("--to", "folder", default=".", show_default=True, help="The folder to write to.")
@STORE_OPTION
def download(run: str, path: str, folder: str, store: str) -> None:
    """Download an artifact of a run, a folder of them, or all.

    \b
    Examples:
      treadle runs download latest plots/roc.png
      treadle runs download 5f3a plots --to here
    """
    from treadle.tracking.loading import download_from

    with opened_store(store) as opened:
        for file in download_from(opened, run, path, Path(folder)):
            echo(str(file))


@command.command("end")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--status",
    "ended_as",
    default="killed",
    type=click.Choice(["killed", "failed", "finished"]),
    show_default=True,
    help="How they ended.",
)
@STORE_OPTION
def end(runs: tuple[str, ...], ended_as: str, store: str) -> None:
    """End runs with status "running" whose processes have ended.

    This is needed for MLflow's client, which sends no heartbeat; Treadle's own runs are ended by
    the next command or by the server.
    """
    for run in runs:
        found = _change(run, store, ended_as=ended_as)
        echo(f"{found.id} ({found.name}) is {found.status}.")


@command.command("move")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--experiment", required=True, help="Where to; made where there is none.")
@STORE_OPTION
def move(runs: tuple[str, ...], experiment: str, store: str) -> None:
    """Move runs to another experiment."""
    for run in runs:
        echo(f"{_change(run, store, experiment=experiment).id} is in {experiment} now.")


command.add_command(show)
add_changes(
    command,
    Kind(
        noun="run",
        singular="a run",
        plural="runs",
        change=_change,
        name=lambda run: f"{run.id} ({run.name})",
        reference=lambda run: run.id[-8:],
    ),
)
