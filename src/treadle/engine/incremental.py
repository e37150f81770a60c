"""Decides for each node whether it runs or is reused, and explains why.

A node's key is the digest of all that it depends on. If the ledger has the key, and the saved
outputs are what it recorded, they are reused. A key needs the digests of the inputs. Before a run
they are known up to the first nodes that run; during it, new outputs are digested. A value that is
not saved is computed only when a node that runs needs it.
"""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from treadle.catalog import Dataset
from treadle.catalog.content_cache import ContentCache
from treadle.engine.cached import CachedOutputs, UnsavedResults
from treadle.engine.dependencies import Dependencies
from treadle.engine.fingerprint import CodeFingerprint
from treadle.engine.fingerprint.outside import hides_files
from treadle.engine.identities import Identities
from treadle.engine.key import NodeParts, explain_difference
from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.logged import KeptLogs, NodeLogs, RememberedLogs
from treadle.engine.made_before import MadeBefore, join_key
from treadle.engine.news import News
from treadle.engine.observed import Reading, Watch, readings_by_module
from treadle.engine.plan import Plan, Step
from treadle.engine.reasons import explain_impurity, explain_mismatch, find_again
from treadle.pipelines import base_name

__all__ = ["Decision", "Incremental"]


class Decision(msgspec.Struct, frozen=True):
    """The decision about one node."""

    action: Literal["run", "reuse"]
    reason: str
    key: str = ""
    """Empty if it is not known before the parents have run, or if the node has none."""
    since: str = ""
    """The run that made the reused outputs."""
    is_lazy: bool = False
    """Whether it returns only values in memory, and runs as soon as a running node needs one."""
    restores: tuple[str, ...] = ()
    """Outputs that have changed, and are restored from the cache."""
    has_log: bool = False
    """Whether it logged something when it made the reused outputs."""


