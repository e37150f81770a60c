"""``treadle runs``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.failures import show_traceback
from treadle.cli.groups import CommandGroup
from treadle.cli.render import (
    duration,
    echo,
    echo_json,
    echo_log,
    moment,
    number,
    section,
    short_path,
    size,
    status,
    table,
    visible,
)
from treadle.cli.run_tables import list_columns, list_runs
from treadle.cli.stores import STORE_OPTION, opened_store
from treadle.cli.tags import show_tags, split_tags

if TYPE_CHECKING:
    from treadle.records import NodeRunRecord, RunDetails, RunRecord
    from treadle.store import Store
    from treadle.store.search.tree import Tree


_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SHOWN_CHILDREN = 20
_LONG = 100  # characters of a source named by a client


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
@_JSON
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
    if as_json:
        echo_json(runs)
    elif runs and search.columns is not None:
        list_columns(runs, search.columns)
    elif runs:
        list_runs(runs)
    else:
        click.echo("No run matches." if search.where is not None else "No runs.")


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
@_JSON
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
@_JSON
@STORE_OPTION
def artifacts(run: str, store: str, *, as_json: bool) -> None:
    """List the artifacts of a run: their paths, sizes and times."""
    with opened_store(store) as opened:
        found = opened.get_run(run).artifacts
    if as_json:
        echo_json(found)
    elif found:
        rows = [[artifact.path, size(artifact.size), moment(artifact.time)] for artifact in found]
        table(["artifact", "size", "logged"], rows, numbers=["size"])
    else:
        click.echo("No artifacts.")


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


@command.command("delete")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@STORE_OPTION
def delete(runs: tuple[str, ...], store: str) -> None:
    """Delete runs; "treadle gc" removes them for good after a while."""
    for run in runs:
        found = _change(run, store, deleted=True)
        echo(
            f"{found.id} ({found.name}) is deleted; treadle runs restore {found.id[-8:]} restores "
            "it."
        )


@command.command("restore")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@STORE_OPTION
def restore(runs: tuple[str, ...], store: str) -> None:
    """Restore deleted runs."""
    for run in runs:
        found = _change(run, store, deleted=False)
        echo(f"{found.id} ({found.name}) is back.")


@command.command("rename")
@click.argument("run")
@click.argument("name")
@STORE_OPTION
def rename(run: str, name: str, store: str) -> None:
    """Rename a run."""
    echo(f"{_change(run, store, name=name).id} is called {name} now.")


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


@command.command("tag")
@click.argument("run")
@click.argument("tags", metavar="KEY=VALUE|KEY-...", nargs=-1, required=True)
@STORE_OPTION
def tag(run: str, tags: tuple[str, ...], store: str) -> None:
    """Set tags of a run, or delete those with a minus after the key."""
    given, gone = split_tags(tags)
    echo(show_tags(_change(run, store, tags=given, untag=gone).tags))


@command.command("note")
@click.argument("run")
@click.argument("text")
@STORE_OPTION
def note(run: str, text: str, store: str) -> None:
    """Set the description of a run, in Markdown."""
    echo(f"{_change(run, store, tags={'mlflow.note.content': text}).id} has a note.")


@command.command("show")
@click.argument("run")
@click.option(
    "--lineage", is_flag=True, help="Show of what its results were made, and what was made of them."
)
@_JSON
@STORE_OPTION
def show(run: str, store: str, *, as_json: bool, lineage: bool) -> None:
    """Show everything recorded for one run.

    RUN is an id, a name (the newest run of it), the start or the end of an id, or "latest".
    """
    with opened_store(store) as opened:
        if lineage:
            _show_lineage(opened, run, as_json=as_json)
            return
        details = opened.get_run(run)
        children = [] if as_json else _find_children(opened, details.run.id)
    if as_json:
        echo_json(details)
    else:
        _show(details, children)


def _find_children(store: "Store", run: str) -> "list[RunRecord]":
    from treadle.store import Field, Search, parse_sort
    from treadle.store.search.tree import Comparison

    within = Comparison(Field("attribute", "parent"), "=", (run,))  # so the id need not be quoted
    search = Search(where=within, sort=parse_sort("started"), limit=_SHOWN_CHILDREN + 1)
    return store.find_runs(search)


def _show_lineage(store: "Store", run: str, *, as_json: bool) -> None:
    from treadle.cli.lineage import show_lineage
    from treadle.provenance.lineage import trace_run

    traced = trace_run(store, run)
    if as_json:
        echo_json([{"content": content, "users": users} for content, users in traced])
        return
    for place, (content, users) in enumerate(traced):
        if place:
            click.echo()
        show_lineage(content, users)
    if not traced:
        click.echo("The run made nothing that is kept.")


def _show(details: "RunDetails", children: "list[RunRecord]") -> None:
    _show_facts(details)
    _show_logged(details)
    _show_used(details)
    _show_children(children)
    _section_of_earlier(details)
    _show_nodes(details)
    show_traceback(details)


def _show_facts(details: "RunDetails") -> None:
    run = details.run
    facts = [
        ("run", run.id),
        ("name", run.name),
        ("experiment", run.experiment),
        ("status", run.status),
        ("started", moment(run.started)),
        ("duration", _duration(run)),
        ("command", run.command),
        ("user", run.user),
        ("parent", run.parent),
        *_surroundings(details),
    ]
    if run.dropped:
        facts.append(("not kept", f"{run.dropped} records could not be kept"))
    for name, value in facts:
        if value:
            echo(f"{name:<11} {visible(value)}")
    if run.error is not None:
        first, *rest = f"{run.error.kind}: {run.error.message}".split("\n")
        lines = [first] if run.error.traceback else [first, *rest]  # the traceback is shown below
        echo(f"{'error':<11} {visible(chr(10).join(lines))}")


def _show_logged(details: "RunDetails") -> None:
    run = details.run
    params = [[key, str(value)] for key, value in run.params.items()]
    _section_from(details, "param", ["name", "value"], params)
    _section_from(
        details,
        "metric",
        ["name", "last", "min", "max", "points"],
        [
            [m.key, number(m.last), number(m.min), number(m.max), str(m.count)]
            for m in details.metrics
        ],
        numbers=["last", "min", "max", "points"],
    )
    tags = [[key, value] for key, value in run.tags.items()]
    _section_from(details, "tag", ["name", "value"], tags)
    files = [[a.path, size(a.size)] for a in details.artifacts]
    _section_from(details, "artifact", ["path", "size"], files, numbers=["size"])


def _section_from(
    details: "RunDetails",
    kind: str,
    columns: list[str],
    rows: list[list[str]],
    numbers: list[str] | None = None,
) -> None:
    """Show a section, with the earlier runs that values come from where nodes were reused."""
    origins: dict[str, list[str]] = {}
    for one in details.reused:
        if one.kind == kind:
            origins.setdefault(one.name, []).append(one.origin[-8:])
    if origins:
        columns = [*columns, "from run"]
        rows = [[*row, ", ".join(origins.get(row[0], []))] for row in rows]
    section(f"{kind}s", columns, rows, numbers=numbers or [])


def _show_used(details: "RunDetails") -> None:
    """Show the inputs and outputs that a client logged for the run."""
    section(
        "inputs",
        ["dataset", "digest", "used for", "source"],
        [
            [
                one.name,
                one.digest,
                one.tags.get("mlflow.data.context", ""),
                f"{one.source_type} {one.source}"[:_LONG],
            ]
            for one in details.inputs
        ],
    )
    section(
        "models",
        ["model", "role", "step"],
        [[one.model, one.role, str(one.step)] for one in details.models],
        numbers=["step"],
    )


def _show_children(children: "list[RunRecord]") -> None:
    shown = children[:_SHOWN_CHILDREN]
    rows = [
        [
            one.id[-8:],
            one.name,
            status(one.status),
            duration(one.ended - one.started) if one.ended else "",
        ]
        for one in shown
    ]
    section("runs within", ["id", "name", "status", "duration"], rows, numbers=["duration"])
    if len(children) > len(shown):
        echo(f"… and more: treadle runs --where \"parent = '{shown[0].parent}'\"")


def _section_of_earlier(details: "RunDetails") -> None:
    """Show the runs that reused nodes had started inside earlier runs."""
    runs = [one for one in details.reused if one.kind == "run"]
    rows = [[one.name[-8:], one.origin[-8:], one.node] for one in runs]
    section("runs within earlier runs", ["id", "within", "node"], rows)


_ROLES = {"read": "→", "written": "←", "reused": "="}


def _show_nodes(details: "RunDetails") -> None:
    rows = [[node.node, status(node.status), *_times(node)] for node in details.nodes]
    columns = ["node", "status", "duration", "cpu"]
    if any(node.reason for node in details.nodes):
        columns.append("reason")
        for row, node in zip(rows, details.nodes, strict=True):
            row.append(node.reason)
    if any(node.error for node in details.nodes):
        columns.append("error")
        for row, node in zip(rows, details.nodes, strict=True):
            row.append(f"{node.error.kind}: {node.error.message}" if node.error else "")
    section("nodes", columns, rows, numbers=["duration", "cpu"])
    section(
        "datasets",
        ["dataset", "node", "type", "size", "digest", "location"],
        [
            [
                d.dataset,
                f"{_ROLES[d.role]} {d.node}",
                d.type,
                size(d.size) if d.size else "",
                d.digest.removeprefix("blake3:")[:12],
                short_path(d.location),
            ]
            for d in details.datasets
        ],
        numbers=["size"],
    )
    section(
        "log",
        ["time", "level", "text"],
        [[moment(n.time), n.level, n.text] for n in details.logs[-20:]],
    )


def _duration(run: "RunRecord") -> str:
    return duration(run.ended - run.started) if run.ended else ""


def _times(node: "NodeRunRecord") -> tuple[str, str]:
    """Return a node's run time and CPU time; empty for one that did not run."""
    if node.ended is None or node.status == "reused":
        return "", ""
    return duration(node.ended - node.started), duration(node.cpu)


def _surroundings(details: "RunDetails") -> list[tuple[str, str]]:
    import msgspec

    facts = []
    if "git" in details.snapshots:
        git: dict[str, Any] = msgspec.json.decode(details.snapshots["git"])
        if git["branch"]:
            count = len(git["changed"])
            changes = "1 uncommitted change" if count == 1 else f"{count} uncommitted changes"
            state = f"with {changes}" if git["dirty"] else "clean"
            facts.append(
                ("commit", f"{git['commit'][:12] or 'none yet'} on {git['branch']}, {state}")
            )
        else:
            facts.append(("code", "in no repository; kept with the run"))
        if git.get("omitted"):
            from treadle.provenance.capture import shorten

            left_out = shorten(git["omitted"], git.get("omitted_more", 0))
            facts.append(("not kept", f"of the code: {left_out}"))
    if "environment" in details.snapshots:
        environment: dict[str, Any] = msgspec.json.decode(details.snapshots["environment"])
        facts.append(
            (
                "python",
                (
                    f"{environment['python']}, {len(environment['packages'])} packages, "
                    f"{environment['platform']}"
                ),
            )
        )
    return facts
