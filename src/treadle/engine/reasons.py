"""Finds reasons to run a node that depend only on the plan, or on saved data."""

from collections.abc import Collection

from treadle.catalog import Dataset
from treadle.engine.key import explain_difference
from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.plan import Plan, Step
from treadle.errors import PipelineError, nearest


def find_again(plan: Plan, names: Collection[str]) -> dict[int, str]:
    """Find nodes and all that need them, each with the reason why it runs."""
    known = [step.node.name for step in plan.steps]
    for name in names:
        if name not in known:
            raise PipelineError(f'There is no node "{name}".', hint=nearest(name, known))
    found: dict[int, str] = {}
    for position, step in enumerate(plan.steps):
        if step.node.name in names:
            found[position] = "it was asked to run again"
        elif parents := sorted(step.parents & found.keys()):
            found[position] = f'it is behind "{plan.steps[parents[0]].node.name}", which runs again'
    return found


def explain_impurity(plan: Plan, step: Step) -> str:
    """Return why a node is never reused; empty if it may be."""
    node = step.node
    if node.cache is False:
        return "the node says cache=False"
    if not node.outputs and node.cache is None:
        return (
            "it has no outputs, and is run for what it does (cache=True says that once is enough)"
        )
    if not node.inputs and node.cache is None:
        return (
            "it has no inputs, and may make something else each time (cache=True says that it "
            "does not)"
        )
    for name in (*step.reads, *node.outputs):
        if plan.bound[name] is not None and plan.catalog.specification(name).get("cache") is False:
            return f'its dataset "{name}" says cache: false'
    return ""


def explain_mismatch(name: str, dataset: Dataset, entry: NodeEntry, ledger: Ledger) -> str:
    """Return why an output is not what the node made; empty if it is."""
    made = entry.outputs.get(name)
    if made is None or not made.digest:
        return f'its output "{name}" cannot be compared with what was made'
    if not dataset.exists():
        return f'its output "{name}" is not there any more'
    digest = dataset.describe(content=True).digest
    if digest == made.digest:
        return ""
    other = ledger.find_maker(entry.name, name, digest) if digest else None
    if other is None:
        return f'its output "{name}" was changed since it was made'
    difference = explain_difference(entry.parts, other.parts)
    return (
        f'its output "{name}" is of run {other.run[-8:]}, which made it of something else '
        f"({difference})"
    )
