"""``treadle run``."""

import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadle.errors import ConfigError, Interrupted, ProjectError

if TYPE_CHECKING:
    from treadle.engine import Plan
    from treadle.project import Session
    from treadle.tracking import Run

__all__ = ["command"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _names(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Take ``a,b`` for two names."""
    return tuple(name.strip() for text in value for name in text.split(",") if name.strip())


def _pairs(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in value:
        key, separator, content = text.partition("=")
        if not separator or not key:
            raise click.BadParameter(f'"{text}" is not of the form key=value.')
        pairs[key] = content
    return pairs


def _selects(flag: str, what: str) -> Callable[[_Function], _Function]:
    return click.option(flag, multiple=True, callback=_names, metavar="NAMES", help=what)


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.argument("target", required=False, metavar="[PIPELINE|FILE]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--env", "-e", "environment", default="", metavar="ENV", help="Configuration laid over base; local if not given."
)
@click.option("--params", "-p", multiple=True, metavar="A.B=1", help="Set parameters; may be repeated.")
@_selects("--nodes", "Only these nodes.")
@_selects("--tags", "Only nodes with any of these tags.")
@_selects("--from-nodes", "These nodes, and all that need them.")
@_selects("--to-nodes", "These nodes, and all that they need.")
@_selects("--from-inputs", "Nodes that need any of these datasets.")
@_selects("--to-outputs", "Nodes that any of these datasets needs.")
@_selects("--namespace", "Only nodes of these namespaces.")
@click.option("--load-versions", multiple=True, callback=_pairs, metavar="NAME=VERSION", help="Load these versions.")
@click.option("--name", default="", help="What the run is called.")
@click.option("--experiment", default="", help="The experiment that it belongs to.")
@click.option("--tag", "run_tags", multiple=True, callback=_pairs, metavar="K=V", help="Tag the run; may be repeated.")
@click.option("--store", default="", metavar="FILE", help="Where the run is kept.")
def command(target: str | None, arguments: tuple[str, ...], **options: Any) -> None:
    """Run a pipeline of the project, a file of nodes, or a script; recorded.

    Without PIPELINE, all pipelines of the project run together. Lists of NAMES are separated by
    commas. What stands behind a script's name is passed to it; put -- before its options.

    \b
    Examples:
      treadle run
      treadle run train --params model.depth=6
      treadle run --from-nodes split --tag reason=check
      treadle run flow.py
      treadle run script.py -- --epochs 3
    """
    from treadle.project.flow import has_nodes, run_script
    from treadle.project.session import RunOptions

    record = RunOptions(
        name=options["name"],
        experiment=options["experiment"],
        tags=options["run_tags"],
        store=options["store"],
        command=shlex.join(["treadle", *sys.argv[1:]]),
    )
    path = Path(target) if target and (target.endswith(".py") or Path(target).is_file()) else None
    if path is not None and not has_nodes(path):
        _refuse_pipeline_options(path, options)
        began = time.perf_counter()
        run_id = run_script(path, arguments, record)
        _conclude(run_id, began)
        return
    if arguments:
        raise click.UsageError(f"Nothing is passed on to a pipeline: {shlex.join(arguments)}.")
    session = _session(target or "", path, options)
    _run(session, record)


def _refuse_pipeline_options(path: Path, options: dict[str, Any]) -> None:
    given = [
        name
        for name in ("params", "nodes", "tags", "from_nodes", "to_nodes", "from_inputs", "to_outputs")
        if options[name]
    ]
    if given:
        raise ConfigError(
            f"{path} is a script: it has no nodes, and --{given[0].replace('_', '-')} means nothing to it.",
            hint="Pass its own arguments behind --, or decorate its functions with @node.",
        )


def _session(target: str, path: Path | None, options: dict[str, Any]) -> "Session":
    import msgspec

    from treadle.cli.progress import Progress
    from treadle.project.flow import prepare_flow
    from treadle.project.pipelines import load_pipeline
    from treadle.project.session import prepare
    from treadle.project.settings import find_project

    if path is not None:
        session = prepare_flow(
            path.absolute(), environment=options["environment"], overrides=options["params"], plugins=[Progress()]
        )
    else:
        project = find_project()
        if project is None:
            raise ProjectError(
                f"{Path.cwd()} is not inside a project" + (f', and "{target}" is not a file.' if target else "."),
                hint='"treadle new NAME" makes a project, "treadle run FILE.py" runs a single file.',
            )
        session = prepare(
            project,
            load_pipeline(project, target),
            name=target or project.name,
            environment=options["environment"],
            overrides=options["params"],
            load_versions=options["load_versions"],
            plugins=[Progress()],
        )
    chosen = session.pipeline.filter(
        nodes=options["nodes"], tags=options["tags"], namespaces=options["namespace"], from_nodes=options["from_nodes"],
        to_nodes=options["to_nodes"], from_inputs=options["from_inputs"], to_outputs=options["to_outputs"],
    )  # fmt: skip
    return msgspec.structs.replace(session, pipeline=chosen, whole=session.pipeline)


def _run(session: "Session", record: Any) -> None:
    began = time.perf_counter()

    def started(run: "Run", plan: "Plan") -> None:
        click.echo(f"Run {run.id}  {run.name}: {len(plan.steps)} node{'s' if len(plan.steps) > 1 else ''}")

    try:
        result = session.run(record, started=started)
    except KeyboardInterrupt as error:
        raise Interrupted("The run was interrupted; it is recorded as killed. What nodes had saved is kept.") from error
    plan_outputs = ", ".join(result.outputs)
    if plan_outputs:
        click.echo(f"Outputs: {plan_outputs}")
    _conclude(result.id, began)


def _conclude(run_id: str, began: float) -> None:
    from treadle.cli.render import duration

    click.echo(f"Finished in {duration(time.perf_counter() - began)}. See it: treadle runs show {run_id[-8:]}")
