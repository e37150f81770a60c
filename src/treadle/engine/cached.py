"""What a plan keeps in the cache.

That is the outputs that say ``cache: store``, and small results that no entry saves.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from treadle.catalog import Dataset, DatasetDescription
from treadle.catalog.content_cache import ContentCache
from treadle.engine.fingerprint import IndigestibleError
from treadle.engine.ledger import Ledger, MadeOutput, NodeEntry
from treadle.engine.plan import Plan, Step
from treadle.engine.results import pack_result
from treadle.pipelines import base_name

__all__ = ["CachedOutputs"]


class Restoring(Protocol):
    """A decision that names outputs to be restored."""

    @property
    def key(self) -> str: ...
    @property
    def restores(self) -> tuple[str, ...]: ...


class CachedOutputs:
    """The cached outputs of one plan.

    Args:
        plan: The plan.
        ledger: Knows their digests.
        cache: Keeps them.
        limit: Bytes that a result may have that no entry saves; 0 keeps none.
        digest: Digests a value with the code in it; raises IndigestibleError.
    """

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        cache: ContentCache,
        limit: int,
        digest: Callable[[Any], str],
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._cache = cache
        self._limit = limit
        self._digest = digest
        self._sound: set[str] = set()  # digests of contents that were looked into

    def keeps(self, name: str) -> bool:
        """Return whether a value in memory is to be kept."""
        is_small = bool(self._limit) and name in self._plan.kept
        return self._plan.bound[name] is None and (is_small or name in self._plan.cached)

    def put_value(self, name: str, values: Mapping[str, Any], *, is_pure: bool) -> MadeOutput:
        """Store a value in memory, if it is to be kept; return what is remembered of it.

        Args:
            name: Its name.
            values: What its node made, by base name.
            is_pure: Whether its node would make the same again.
        """
        base = base_name(name)
        if base not in values:
            return MadeOutput("")
        if name in self._plan.cached:
            return MadeOutput(self._cache.put_value(values[base]), identity=self._identify(values[base]))
        if name not in self._plan.kept or not is_pure or not self._limit:
            return MadeOutput("")
        packed = pack_result(values[base], self._limit, self._digest)
        if packed.why_not:
            return MadeOutput("", why_not=packed.why_not)
        digest = self._cache.put_bytes(packed.content, is_value=True)
        why_not = "" if digest else "the cache has no room"
        return MadeOutput(digest, why_not=why_not, identity=packed.identity)

    def _identify(self, value: Any) -> str:
        try:
            return self._digest(value)
        except (IndigestibleError, RecursionError):
            return ""

    def put_file(self, name: str, description: DatasetDescription) -> None:
        """Keep a copy of what was saved, if it is to be kept and is a file of this machine."""
        if name in self._plan.cached and description.is_local and Path(description.location).is_file():
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

    def has_sound_values(self, step: Step, key: str) -> bool:
        """Return whether all values that a step makes in memory are there, as they were kept."""
        digests = self._digests(step, key)
        if digests is None:
            return False
        unknown = set(digests.values()) - self._sound
        self._sound |= set(filter(self._cache.is_sound_value, unknown))
        return self._sound.issuperset(digests.values())

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
        may_be_there = key and (self._plan.cached | self._plan.kept).issuperset(wanted)
        entry = self._ledger.find(step.node.name, key) if may_be_there else None
        if entry is None:
            return None
        digests = {name: entry.outputs[name].digest for name in wanted if name in entry.outputs}
        return digests if len(digests) == len(wanted) and all(digests.values()) else None

    def digests(self, step: Step, key: str) -> dict[str, str]:
        """Return the digests of the values that a step makes in memory, if all are known."""
        return self._digests(step, key) or {}

    def load(self, digest: str) -> Any:
        """Return a value that was kept.

        Raises:
            LookupError: It is not there, or damaged.
        """
        return self._cache.value(digest)

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


class UnsavedResults:
    """Results of a run that no entry saves, and that reused steps had made.

    Args:
        plan: The plan.
        ledger: Knows why values were not kept.
        cached: Has those that were; None where nothing is kept.
    """

    def __init__(self, plan: Plan, ledger: Ledger, cached: CachedOutputs | None) -> None:
        self._plan = plan
        self._ledger = ledger
        self._cached = cached
        self._found: dict[str, str] = {}

    def reason(self, step: Step, key: str) -> str:
        """Return why a step has to make results again; empty if they are there, or it has none."""
        names = [name for name in step.node.outputs if name in self._plan.unsaved]
        if not names or (self._cached is not None and self._cached.has_sound_values(step, key)):
            return ""
        why = next(filter(None, (self.explain(step, key, name) for name in names)), "")
        return f'its output "{names[0]}" is not saved{why}'

    def explain(self, step: Step, key: str, name: str) -> str:
        """Return why a value in memory is not kept, as the end of a sentence; empty if unknown."""
        entry = self._ledger.find(step.node.name, key) if key else None
        made = entry.outputs.get(name) if entry is not None else None
        return f": {made.why_not}" if made is not None and made.why_not else ""

    def note(self, step: Step, key: str) -> None:
        """Remember where the results of a reused step are."""
        if self._cached is not None and any(one in self._plan.unsaved for one in step.node.outputs):
            self._found |= self._cached.digests(step, key)

    def loaders(self) -> dict[str, Callable[[], Any]]:
        """Return what loads the noted results, by base name."""
        if self._cached is None:
            return {}
        load = self._cached.load
        return {base_name(name): partial(load, digest) for name, digest in self._found.items()}

    def digests(self) -> list[str]:
        """Return the digests of the noted results."""
        return sorted(self._found.values())
