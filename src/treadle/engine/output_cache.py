"""Stores outputs of a plan in the cache and restores them.

Cached are the outputs with ``cache: store`` and small results without a catalog entry.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from treadle.catalog import Dataset, DatasetDescription
from treadle.catalog.cache import ContentCache
from treadle.engine.fingerprint import IndigestibleError
from treadle.engine.ledger import Ledger, MadeOutput, NodeEntry
from treadle.engine.plan import Plan, Step
from treadle.engine.results import pack_result
from treadle.pipelines import base_name


class Restoring(Protocol):
    """A decision that names the outputs to restore."""

    @property
    def key(self) -> str:
        """The digest of all that the node run depends on."""
        ...

    @property
    def restores(self) -> tuple[str, ...]:
        """The outputs that are restored from the cache."""
        ...


class CachedOutputs:
    """The cached outputs of one plan.

    Args:
        plan: The plan.
        ledger: Knows the digests of earlier outputs.
        cache: Stores the contents.
        limit: Largest size in bytes of a result without an entry; 0 caches none.
        digest: Digests a value and the code in it; raises IndigestibleError.
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
        self._sound: set[str] = set()  # digests of contents that have been verified

    def keeps(self, name: str) -> bool:
        """Return whether a value in memory is to be cached."""
        is_small = bool(self._limit) and name in self._plan.kept
        return self._plan.bound[name] is None and (is_small or name in self._plan.cached)

    def put_value(self, name: str, values: Mapping[str, Any], *, is_pure: bool) -> MadeOutput:
        """Cache a value in memory if it is to be cached; return its ledger record.

        Args:
            name: Its name.
            values: What the node returned, by base name.
            is_pure: Whether the node would return the same again.
        """
        base = base_name(name)
        if base not in values:
            return MadeOutput("")
        if name in self._plan.cached:
            return MadeOutput(
                self._cache.put_value(values[base]), identity=self._identify(values[base])
            )
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
        """Cache a copy of a saved output if its entry asks for it and it is a local file."""
        if (
            name in self._plan.cached
            and description.is_local
            and Path(description.location).is_file()
        ):
            self._cache.put_file(Path(description.location), description.digest)

    def put_inputs(self, step: Step) -> None:
        """Cache a copy of each input whose entry asks for it, so that a run can be repeated."""
        for name in step.reads:
            dataset = self._plan.bound[name]
            if name in self._plan.cached and dataset is not None:
                self.put_file(name, dataset.describe(content=True))

    def has_values(self, step: Step, key: str) -> bool:
        """Return whether all in-memory outputs of a step are in the cache."""
        digests = self._digests(step, key)
        return digests is not None and all(map(self._cache.has_value, digests.values()))

    def has_sound_values(self, step: Step, key: str) -> bool:
        """Return whether all in-memory outputs of a step are in the cache, and undamaged."""
        digests = self._digests(step, key)
        if digests is None:
            return False
        unknown = set(digests.values()) - self._sound
        self._sound |= set(filter(self._cache.is_sound_value, unknown))
        return self._sound.issuperset(digests.values())

    def values(self, step: Step, key: str) -> dict[str, Any] | None:
        """Return all in-memory outputs of a step by base name; None if one is missing."""
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
        """Return the digests of the in-memory outputs of a step, if all are known."""
        return self._digests(step, key) or {}

    def load(self, digest: str) -> Any:
        """Return a cached value.

        Raises:
            LookupError: It is missing or damaged.
        """
        return self._cache.value(digest)

    def has_file(self, name: str, dataset: Dataset, entry: NodeEntry) -> bool:
        """Return whether a copy of a step's saved output is in the cache."""
        made = entry.outputs.get(name)
        description = dataset.describe()
        is_file = description.is_local and not getattr(dataset, "versions", list)()
        if name not in self._plan.cached or made is None or not made.digest or not is_file:
            return False
        return not Path(description.location).is_dir() and self._cache.has(made.digest)

    def restore(self, step: Step, decision: Restoring) -> bool:
        """Restore outputs to where they were saved; return whether all could be restored."""
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
    """Results of a run that have no catalog entry and that reused steps returned earlier.

    Args:
        plan: The plan.
        ledger: Knows why values were not cached.
        cached: The cached values; None where nothing is cached.
    """

    def __init__(self, plan: Plan, ledger: Ledger, cached: CachedOutputs | None) -> None:
        self._plan = plan
        self._ledger = ledger
        self._cached = cached
        self._found: dict[str, str] = {}

    def reason(self, step: Step, key: str) -> str:
        """Return why a step has to compute its results again; empty if it need not."""
        names = [name for name in step.node.outputs if name in self._plan.unsaved]
        if not names or (self._cached is not None and self._cached.has_sound_values(step, key)):
            return ""
        why = next(filter(None, (self.explain(step, key, name) for name in names)), "")
        return f'its output "{names[0]}" is not saved{why}'

    def explain(self, step: Step, key: str, name: str) -> str:
        """Return why a value in memory is not cached, as the end of a sentence, or nothing."""
        entry = self._ledger.find(step.node.name, key) if key else None
        made = entry.outputs.get(name) if entry is not None else None
        return f": {made.why_not}" if made is not None and made.why_not else ""

    def note(self, step: Step, key: str) -> None:
        """Remember where the results of a reused step are stored."""
        if self._cached is not None and any(one in self._plan.unsaved for one in step.node.outputs):
            self._found |= self._cached.digests(step, key)

    def loaders(self) -> dict[str, Callable[[], Any]]:
        """Return functions that load the noted results, by base name."""
        if self._cached is None:
            return {}
        load = self._cached.load
        return {base_name(name): partial(load, digest) for name, digest in self._found.items()}

    def digests(self) -> list[str]:
        """Return the digests of the noted results."""
        return sorted(self._found.values())
