"""``treadle runs show``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from treadle.cli.failures import show_traceback
from treadle.cli.render import (
    duration,
    echo,
    echo_json,
    moment,
    number,
    short_path,
    size,
    status,
    visible,
)
from treadle.cli.run_tables import run_duration
from treadle.cli.stores import JSON_OPTION, STORE_OPTION, opened_store
from treadle.cli.tables import Column, section

if TYPE_CHECKING:
    from treadle.records import (
        ArtifactRecord,
        DatasetInputRecord,
        DatasetUseRecord,
        LogRecord,
        MetricSummary,
        ModelUseRecord,
        NodeRunRecord,
        ReusedValue,
        RunDetails,
        RunRecord,
    )
    from treadle.store import Store

T = TypeVar("T")

_SHOWN_CHILDREN: Final = 20
_SHOWN_LINES: Final = 20
_LONG: Final = 100  # characters of a source named by a client
_ROLES: Final = {"read": "→", "written": "←", "reused": "="}

_NAMED: "Final[list[Column[tuple[str, Any]]]]" = [
    Column("name", lambda pair: pair[0]),
    Column("value", lambda pair: str(pair[1])),
]
_METRICS: "Final[list[Column[MetricSummary]]]" = [
    Column("name", lambda metric: metric.key),
    Column("last", lambda metric: number(metric.last), is_numeric=True),
    Column("min", lambda metric: number(metric.min), is_numeric=True),
    Column("max", lambda metric: number(metric.max), is_numeric=True),
    Column("points", lambda metric: str(metric.count), is_numeric=True),
]
ARTIFACTS: "Final[list[Column[ArtifactRecord]]]" = [
    Column("artifact", lambda artifact: artifact.path),
    Column("size", lambda artifact: size(artifact.size), is_numeric=True),
    Column("logged", lambda artifact: moment(artifact.time)),
]
_FILES: "Final[list[Column[ArtifactRecord]]]" = [
    Column("path", lambda artifact: artifact.path),
    Column("size", lambda artifact: size(artifact.size), is_numeric=True),
]
_INPUTS: "Final[list[Column[DatasetInputRecord]]]" = [
    Column("dataset", lambda used: used.name),
    Column("digest", lambda used: used.digest),
    Column("used for", lambda used: used.tags.get("mlflow.data.context", "")),
    Column("source", lambda used: f"{used.source_type} {used.source}"[:_LONG]),
]
_MODELS: "Final[list[Column[ModelUseRecord]]]" = [
    Column("model", lambda used: used.model),
    Column("role", lambda used: used.role),
    Column("step", lambda used: str(used.step), is_numeric=True),
]
_CHILDREN: "Final[list[Column[RunRecord]]]" = [
    Column("id", lambda run: run.id[-8:]),
    Column("name", lambda run: run.name),
    Column("status", lambda run: status(run.status)),
    Column("duration", run_duration, is_numeric=True),
]
_EARLIER: "Final[list[Column[ReusedValue]]]" = [
    Column("id", lambda value: value.name[-8:]),
    Column("within", lambda value: value.origin[-8:]),
    Column("node", lambda value: value.node),
]
_DATASETS: "Final[list[Column[DatasetUseRecord]]]" = [
    Column("dataset", lambda use: use.dataset),
    Column("node", lambda use: f"{_ROLES[use.role]} {use.node}"),
    Column("type", lambda use: use.type),
    Column("size", lambda use: size(use.size) if use.size else "", is_numeric=True),
    Column("digest", lambda use: use.digest.removeprefix("blake3:")[:12]),
    Column("location", lambda use: short_path(use.location)),
]
_LOG: "Final[list[Column[LogRecord]]]" = [
    Column("time", lambda line: moment(line.time)),
    Column("level", lambda line: line.level),
    Column("text", lambda line: line.text),
]


@click.command("show")
@click.argument("run")
@click.option(
    "--lineage", is_flag=True, help="Show of what its results were made, and what was made of them."
)
@JSON_OPTION
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
    section("inputs", _INPUTS, details.inputs)  # those that a client logged
    section("models", _MODELS, details.models)
    _show_children(children)
    # Those that reused nodes had started inside earlier runs.
    earlier = [value for value in details.reused if value.kind == "run"]
    section("runs within earlier runs", _EARLIER, earlier)
    _show_nodes(details)
    section("datasets", _DATASETS, details.datasets)
    section("log", _LOG, details.logs[-_SHOWN_LINES:])
    show_traceback(details)


def _show_facts(details: "RunDetails") -> None:
    run = details.run
    facts = [
        ("run", run.id),
        ("name", run.name),
        ("experiment", run.experiment),
        ("status", run.status),
        ("started", moment(run.started)),
        ("duration", run_duration(run)),
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
    _section_from(details, "param", list(run.params.items()), _NAMED)
    _section_from(details, "metric", details.metrics, _METRICS)
    _section_from(details, "tag", list(run.tags.items()), _NAMED)
    _section_from(details, "artifact", details.artifacts, _FILES)


def _section_from(
    details: "RunDetails", kind: str, records: list[T], columns: list[Column[T]]
) -> None:
    """Show a section, with the earlier runs that values come from where nodes were reused."""
    origins: dict[object, list[str]] = {}
    for value in details.reused:
        if value.kind == kind:
            origins.setdefault(value.name, []).append(value.origin[-8:])
    if origins:
        name = columns[0].value
        origin = Column[T]("from run", lambda record: ", ".join(origins.get(name(record), [])))
        columns = [*columns, origin]
    section(f"{kind}s", columns, records)


def _show_children(children: "list[RunRecord]") -> None:
    shown = children[:_SHOWN_CHILDREN]
    section("runs within", _CHILDREN, shown)
    if len(children) > len(shown):
        echo(f"… and more: treadle runs --where \"parent = '{shown[0].parent}'\"")


def _show_nodes(details: "RunDetails") -> None:
    columns: list[Column[NodeRunRecord]] = [
        Column("node", lambda node: node.node),
        Column("status", lambda node: status(node.status)),
        Column("duration", lambda node: _times(node)[0], is_numeric=True),
        Column("cpu", lambda node: _times(node)[1], is_numeric=True),
    ]
    if any(node.reason for node in details.nodes):
        columns.append(Column("reason", lambda node: node.reason))
    if any(node.error for node in details.nodes):
        columns.append(Column("error", _node_error))
    section("nodes", columns, details.nodes)


def _node_error(node: "NodeRunRecord") -> str:
    return f"{node.error.kind}: {node.error.message}" if node.error else ""


def _times(node: "NodeRunRecord") -> tuple[str, str]:
    """Return a node's run time and CPU time; empty for one that did not run."""
    if node.ended is None or node.status == "reused":
        return "", ""
    return duration(node.ended - node.started), duration(node.cpu)


def _surroundings(details: "RunDetails") -> Iterator[tuple[str, str]]:
    from treadle.provenance.capture import shorten
    from treadle.provenance.run_record import read_environment_record, read_git_state

    git, environment = read_git_state(details), read_environment_record(details)
    if git is not None and git.branch:
        count = len(git.changed)
        changes = "1 uncommitted change" if count == 1 else f"{count} uncommitted changes"
        state = f"with {changes}" if git.dirty else "clean"
        yield "commit", f"{git.commit[:12] or 'none yet'} on {git.branch}, {state}"
    elif git is not None:
        yield "code", "in no repository; kept with the run"
    if git is not None and git.omitted:
        yield "not kept", f"of the code: {shorten(git.omitted, git.omitted_more)}"
    if environment is not None:
        packages = f"{len(environment.packages)} packages"
        yield "python", f"{environment.python}, {packages}, {environment.platform}"
