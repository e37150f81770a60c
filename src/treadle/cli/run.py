"""``treadle run``."""

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.selection import pairs, prepare_session, selection_options
from treadle.errors import ConfigError, Interrupted, NodeError

if TYPE_CHECKING:
    from treadle.engine import Plan
    from treadle.project import RunOptions, Session
    from treadle.tracking import Run

__all__ = ["command", "run_session"]


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
    session, load = prepare_session(target or "", path, options)
    began = time.perf_counter()
    repeated = session.repeat(record)
    if repeated is not None:
        run_id, footprint = repeated
        _announce(run_id, record.name or session.name, footprint.count)
        _conclude(run_id, began, footprint.results, ran=0, reused=len(footprint.nodes))
        return
    run_session(load(session), record)


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


def run_session(session: "Session", record: "RunOptions") -> None:
    """Run what was prepared, and say what came of it."""
    from treadle.cli.progress import Progress

    began = time.perf_counter()

    def started(run: "Run", plan: "Plan") -> None:
        _announce(run.id, run.name, len(plan.steps))

    try:
        result = session.run(record, started=started)
    except KeyboardInterrupt as error:
        raise Interrupted(
            "The run was interrupted; it is recorded as killed. What nodes had saved is kept.",
            hint="To go on from there: treadle resume",
        ) from error
    except NodeError as error:
        again = "What the nodes before it saved is kept. To go on from there: treadle resume"
        raise NodeError(error.message, hint=f"{error.hint}\n{again}".lstrip()) from error
    progress = next(plugin for plugin in session.hooks.get_plugins() if isinstance(plugin, Progress))
    _conclude(result.id, began, list(result.outputs), ran=progress.ran, reused=progress.reused)


def _announce(run_id: str, name: str, count: int) -> None:
    click.echo(f"Run {run_id}  {name}: {count} node{'s' if count > 1 else ''}")


def _conclude(run_id: str, began: float, outputs: list[str] | None = None, *, ran: int = 0, reused: int = 0) -> None:
    from treadle.cli.render import duration

    if outputs:
        click.echo(f"Outputs: {', '.join(outputs)}")
    counts = f" {ran} ran, {reused} reused." if reused else ""
    click.echo(f"Finished in {duration(time.perf_counter() - began)}.{counts} See it: treadle runs show {run_id[-8:]}")
