"""``treadle why``."""

from typing import TYPE_CHECKING, Any

import click

from treadle.cli.plan import describe, preview
from treadle.cli.render import echo
from treadle.cli.selection import selection_options
from treadle.cli.stores import JSON_OPTION
from treadle.errors import PipelineError, nearest

if TYPE_CHECKING:
    from treadle.engine.observed import Reading


@click.command("why")
@click.argument("node", metavar="NODE")
@click.argument("target", required=False, default="", metavar="[PIPELINE|FILE]")
@selection_options
@JSON_OPTION
def command(*, node: str, as_json: bool, **options: Any) -> None:
    """Explain one node: whether a run would run it, why, and all that it depends on.

    \b
    Examples:
      treadle why train
      treadle why train --params model.depth=6
    """
    from treadle.cli.render import echo_json
    from treadle.cli.tables import row_columns, table

    planned, decisions, incremental = preview(**options)
    names = [step.node.name for step in planned.steps]
    if node not in names:
        raise PipelineError(f'There is no node "{node}".', hint=nearest(node, names))
    step, decision = planned.steps[names.index(node)], decisions[names.index(node)]
    code = incremental.code(step)
    if as_json:
        echo_json(
            {
                **describe(step, decision, incremental),
                "pieces": dict(sorted(code.pieces.items())),
                "packages": code.packages,
                "readings": [_describe(one) for one in incremental.readings(step)],
            }
        )
        return
    echo(
        f"{node} would {decision.action if decision.action == 'run' else 'be reused'}: "
        f"{decision.reason}.\n"
    )
    rows = [
        ["code", name.replace(":", " : "), digest[:12]]
        for name, digest in sorted(code.pieces.items())
    ]
    rows += [["package", name, version] for name, version in code.packages.items()]
    rows += [["input", name, _shown(digest)] for name, digest in incremental.inputs(step).items()]
    rows += [
        [one.kind, one.name, one.digest.removeprefix("blake3:")[:12]]
        for one in incremental.readings(step)
    ]
    rows += [["parameter", name, repr(value)] for name, value in step.constants.items()]
    rows.append(["seed", "", str(incremental.seed(step))])
    table(row_columns("kind", "what", "version"), rows)
    for hint in (*code.widened, *code.outside):
        echo(f"\n{hint.where}: {hint.what}. {hint.advice}")


def _describe(reading: "Reading") -> dict[str, str]:
    return {"kind": reading.kind, "name": reading.name, "digest": reading.digest}


def _shown(digest: str | None) -> str:
    return (
        "made again"
        if digest is None
        else digest.removeprefix("blake3:")[:12] or "cannot be compared"
    )
