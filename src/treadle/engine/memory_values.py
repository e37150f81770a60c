"""Values that are only in memory: each is dropped once nothing needs it."""

from typing import Any

from treadle.catalog import protect
from treadle.engine.plan import Plan
from treadle.pipelines import base_name


class ValuesInMemory:
    """The values of datasets without a catalog entry, by base name.

    Args:
        plan: The plan that runs.

    Attributes:
        now: The values that are still needed.
    """

    def __init__(self, plan: Plan) -> None:
        self.now: dict[str, Any] = {}
        self._plan = plan
        self._uses = dict(plan.uses)

    def take(self, name: str) -> Any:
        """Return a node's own copy of a value; the last reader gets the value itself."""
        value = self.now[name]
        return value if self.release(name) else protect(value)

    def release(self, name: str) -> bool:
        """Count down the readers of a value; return whether this was the last."""
        if name not in self._uses:
            return False
        self._uses[name] -= 1
        if not self._uses[name]:
            self.now.pop(name, None)
        return not self._uses[name]

    def restore(self, values: dict[str, Any]) -> None:
        """Add those of some values that are still needed."""
        self.now |= {name: value for name, value in values.items() if self._uses.get(name)}

    def is_spare(self, name: str) -> bool:
        """Return whether a value is unneeded: its node runs again for another output."""
        plan = self._plan
        is_wanted = base_name(name) in plan.uses or name in plan.results or name in plan.cached
        return not is_wanted
