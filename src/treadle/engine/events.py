"""Calls the hooks of plugins during a run, and uses what they return."""

import traceback
from collections.abc import Mapping
from typing import Any, Final

from treadle.catalog import DatasetDescription
from treadle.engine.plan import Plan
from treadle.errors import ProjectError, TreadleError, nearest
from treadle.hooks import Hooks
from treadle.pipelines import Node

_OURS: Final = ("pluggy", "treadle/engine")


class Events:
    """The plugins of one run.

    Args:
        hooks: The plugins.
        plan: The plan that runs.
        run_id: The id of the run.
        run_params: The parameters of the request, as plugins get them.
    """

    def __init__(
        self, hooks: Hooks, plan: Plan, run_id: str, run_params: Mapping[str, Any]
    ) -> None:
        self._hook = hooks.hook
        self._run = {
            "plan": plan,
            "run_id": run_id,
            "run_params": run_params,
            "catalog": plan.catalog,
        }
        self._node = {"run_id": run_id, "catalog": plan.catalog}
        self._run_id = run_id
        self._sees_inputs = bool(hooks.hook.before_node_run.get_hookimpls())

    def call(self, hook: str, /, **arguments: Any) -> list[Any]:
        """Call all implementations of a hook.

        Raises:
            ProjectError: An implementation raised something other than a Treadle error.
        """
        try:
            results: list[Any] = getattr(self._hook, hook)(**arguments)
        except TreadleError:
            raise
        except Exception as error:
            frame = _own_frame(error)
            place = f"\n  at {frame.filename}:{frame.lineno}: {frame.line}" if frame else ""
            raise ProjectError(
                f"The hook {hook} of a plugin failed: {type(error).__name__}: {error}{place}"
            ) from error
        return results

    def pipeline(self, name: str, **arguments: Any) -> None:
        """Call a hook that gets the whole run."""
        self.call(name, **self._run, **arguments)

    def node(self, name: str, node: Node, **arguments: Any) -> None:
        """Call a hook that gets a node with its inputs."""
        self.call(name, node=node, **self._node, **arguments)

    def reused(
        self,
        node: Node,
        reason: str,
        key: str,
        since: str,
        readings: Mapping[str, DatasetDescription],
    ) -> None:
        """Report a node that is reused."""
        given = {"node": node, "run_id": self._run_id, "reason": reason, "key": key, "since": since}
        self.call("after_node_reused", **given, readings=readings)

    def start(self, node: Node, started: float) -> None:
        """Report that a node starts."""
        self.call("on_node_start", node=node, run_id=self._run_id, started=started)

    def prepare(self, node: Node, started: float, inputs: dict[str, Any]) -> dict[str, Any]:
        """Pass the inputs of a node to plugins, and return them with the plugins' replacements.

        Raises:
            ProjectError: A plugin returned something other than a dict of inputs.
        """
        if not self._sees_inputs:
            return inputs
        arguments = {"node": node, "started": started, "inputs": inputs, **self._node}
        replaced = dict(inputs)
        for given in reversed(self.call("before_node_run", **arguments)):
            if not isinstance(given, Mapping):
                raise ProjectError(
                    f"before_node_run of a plugin returned {type(given).__name__} for node "
                    f'"{node.name}".',
                    hint="It returns a dict of the inputs that it replaces, or nothing.",
                )
            for name in given:
                if name not in inputs:
                    raise ProjectError(
                        f'before_node_run of a plugin returned "{name}", which is not an input of '
                        f'node "{node.name}".',
                        hint=nearest(str(name), inputs),
                    )
            replaced |= given
        return replaced


def _own_frame(error: Exception) -> traceback.FrameSummary | None:
    """Return the line of the plugin that raised, outside of pluggy and the engine."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if not any(part in one.filename for part in _OURS)]
    return own[-1] if own else None
