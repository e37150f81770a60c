"""What a plan keeps in the cache: the outputs that say ``cache: store``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from treadle.catalog import Dataset, DatasetDescription
from treadle.catalog.content_cache import ContentCache
from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.plan import Plan, Step
from treadle.pipelines import base_name

__all__ = ["CachedOutputs"]


class Restoring(Protocol):
    """A decision that names outputs to be restored."""

    @property
    def key(self) -> str: ...
    @property
    def restores(self) -> tuple[str, ...]: ...


class CachedOutputs:
    """The cached outputs of one plan."""

    def __init__(self, plan: Plan, ledger: Ledger, cache: ContentCache) -> None:
        self._plan = plan
        self._ledger = ledger
        self._cache = cache
        self._has_grown = False

    def put_value(self, name: str, values: Mapping[str, Any]) -> str:
        """Keep a value in memory, if it is to be kept; give its digest."""
        base = base_name(name)
        if name not in self._plan.cached or base not in values:
            return ""
        self._has_grown = True
        return self._cache.put_value(values[base])

    def put_file(self, name: str, description: DatasetDescription) -> None:
        """Keep a copy of what was saved, if it is to be kept and is a file of this machine."""
        if name in self._plan.cached and description.is_local and Path(description.location).is_file():
            self._has_grown = True
            self._cache.put_file(Path(description.location), description.digest)

    def put_inputs(self, step: Step) -> None:
        """Keep a copy of what was read, if it is to be kept: a run can be repeated when it is gone."""
        for name in step.reads:
            dataset = self._plan.bound[name]
            if name in self._plan.cached and dataset is not None:
                self.put_file(name, dataset.describe(content=True))

    def has_values(self, step: Step, key: str) -> bool:
        """Tell whether all values that a step makes in memory are there."""
        digests = self._digests(step, key)
        return digests is not None and all(map(self._cache.has_value, digests.values()))

    def values(self, step: Step, key: str) -> dict[str, Any] | None:
        """Give all values that a step makes in memory, by base name; None if one is not there."""
        digests = self._digests(step, key)
        if digests is None:
            return None
        try:
            return {base_name(name): self._cache.value(digest) for name, digest in digests.items()}
        except LookupError:
            return None

    def _digests(self, step: Step, key: str) -> dict[str, str] | None:
        wanted = [name for name in step.node.outputs if self._plan.bound[name] is None]
        entry = self._ledger.find(step.node.name, key) if key and self._plan.cached.issuperset(wanted) else None
        if entry is None:
            return None
        digests = {name: entry.outputs[name].digest for name in wanted if name in entry.outputs}
        return digests if len(digests) == len(wanted) and all(digests.values()) else None

    def has_file(self, name: str, dataset: Dataset, entry: NodeEntry) -> bool:
        """Tell whether what a step had saved to a file is there."""
        made = entry.outputs.get(name)
        description = dataset.describe()
        is_file = description.is_local and not getattr(dataset, "versions", list)()
        if name not in self._plan.cached or made is None or not made.digest or not is_file:
            return False
        return not Path(description.location).is_dir() and self._cache.has(made.digest)

    def restore(self, step: Step, decision: Restoring) -> bool:
        """Put outputs back where they were saved; tell whether all of them came back."""
        entry = self._ledger.find(step.node.name, decision.key)
        if entry is None:
            return False
        for name in decision.restores:
            dataset = self._plan.bound[name]
            if dataset is None or not self._cache.restore(
                entry.outputs[name].digest, Path(dataset.describe().location)
            ):
                return False
        return True

    def collect(self) -> None:
        """Make room, if something came in."""
        if self._has_grown:
            self._cache.collect()
