"""Decides for all steps of a plan before any of them runs."""

import msgspec

from treadle.engine.basis import Basis
from treadle.engine.decisions import Decision, Decisions
from treadle.pipelines import base_name


class Preview:
    """The decisions about one plan, as far as they are known before the run.

    Args:
        basis: What decisions are based on.
        decisions: Decides for one step.

    Attributes:
        inputs: The digests of the inputs of each step, by node; None for those made again.
    """

    def __init__(self, basis: Basis, decisions: Decisions) -> None:
        self.inputs: dict[str, dict[str, str | None]] = {}
        self._plan = basis.plan
        self._decisions = decisions
        self._purity = basis.purity
        self._identities = basis.identities
        self._cached = basis.cached
        self._results = basis.results
        self._fresh = basis.fresh
        self._taken: set[int] = set()

    def decide(self) -> list[Decision]:
        """Decide for every step; one that depends on a result counts as running."""
        self._decisions.needed.clear()
        while True:
            decisions = self._simulate()
            needed = self._find_needed(decisions)
            if not needed:
                return [*map(self.with_taken, range(len(decisions)), decisions)]
            self._decisions.needed.update(needed)

    def with_taken(self, position: int, decision: Decision) -> Decision:
        """Return a decision with its reason, for a reused step whose values are in the cache."""
        if not decision.is_lazy:
            return decision
        outputs = self._plan.steps[position].node.outputs
        is_result = any(name in self._plan.unsaved for name in outputs)
        is_taken = is_result or position in self._taken
        if not is_taken:
            return decision
        return msgspec.structs.replace(decision, reason="it is in the cache")

    def _simulate(self) -> list[Decision]:
        made: dict[str, str | None] = {}
        decisions = []
        for position, step in enumerate(self._plan.steps):
            identities = {name: self._identities.of_input(name, made) for name in step.reads}
            self.inputs[step.node.name] = identities
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
                made |= self._identities.of_reused(step, decision.key)
                continue
            is_pure = not self._purity.explain(step) and not self._fresh
            made |= self._identities.of_planned(step, key, is_pure=is_pure)
        return decisions

    def _find_needed(self, decisions: list[Decision]) -> dict[int, str]:
        """Find the reusable steps whose values a step that runs needs."""
        positions = {id(step): position for position, step in enumerate(self._plan.steps)}
        needed: dict[int, str] = {}
        for own, step in reversed(list(enumerate(self._plan.steps))):  # makers come first
            if decisions[own].action == "reuse" and own not in needed:
                continue
            for name in step.reads:
                maker = self._identities.makers.get(base_name(name))
                if maker is None or self._plan.bound[name] is not None:
                    continue
                position = positions[id(maker)]
                is_there = self._cached is not None and self._cached.has_values(
                    maker, decisions[position].key
                )
                if is_there:
                    self._taken.add(position)
                elif decisions[position].action == "reuse":
                    why = self._results.explain(maker, decisions[position].key, name)
                    what = f'"{step.node.name}" needs its output "{name}"'
                    needed[position] = f"{what}, which is not saved{why}"
        return needed