class Incremental:
    """The incremental state of the nodes of one plan.

    Args:
        plan: The plan.
        ledger: The ledger of earlier results.
        fresh: Whether to run everything.
        seed: The run's seed; each node's is derived from it.
        again: Nodes that always run, with all nodes that need them.
        cache: Stores contents by digest; without it, nothing is cached.
        replacing: The plugin that may replace inputs of nodes, if any.
        folder: The project's folder: paths that nodes read there are stored relative to it.
        hooks: Functions of plugins that can change data on its way to and from a node.
        logs: Knows what nodes log; needs a cache. Without it, no logs are kept.
        result_limit: Largest size in bytes of an unsaved result that is cached.

    Raises:
        PipelineError: There is no such node.

    Attributes:
        plan: The plan.
        ledger: The ledger.
        logs: What steps log, and logged in earlier runs.
        results: Results of reused steps that are not saved.
    """

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        *,
        fresh: bool = False,
        seed: int = 0,
        again: Collection[str] = (),
        cache: ContentCache | None = None,
        replacing: str = "",
        folder: Path | None = None,
        hooks: Collection[Callable[..., Any]] = (),
        logs: NodeLogs | None = None,
        result_limit: int = 0,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self._depends = Dependencies(plan, folder or Path.cwd(), seed, hooks)
        self._now = self._depends.now
        self._before = MadeBefore(ledger, self._now)
        self._fresh = fresh
        self._parts: dict[str, NodeParts] = {}
        self._keys: dict[str, str] = {}
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._needed: dict[int, str] = {}
        self._inputs: dict[str, dict[str, str | None]] = {}
        self._again = find_again(plan, again)
        self._news = News(plan)
        self._cache = cache
        self._cached: CachedOutputs | None = None
        if cache is not None and (plan.cached or plan.kept):
            self._cached = CachedOutputs(plan, ledger, cache, result_limit, self._depends.digest)
        self._identities = Identities(plan, self._depends, self._cached)
        self._restored: dict[int, dict[str, Any]] = {}
        self._taken: set[int] = set()
        self.results = UnsavedResults(plan, ledger, self._cached)
        kept = KeptLogs(logs, cache) if logs is not None and cache is not None else None
        self.logs = RememberedLogs(ledger, kept)
        self._replacing = replacing

    def preview(self) -> list[Decision]:
        """Decide for every step before the run; one that depends on a result counts as running."""
        for step in self.plan.steps:
            self.code(step)  # now, as it may be edited during the run
        self._needed = {}
        while True:
            decisions = self._simulate()
            needed = self._find_needed(decisions)
            if not needed:
                return [*map(self._with_taken, range(len(decisions)), decisions)]
            self._needed |= needed

    def settle(self, position: int) -> Decision:
        """Decide for a step whose parents are done or reused."""
        step = self.plan.steps[position]
        decision = self._decide(position, self._identities.of_inputs(step))
        if decision.restores and self._cached is not None and not self._cached.restore(step, decision):
            decision = Decision("run", f'its output "{decision.restores[0]}" cannot be restored', decision.key)
        decision = self._with_taken(position, decision)
        if decision.action == "reuse":
            self._identities.made |= self._identities_reused(step, decision)
        return decision

    def note_run(self, position: int, run: str, values: Mapping[str, Any], watch: Watch) -> str:
        """Record what a step made, and return its key.

        Args:
            position: The step.
            run: The run.
            values: What it returned, by base name, as far as available.
            watch: What it read by path and from the environment.
        """
        step = self.plan.steps[position]
        parts = self._refresh_parts(step)
        logged = self.logs.end(step.node.name)
        readings, is_same = watch.finish(self._now) if not watch.is_empty else ((), True)
        base = parts.key() if parts.is_comparable and is_same and not self._may_be_replaced(step) else ""
        # What it read may have changed meanwhile: then the true inputs are unknown.
        if parts.inputs != self._identities.of_inputs(step):
            base = ""
        self._readings[step.node.name] = readings
        key = join_key(base, readings)
        outputs = self._identities.note_outputs(step, key, values, is_pure=not self._impurity(step))
        if self._cached is not None and key:
            self._cached.put_inputs(step)
        if key:
            self._before.add_reader(step.node.name)
            base = base if readings else ""
            has_log = None if logged is None else bool(logged)
            name, now = step.node.name, time.time()
            entry = NodeEntry(name, key, run, now, parts, outputs, base, readings, has_log)
            self.ledger.add(entry, logged)
            if any(one.location or name in self.plan.cached for name, one in outputs.items()):
                self.ledger.flush()  # so that it is known even if the process is killed next
            elif any(one.digest for one in outputs.values()):
                self.ledger.flush_soon()
        return key

    def _refresh_parts(self, step: Step) -> NodeParts:
        """Return a step's parts, with the new keys of the makers of its in-memory inputs."""
        parts = self._parts[step.node.name]
        now = self._identities.of_inputs(step)
        made = {name: one for name, one in now.items() if one and self.plan.bound[name] is None}
        return msgspec.structs.replace(parts, inputs=parts.inputs | made)

    def readings(self, step: Step) -> tuple[Reading, ...]:
        """Return what a step reads by path and from the environment, as known to the preview."""
        return self._readings.get(step.node.name, ())

    def readings_of_imports(self) -> dict[str, tuple[Reading, ...]]:
        """Return what modules read during import, by module."""
        return readings_by_module(self._now)

    def code(self, step: Step) -> CodeFingerprint:
        """Fingerprint the code of a step."""
        return self._depends.code(step)

    def inputs(self, step: Step) -> dict[str, str | None]:
        """Return the digests of a step's inputs known to the preview; None for those made again."""
        return self._inputs[step.node.name]

    def seed(self, step: Step) -> int:
        """Return the seed of a step."""
        return self._depends.seed(step)

    def take_from_cache(self, position: int) -> bool:
        """Load a reused step's values from the cache, for `restored`; return whether all exist."""
        step = self.plan.steps[position]
        key = self._keys[step.node.name]
        values = self._cached.values(step, key) if self._cached is not None else None
        if values is not None:
            self._restored[position] = values
        return values is not None

    def restored(self, position: int) -> dict[str, Any] | None:
        """Return the values that `take_from_cache` loaded, by base name; only once."""
        return self._restored.pop(position, None)

    def flush(self) -> None:
        """Write the ledger, and shrink the cache to its limit."""
        self.ledger.flush()
        if self._cache is not None:
            self._cache.tidy()

    def _simulate(self) -> list[Decision]:
        made: dict[str, str | None] = {}
        decisions = []
        for position, step in enumerate(self.plan.steps):
            identities = {name: self._identities.of_input(name, made) for name in step.reads}
            self._inputs[step.node.name] = identities
            unknown = [name for name, identity in identities.items() if identity is None]
            if unknown and not self._fresh and not self._impurity(step):
                decision = Decision("run", f'its input "{unknown[0]}" is made again')
                key = ""
            else:
                known = {name: identity or "" for name, identity in identities.items()}
                decision = self._decide(position, known)
                key = decision.key
            decisions.append(decision)
            if decision.action == "reuse":
                made |= self._identities_reused(step, decision)
                continue
            is_pure = not self._impurity(step) and not self._fresh
            made |= self._identities.of_planned(step, key, is_pure=is_pure)
        return decisions

    def _find_needed(self, decisions: list[Decision]) -> dict[int, str]:
        """Find the reusable steps whose values a step that runs needs."""
        positions = {id(step): position for position, step in enumerate(self.plan.steps)}
        needed: dict[int, str] = {}
        for own, step in reversed(list(enumerate(self.plan.steps))):  # makers come first
            if decisions[own].action == "reuse" and own not in needed:
                continue
            for name in step.reads:
                maker = self._identities.makers.get(base_name(name))
                if maker is None or self.plan.bound[name] is not None:
                    continue
                position = positions[id(maker)]
                is_there = self._cached is not None and self._cached.has_values(maker, decisions[position].key)
                if is_there:
                    self._taken.add(position)
                elif decisions[position].action == "reuse":
                    why = self.results.explain(maker, decisions[position].key, name)
                    what = f'"{step.node.name}" needs its output "{name}"'
                    needed[position] = f"{what}, which is not saved{why}"
        return needed

    def _decide(self, position: int, identities: Mapping[str, str]) -> Decision:
        step = self.plan.steps[position]
        parts = self._parts[step.node.name] = self._depends.of(step, identities)
        base = parts.key() if parts.is_comparable else ""
        # Values in memory that are not cached are not looked up: their origin identifies them.
        name = step.node.name
        is_memory = bool(step.node.outputs) and not self._saved(step)
        is_looked_up = not is_memory or self._before.reads(name) or self.logs.has_any(name)
        is_kept = self._identities.is_kept(step)
        is_looked_up = is_looked_up or is_kept
        entry = self._before.find(step.node.name, base) if is_looked_up else None
        key = self._keys[step.node.name] = entry.key if entry is not None else base
        self._readings[step.node.name] = self._before.readings(step.node.name, entry)
        reason = self._reason_to_run(position, step) or self.results.reason(step, key)
        if reason:
            return Decision("run", reason, key)
        reason = self._reason_of_inputs(parts)
        makes_values = bool(step.node.outputs) and not self._saved(step)
        is_known = not is_looked_up or (self.logs.can_repeat(entry) and (entry is not None or not is_kept))
        if not reason and makes_values and is_known:
            reason = "nothing that runs needs it"
            return Decision("reuse", reason, key, is_lazy=True, has_log=_has_log(entry))
        decision = Decision("run", reason, key) if reason else self._compare(step, parts, base, entry)
        return self._spare(step, decision) if decision.action == "run" else decision

    def _saved(self, step: Step) -> dict[str, Dataset]:
        """Return the saved outputs of a step."""
        bound = ((name, self.plan.bound[name]) for name in step.node.outputs)
        return {name: dataset for name, dataset in bound if dataset is not None}

    def _compare(self, step: Step, parts: NodeParts, base: str, entry: NodeEntry | None) -> Decision:
        """Decide by comparing with the ledger and with the saved outputs."""
        key = entry.key if entry is not None else base
        if entry is None and (changed := self._before.find_changed(step.node.name, base)):
            return Decision("run", changed, key)
        if entry is None:
            before = self.ledger.latest(step.node.name)
            why = explain_difference(before.parts, parts) if before else "it was not run before"
            return Decision("run", why, key)
        if not self.logs.can_repeat(entry):
            return Decision("run", "what it logged is not kept", key)
        restores = []
        for name, dataset in self._saved(step).items():
            if wrong := explain_mismatch(name, dataset, entry, self.ledger):
                if self._cached is None or not self._cached.has_file(name, dataset, entry):
                    return Decision("run", wrong, key)
                restores.append(name)
        how = f", and restored from the cache: {', '.join(restores)}" if restores else ""
        reason = f"unchanged since run {entry.run[-8:]}{how}"
        restored = tuple(restores)
        return Decision("reuse", reason, key, entry.run, restores=restored, has_log=_has_log(entry))

    def _spare(self, step: Step, decision: Decision) -> Decision:
        """Reuse a step's outputs of earlier partitions if there are no new ones.

        It would get an empty dict, and what it returned for that would replace its outputs.
        """
        source = self._news.missing_for(step)
        saved = self._saved(step)
        if not source or not all(dataset.exists() for dataset in saved.values()):
            return decision
        before = self.ledger.latest(step.node.name)
        if before is None and not saved:
            return decision
        since = before.run if before else ""
        reason = f'there are no new partitions in "{source}"'
        return Decision("reuse", reason, since=since, has_log=_has_log(before))

    def _reason_to_run(self, position: int, step: Step) -> str:
        """Return why a step always runs; empty if it does not."""
        if self._fresh:
            return "everything is to run afresh"
        if impurity := self._impurity(step):
            return impurity
        if position in self._again:
            return self._again[position]
        if position in self._needed:
            return self._needed[position]
        return ""

    def _with_taken(self, position: int, decision: Decision) -> Decision:
        """Return a decision with its reason, for a reused step whose values are in the cache."""
        if not decision.is_lazy:
            return decision
        outputs = self.plan.steps[position].node.outputs
        is_result = any(name in self.plan.unsaved for name in outputs)
        is_taken = is_result or position in self._taken
        if not is_taken:
            return decision
        return msgspec.structs.replace(decision, reason="it is in the cache")

    def _reason_of_inputs(self, parts: NodeParts) -> str:
        """Return why an input cannot be compared; empty if all can."""
        for name, identity in parts.inputs.items():
            if not identity:
                return f'its input "{name}" cannot be compared with what it was{self._advice(name)}'
        return ""

    def _advice(self, name: str) -> str:
        """Explain what to declare for an input that has no digest."""
        dataset = self.plan.bound[name]
        kind = dataset.describe().type if dataset is not None else ""
        if kind.startswith("sql"):
            return " (version: in its catalog entry would tell)"
        return " (a digest() of its class would tell, or version: in its catalog entry)" if "." in kind else ""

    def _may_be_replaced(self, step: Step) -> bool:
        """Return whether a plugin may replace the inputs that the node's key was computed from."""
        return bool(self._replacing) and bool(step.node.inputs) and step.node.cache is not True

    def _impurity(self, step: Step) -> str:
        """Return why a node is never reused; empty if it may be."""
        if reason := explain_impurity(self.plan, step):
            return reason
        if self._may_be_replaced(step):
            return f"the plugin {self._replacing} may replace its inputs (cache=True says it does not)"
        hidden = next((one.what for one in self.code(step).outside if hides_files(one.what)), "")
        if hidden and step.node.cache is None:
            return f"it uses {hidden}, and nothing observes which files that opens (cache=True says none)"
        return ""

    def _identities_reused(self, step: Step, decision: Decision) -> dict[str, str]:
        entry = self.ledger.find(step.node.name, decision.key) if decision.key else None
        return self._identities.of_reused(step, decision.key, entry)


def _has_log(entry: NodeEntry | None) -> bool:
    return entry is not None and entry.has_log is True
