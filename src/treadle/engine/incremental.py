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

from treadle.catalog.cache import ContentCache
from treadle.engine.basis import create_basis
from treadle.engine.decisions import Decision, Decisions
from treadle.engine.fingerprint import CodeFingerprint
from treadle.engine.key import NodeParts
from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.ledger_lookup import join_key
from treadle.engine.logged import NodeLogs
from treadle.engine.observed import Reading, Watch, readings_by_module
from treadle.engine.plan import Plan, Step
from treadle.engine.preview import Preview
from treadle.engine.reasons import find_again


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
        basis = create_basis(
            plan,
            ledger,
            fresh=fresh,
            seed=seed,
            cache=cache,
            replacing=replacing,
            folder=folder or Path.cwd(),
            hooks=hooks,
            logs=logs,
            result_limit=result_limit,
        )
        self.plan = plan
        self.ledger = ledger
        self.results = basis.results
        self.logs = basis.logs
        self._basis = basis
        self._cache = cache
        self._restored: dict[int, dict[str, Any]] = {}
        self._decisions = Decisions(basis, find_again(plan, again))
        self._preview = Preview(basis, self._decisions)

    def preview(self) -> list[Decision]:
        """Decide for every step before the run; one that depends on a result counts as running."""
        for step in self.plan.steps:
            self.code(step)  # now, as it may be edited during the run
        return self._preview.decide()

    def settle(self, position: int) -> Decision:
        """Decide for a step whose parents are done or reused."""
        step = self.plan.steps[position]
        decision = self._decisions.decide(position, self._basis.identities.of_inputs(step))
        if (
            decision.restores
            and self._basis.cached is not None
            and not self._basis.cached.restore(step, decision)
        ):
            decision = Decision(
                "run", f'its output "{decision.restores[0]}" cannot be restored', decision.key
            )
        decision = self._preview.with_taken(position, decision)
        if decision.action == "reuse":
            self._basis.identities.made |= self._basis.identities.of_reused(step, decision.key)
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
        readings, is_same = (
            watch.finish(self._basis.depends.now) if not watch.is_empty else ((), True)
        )
        base = (
            parts.key()
            if parts.is_comparable and is_same and not self._basis.purity.may_be_replaced(step)
            else ""
        )
        # What it read may have changed meanwhile: then the true inputs are unknown.
        if parts.inputs != self._basis.identities.of_inputs(step):
            base = ""
        self._decisions.readings[step.node.name] = readings
        key = join_key(base, readings)
        outputs = self._basis.identities.note_outputs(
            step, key, values, is_pure=not self._basis.purity.explain(step)
        )
        if self._basis.cached is not None and key:
            self._basis.cached.put_inputs(step)
        if key:
            self._basis.before.add_reader(step.node.name)
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
        now = self._basis.identities.of_inputs(step)
        made = {name: one for name, one in now.items() if one and self.plan.bound[name] is None}
        return msgspec.structs.replace(parts, inputs=parts.inputs | made)

    def readings(self, step: Step) -> tuple[Reading, ...]:
        """Return what a step reads by path and from the environment, as known to the preview."""
        return self._decisions.readings.get(step.node.name, ())

    def readings_of_imports(self) -> dict[str, tuple[Reading, ...]]:
        """Return what modules read during import, by module."""
        return readings_by_module(self._basis.depends.now)

    def code(self, step: Step) -> CodeFingerprint:
        """Fingerprint the code of a step."""
        return self._basis.depends.code(step)

    def inputs(self, step: Step) -> dict[str, str | None]:
        """Return the digests of a step's inputs known to the preview; None for those made again."""
        return self._preview.inputs[step.node.name]

    def seed(self, step: Step) -> int:
        """Return the seed of a step."""
        return self._basis.depends.seed(step)

    def take_from_cache(self, position: int) -> bool:
        """Load a reused step's values from the cache, for `restored`; return whether all exist."""
        step = self.plan.steps[position]
        key = self._decisions.keys[step.node.name]
        values = self._basis.cached.values(step, key) if self._basis.cached is not None else None
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
