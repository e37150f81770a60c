"""Decides for each node whether it runs or is reused, and explains why.

A node's key is the digest of all that it depends on. If the ledger has the key, and the saved
outputs are what it recorded, they are reused. A key needs the digests of the inputs. Before a run
they are known up to the first nodes that run; during it, new outputs are digested. A value that is
not saved is computed only when a node that runs needs it.
"""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog.content_cache import ContentCache
from treadle.engine.decisions import Decision, Decisions, Purity
from treadle.engine.dependencies import Dependencies
from treadle.engine.fingerprint import CodeFingerprint
from treadle.engine.identities import Identities
from treadle.engine.key import NodeParts
from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.ledger_lookup import MadeBefore, join_key
from treadle.engine.logged import KeptLogs, NodeLogs, RememberedLogs
from treadle.engine.observed import Reading, Watch, readings_by_module
from treadle.engine.output_cache import CachedOutputs, UnsavedResults
from treadle.engine.plan import Plan, Step
from treadle.engine.reasons import find_again
from treadle.pipelines import base_name


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
        self._inputs: dict[str, dict[str, str | None]] = {}
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
        self._purity = Purity(plan, self._depends, replacing)
        self._decisions = Decisions(
            plan,
            ledger,
            self._depends,
            self._purity,
            self._identities,
            before=self._before,
            cached=self._cached,
            results=self.results,
            logs=self.logs,
            again=find_again(plan, again),
            fresh=fresh,
        )

    def preview(self) -> list[Decision]:
        """Decide for every step before the run; one that depends on a result counts as running."""
        for step in self.plan.steps:
            self.code(step)  # now, as it may be edited during the run
        self._decisions.needed.clear()
        while True:
            decisions = self._simulate()
            needed = self._find_needed(decisions)
            if not needed:
                return [*map(self._with_taken, range(len(decisions)), decisions)]
            self._decisions.needed.update(needed)

    def settle(self, position: int) -> Decision:
        """Decide for a step whose parents are done or reused."""
        step = self.plan.steps[position]
        decision = self._decisions.decide(position, self._identities.of_inputs(step))
        if (
            decision.restores
            and self._cached is not None
            and not self._cached.restore(step, decision)
        ):
            decision = Decision(
                "run", f'its output "{decision.restores[0]}" cannot be restored', decision.key
            )
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
        base = (
            parts.key()
            if parts.is_comparable and is_same and not self._purity.may_be_replaced(step)
            else ""
        )
        # What it read may have changed meanwhile: then the true inputs are unknown.
        if parts.inputs != self._identities.of_inputs(step):
            base = ""
        self._decisions.readings[step.node.name] = readings
        key = join_key(base, readings)
        outputs = self._identities.note_outputs(
            step, key, values, is_pure=not self._purity.explain(step)
        )
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
        parts = self._decisions.parts[step.node.name]
        now = self._identities.of_inputs(step)
        made = {name: one for name, one in now.items() if one and self.plan.bound[name] is None}
        return msgspec.structs.replace(parts, inputs=parts.inputs | made)

    def readings(self, step: Step) -> tuple[Reading, ...]:
        """Return what a step reads by path and from the environment, as known to the preview."""
        return self._decisions.readings.get(step.node.name, ())

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
        key = self._decisions.keys[step.node.name]
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
            if unknown and not self._fresh and not self._purity.explain(step):
                decision = Decision("run", f'its input "{unknown[0]}" is made again')
                key = ""
            else:
                known = {name: identity or "" for name, identity in identities.items()}
                decision = self._decisions.decide(position, known)
                key = decision.key
            decisions.append(decision)
            if decision.action == "reuse":
                made |= self._identities_reused(step, decision)
                continue
            is_pure = not self._purity.explain(step) and not self._fresh
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
                is_there = self._cached is not None and self._cached.has_values(
                    maker, decisions[position].key
                )
                if is_there:
                    self._taken.add(position)
                elif decisions[position].action == "reuse":
                    why = self.results.explain(maker, decisions[position].key, name)
                    what = f'"{step.node.name}" needs its output "{name}"'
                    needed[position] = f"{what}, which is not saved{why}"
        return needed

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

    def _identities_reused(self, step: Step, decision: Decision) -> dict[str, str]:
        entry = self.ledger.find(step.node.name, decision.key) if decision.key else None
        return self._identities.of_reused(step, decision.key, entry)
