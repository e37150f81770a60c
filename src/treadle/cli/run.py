"""``treadle run``."""

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.render import echo
from treadle.cli.scripts import ScriptCommand, find_file
from treadle.cli.selection import (
    open_session,
    pairs,
    prepare_project,
    reject_selection,
    selection_options,
)
from treadle.errors import Interrupted, NodeError, PipelineError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from treadle.engine import Plan
    from treadle.project import RunOptions, Session
    from treadle.provenance.request import PipelineRequest
    from treadle.tracking import Run


_REFUSED_ARGUMENTS = 2  # the exit code of argparse


@click.command("run", cls=ScriptCommand)
@click.argument("target", required=False, metavar="[PIPELINE|FILE]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@selection_options
@click.option("--name", default="", help="What the run is called.")
@click.option("--experiment", default="", help="The experiment that it belongs to.")
@click.option("--script", is_flag=True, help="Run FILE as a script, also if it has nodes.")
@click.option(
    "--tag",
    "run_tags",
    multiple=True,
    callback=pairs,
    metavar="K=V",
    help="Tag the run; may be repeated.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    target: str | None,
    arguments: tuple[str, ...],
    request: "PipelineRequest",
    **options: Any,
) -> None:
    """Run pipelines of the project, a file of nodes, or a script; recorded.

    Without PIPELINE, the default of [tool.treadle.pipelines] runs, or else all pipelines together.
    Lists of names are separated by commas. All arguments after a script's name are passed to it.

    \b
    Examples:
      treadle run
      treadle run train --params model.depth=6
      treadle run prepare,train
      treadle run --from-nodes split --tag reason=check
      treadle run flow.py
      treadle run --name first script.py --epochs 3
    """
    from treadle.project.run_options import RunOptions
    from treadle.project.single_file import has_nodes

    record = RunOptions(
        name=options["name"],
        experiment=options["experiment"],
        tags=options["run_tags"],
        store=options["store"],
        command=shlex.join(["treadle", *sys.argv[1:]]),
        fresh=options["fresh"],
        seed=options["seed"],
    )
    path = find_file(target)
    if options["script"] and path is None:
        raise PipelineError(
            "--script needs the name of a file.", hint="treadle run --script FILE.py"
        )
    if path is not None and (options["script"] or not has_nodes(path)):
        reject_selection(context, path)
        _conclude(_run_script(path, arguments, record, context))
        return
    if arguments:
        raise click.UsageError(_explain_arguments(target, arguments, path))
    if path is not None:
        run_session(open_session(request, record.store), record)
    else:
        _run_project(request, record)


def _run_project(request: "PipelineRequest", record: "RunOptions") -> None:
    """Run pipelines of the project; they are not imported if nothing has changed."""
    prepared = prepare_project(request)
    repeated = prepared.repeat(record)
    if repeated is None:
        run_session(prepared.load(), record)
        return
    run_id, footprint = repeated
    _announce(run_id, record.name or prepared.workspace.name, footprint.count)
    _conclude(run_id, footprint.results, ran=0, reused=len(footprint.nodes))


def _explain_arguments(target: str | None, arguments: tuple[str, ...], path: "Path | None") -> str:
    """Explain that a pipeline accepts no arguments, and what was probably meant."""
    if path is not None:
        return (
            f"{path} has nodes and runs as a pipeline, which takes no arguments. "
            f"To run it as a script: treadle run --script {path} {shlex.join(arguments)}"
        )
    several = ",".join([target or "", *arguments])
    return (
        f"A pipeline takes no arguments: {shlex.join(arguments)}. "
        f"Several pipelines are separated by commas: treadle run {several}"
    )


def _run_script(
    path: "Path", arguments: tuple[str, ...], record: "RunOptions", context: click.Context
) -> str:
    """Run a script; if it rejects its arguments, point out those probably meant for Treadle."""
    from treadle.project.script import run_script

    try:
        return run_script(path, arguments, record)
    except SystemExit as error:
        ours = [
            option
            for parameter in context.command.params
            for option in parameter.opts
            if option in arguments
        ]
        if error.code == _REFUSED_ARGUMENTS and ours:
            echo(
                f"What follows a script is passed to it. If {ours[0]} is meant for treadle, "
                f"write it before: treadle run {ours[0]} … {path}",
                err=True,
            )
        raise


def run_session(session: "Session", record: "RunOptions") -> None:
    """Run a prepared session, and report the results."""
    from treadle.cli.progress import Progress

    def started(run: "Run", plan: "Plan") -> None:
        _announce(run.id, run.name, len(plan.steps), plan.made_again)

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
    progress = next(
        plugin for plugin in session.workspace.hooks.get_plugins() if isinstance(plugin, Progress)
    )
    _conclude(result.id, list(result.outputs), ran=progress.ran, reused=progress.reused)


def _announce(run_id: str, name: str, count: int, made_again: "Sequence[str]" = ()) -> None:
    more = f"; with what they need: {', '.join(made_again)}" if made_again else ""
    echo(f"Run {run_id}  {name}: {count} node{'s' if count > 1 else ''}{more}")


def _conclude(
    run_id: str, outputs: list[str] | None = None, *, ran: int = 0, reused: int = 0
) -> None:
    from treadle.cli.render import duration
    from treadle.store.process import seconds_since_start

    if outputs:
        echo(f"Outputs: {', '.join(outputs)}")
    counts = f" {ran} ran, {reused} reused." if reused else ""
    took = duration(seconds_since_start())
    echo(f"Finished in {took}.{counts} See it: treadle runs show {run_id[-8:]}")
