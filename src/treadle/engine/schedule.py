"""Finds the steps of a plan that can start: their parents are settled, their values available."""

from collections.abc import Callable

from treadle.engine.plan import Plan
from treadle.pipelines import base_name


class Schedule:
    """The order of one execution.

    A step is settled when it has run or is reused. A reused step returns no values: when a step
    that runs needs one of them, it is demanded, and runs after all.

    Attributes:
        done: The steps that have run or are reused.
        demanded: Steps that run only because another one needs them, with that one.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.done: set[int] = set()
        self.demanded: dict[int, int] = {}
        self._reused: set[int] = set()
        self._running: set[int] = set()
        self._blocked: dict[int, set[int]] = {}
        self._waiting = [len(step.parents) for step in plan.steps]
        self._children: list[list[int]] = [[] for _ in plan.steps]
        for position, step in enumerate(plan.steps):
            for parent in step.parents:
                self._children[parent].append(position)

    @property
    def is_running(self) -> bool:
        """Whether any step has yet to complete."""
        return bool(self._running)

    def begin(self) -> list[int]:
        """Return the steps that wait for nothing."""
        return [position for position, count in enumerate(self._waiting) if not count]

    def reuse(self, position: int) -> list[int]:
        """Settle a step without running it; return those that waited for it."""
        self._reused.add(position)
        return self._settle(position)

    def finish(self, position: int) -> list[int]:
        """Settle a step that has run; return those that waited for it or were blocked by it."""
        self._running.discard(position)
        ready = [] if position in self._reused else self._settle(position)
        self._reused.discard(position)
        for other, blockers in self._blocked.items():
            blockers.discard(position)
            if not blockers:
                ready.append(other)
        return ready

    def _settle(self, position: int) -> list[int]:
        self.done.add(position)
        ready = []
        for child in self._children[position]:
            self._waiting[child] -= 1
            if not self._waiting[child]:
                ready.append(child)
        return ready

    def demand(self, position: int, can_restore: Callable[[int], bool]) -> list[int]:
        """Mark a step to run; return what can start now: it, or reused ones that it needs.

        Args:
            position: The step.
            can_restore: Whether a reused step's values come from elsewhere: it needs none itself.
        """
        starts: list[int] = []
        stack = [position]
        while stack:
            one = stack.pop()
            if one in self._running:
                continue
            self._running.add(one)
            if blockers := self._blockers(one, can_restore):
                self._blocked[one] = blockers
                for maker in blockers:
                    self.demanded.setdefault(maker, one)
                stack += sorted(blockers)
            else:
                starts.append(one)
        return starts

    def _blockers(self, position: int, can_restore: Callable[[int], bool]) -> set[int]:
        """Find the parents that have to run before a step, as it reads their values in memory."""
        if position in self._reused and can_restore(position):
            return set()
        pending = {
            parent
            for parent in self._plan.steps[position].parents
            if parent in self._reused or (parent in self._running and parent not in self.done)
        }
        # Mostly none is pending: what a step reads is looked at only where one is.
        return pending & self._value_makers(position) if pending else set()

    def is_blocked_no_more(self, position: int) -> bool:
        """Return whether a step waited for values and has them now, so is already decided."""
        if position not in self._blocked:
            return False
        del self._blocked[position]
        return True

    def _value_makers(self, position: int) -> set[int]:
        """Find the parents whose values in memory a step reads."""
        step = self._plan.steps[position]
        wanted = {base_name(name) for name in step.reads if self._plan.bound[name] is None}
        return {
            parent
            for parent in step.parents
            if wanted & {base_name(name) for name in self._plan.steps[parent].node.outputs}
        }
