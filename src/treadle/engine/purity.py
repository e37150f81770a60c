"""Finds which nodes may be reused at all."""

from treadle.engine.dependencies import Dependencies
from treadle.engine.fingerprint.unobserved import hides_files
from treadle.engine.plan import Plan, Step
from treadle.engine.reasons import explain_impurity


class Purity:
    """Knows which nodes may be reused at all.

    Args:
        plan: The plan.
        depends: Fingerprints the code of steps.
        replacing: The plugin that may replace inputs of nodes, if any.
    """

    def __init__(self, plan: Plan, depends: Dependencies, replacing: str) -> None:
        self._plan = plan
        self._depends = depends
        self._replacing = replacing

    def may_be_replaced(self, step: Step) -> bool:
        """Return whether a plugin may replace the inputs that the node's key was computed from."""
        return bool(self._replacing) and bool(step.node.inputs) and step.node.cache is not True

    def explain(self, step: Step) -> str:
        """Return why a node is never reused; empty if it may be."""
        if reason := explain_impurity(self._plan, step):
            return reason
        if self.may_be_replaced(step):
            return (
                f"the plugin {self._replacing} may replace its inputs (cache=True says it does not)"
            )
        hidden = next(
            (one.what for one in self._depends.code(step).outside if hides_files(one.what)), ""
        )
        if hidden and step.node.cache is None:
            return (
                f"it uses {hidden}, and nothing observes which files that opens (cache=True says "
                "none)"
            )
        return ""
