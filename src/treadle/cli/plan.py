"""``treadle plan``."""

from typing import TYPE_CHECKING, Any

import click

from treadle.cli.render import echo
from treadle.cli.scripts import find_file
from treadle.cli.selection import open_session, selection_options
from treadle.cli.stores import JSON_OPTION
from treadle.cli.tables import Column
from treadle.errors import PipelineError

if TYPE_CHECKING:
    from treadle.engine import Decision, Incremental, Plan, Step
    from treadle.engine.fingerprint import Hint
    from treadle.provenance.request import PipelineRequest


def preview(
    target: str | None, request: "PipelineRequest", **options: Any
) -> "tuple[Plan, list[Decision], Incremental]":
    """Decide what a run with these options would do."""
    from treadle.project.run_options import RunOptions
    from treadle.project.single_file import has_nodes

    path = find_file(target)
    if path is not None and not has_nodes(path):
        raise PipelineError(f"{path} is a script: it has no nodes, and always runs.")
    record = RunOptions(**options)
    return open_session(request, record.store).preview(record)


@click.command("plan")
@click.argument("target", required=False, default="", metavar="[PIPELINE|FILE]")
@selection_options
@JSON_OPTION
def command(*, as_json: bool, **options: Any) -> None:
    """Show which nodes a run would run, which it would reuse, and why; nothing is run.

    A node whose input is made again is listed as running. If the new content equals the old one,
    the run reuses the nodes after it nevertheless.

    \b
    Examples:
      treadle plan
      treadle plan --params model.depth=6
      treadle plan --json
    """
    from treadle.cli.tables import print_records

    planned, decisions, incremental = preview(**options)
    pairs = zip(planned.steps, decisions, strict=True)
    nodes = [describe(step, decision, incremental) for step, decision in pairs]
    print_records(nodes, _NODES, as_json=as_json)
    if not as_json:
        count = sum(decision.action == "run" for decision in decisions)
        echo(f"\n{count} of {len(nodes)} nodes would run.")
        _print_hints(planned, incremental)


_NODES: list[Column[dict[str, Any]]] = [
    Column("node", lambda node: node["name"]),
    Column("action", lambda node: node["action"]),
    Column("reason", lambda node: node["reason"]),
]


def describe(step: "Step", decision: "Decision", incremental: "Incremental") -> dict[str, Any]:
    """Return one node's plan, for JSON."""
    code = incremental.code(step)
    return {
        "name": step.node.name,
        "action": decision.action,
        "reason": decision.reason,
        "key": decision.key,
        "since": decision.since,
        "outside": [_hint(one) for one in code.outside],
        "widened": [_hint(one) for one in code.widened],
    }


def _hint(hint: "Hint") -> dict[str, str]:
    return {"where": hint.where, "what": hint.what, "advice": hint.advice}


def _print_hints(planned: "Plan", incremental: "Incremental") -> None:
    """Point out influences that fingerprints do not cover."""
    outside = {
        hint
        for step in planned.steps
        if step.node.cache is not False
        for hint in incremental.code(step).outside
    }
    if outside:
        click.echo("\nNot seen by a plan, because it comes from outside:")
        for hint in sorted(outside):
            echo(f"  {hint.where} uses {hint.what}. {hint.advice}")
    widened = {hint for step in planned.steps for hint in incremental.code(step).widened}
    if widened:
        click.echo("\nNot followed, and therefore counted as a whole:")
        for hint in sorted(widened):
            echo(f"  {hint.where}: {hint.what}. {hint.advice}")
