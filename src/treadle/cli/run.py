"""``treadle run``."""

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.selection import open_session, pairs, selection_options
from treadle.errors import ConfigError, Interrupted

if TYPE_CHECKING:
    from treadle.engine import Plan
    from treadle.project import Session
    from treadle.tracking import Run

__all__ = ["command"]


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.argument("target", required=False, metavar="[PIPELINE|FILE]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@selection_options
@click.option("--name", default="", help="What the run is called.")
@click.option("--experiment", default="", help="The experiment that it belongs to.")
@click.option("--tag", "run_tags", multiple=True, callback=pairs, metavar="K=V", help="Tag the run; may be repeated.")
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
        fresh=options["fresh"],
        seed=options["seed"],
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
    session = open_session(target or "", path, options)
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
