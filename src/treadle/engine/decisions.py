"""Decides whether a step runs or is reused, by comparing what it depends on with the ledger."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from treadle.catalog import Dataset
from treadle.engine.basis import Basis
from treadle.engine.key import NodeParts, explain_difference
from treadle.engine.ledger import NodeEntry
from treadle.engine.new_partitions import News
from treadle.engine.observed import Reading
from treadle.engine.plan import Step
from treadle.engine.reasons import explain_mismatch


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


class Decisions:
    """Decides for the steps of one plan.

    Args:
        basis: What decisions are based on.
        again: Why steps always run, by position.

    Attributes:
        parts: What each step that was decided depends on.
        keys: The key of each.
        readings: What each is known to read by path and from the environment.
        needed: Why steps run whose values another one needs, by position.
    """

    def __init__(self, basis: Basis, again: Mapping[int, str]) -> None:
        self.parts: dict[str, NodeParts] = {}
        self.keys: dict[str, str] = {}
        self.readings: dict[str, tuple[Reading, ...]] = {}
        self.needed: dict[int, str] = {}
        self._plan = basis.plan
        self._ledger = basis.ledger
        self._depends = basis.depends
        self._purity = basis.purity
        self._identities = basis.identities
        self._before = basis.before
        self._cached = basis.cached
        self._results = basis.results
        self._logs = basis.logs
        self._again = again
        self._fresh = basis.fresh
        self._news = News(basis.plan)

    def decide(self, position: int, identities: Mapping[str, str]) -> Decision:
        """Decide for a step.

        Args:
            position: The step.
            identities: What identifies its inputs; empty for one that cannot be compared.
        """
        step = self._plan.steps[position]
        parts = self.parts[step.node.name] = self._depends.of(step, identities)
        base = parts.key() if parts.is_comparable else ""
        # Values in memory that are not cached are not looked up: their origin identifies them.
        name = step.node.name
        is_memory = bool(step.node.outputs) and not self._saved(step)
        is_looked_up = not is_memory or self._before.reads(name) or self._logs.has_any(name)
        is_kept = self._identities.is_kept(step)
        is_looked_up = is_looked_up or is_kept
        entry = self._before.find(step.node.name, base) if is_looked_up else None
        key = self.keys[step.node.name] = entry.key if entry is not None else base
        self.readings[step.node.name] = self._before.readings(step.node.name, entry)
        reason = self._reason_to_run(position, step) or self._results.reason(step, key)
        if reason:
            return Decision("run", reason, key)
        reason = self._reason_of_inputs(parts)
        makes_values = bool(step.node.outputs) and not self._saved(step)
        is_known = not is_looked_up or (
            self._logs.can_repeat(entry) and (entry is not None or not is_kept)
        )
        if not reason and makes_values and is_known:
            reason = "nothing that runs needs it"
            return Decision("reuse", reason, key, is_lazy=True, has_log=_has_log(entry))
        decision = (
            Decision("run", reason, key) if reason else self._compare(step, parts, base, entry)
        )
        return self._spare(step, decision) if decision.action == "run" else decision

    def _saved(self, step: Step) -> dict[str, Dataset]:
        """Return the saved outputs of a step."""
        bound = ((name, self._plan.bound[name]) for name in step.node.outputs)
        return {name: dataset for name, dataset in bound if dataset is not None}

    def _compare(
        self, step: Step, parts: NodeParts, base: str, entry: NodeEntry | None
    ) -> Decision:
        """Decide by comparing with the ledger and with the saved outputs."""
        key = entry.key if entry is not None else base
        if entry is None and (changed := self._before.find_changed(step.node.name, base)):
            return Decision("run", changed, key)
        if entry is None:
            before = self._ledger.latest(step.node.name)
            why = explain_difference(before.parts, parts) if before else "it was not run before"
            return Decision("run", why, key)
        if not self._logs.can_repeat(entry):
            return Decision("run", "what it logged is not kept", key)
        restores = []
        for name, dataset in self._saved(step).items():
            if wrong := explain_mismatch(name, dataset, entry, self._ledger):
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
        before = self._ledger.latest(step.node.name)
        if before is None and not saved:
            return decision
        since = before.run if before else ""
        reason = f'there are no new partitions in "{source}"'
        return Decision("reuse", reason, since=since, has_log=_has_log(before))

    def _reason_to_run(self, position: int, step: Step) -> str:
        """Return why a step always runs; empty if it does not."""
        if self._fresh:
            return "everything is to run afresh"
        if impurity := self._purity.explain(step):
            return impurity
        if position in self._again:
            return self._again[position]
        if position in self.needed:
            return self.needed[position]
        return ""

    def _reason_of_inputs(self, parts: NodeParts) -> str:
        """Return why an input cannot be compared; empty if all can."""
        for name, identity in parts.inputs.items():
            if not identity:
                return f'its input "{name}" cannot be compared with what it was{self._advice(name)}'
        return ""

    def _advice(self, name: str) -> str:
        """Explain what to declare for an input that has no digest."""
        dataset = self._plan.bound[name]
        kind = dataset.describe().type if dataset is not None else ""
        if kind.startswith("sql"):
            return " (version: in its catalog entry would tell)"
        return (
            " (a digest() of its class would tell, or version: in its catalog entry)"
            if "." in kind
            else ""
        )


def _has_log(entry: NodeEntry | None) -> bool:
    return entry is not None and entry.has_log is True
