"""Identifies what steps get and make, so that the same again makes nothing after it stale.

What is saved is told by its digest, and a value in memory that is kept by its content: where a step
makes the same as before, of other code or of other data, what follows is reused (early cut-off).
A value that is not kept is told by the key of what makes it.
"""

from collections.abc import Mapping
from typing import Any, Final

from treadle.catalog import Dataset, MemoryDataset
from treadle.engine.cached import CachedOutputs
from treadle.engine.dependencies import Dependencies
from treadle.engine.fingerprint import IndigestibleError
from treadle.engine.ledger import MadeOutput, NodeEntry
from treadle.engine.plan import Plan, Step
from treadle.pipelines import base_name

__all__ = ["Identities"]

_SMALL: Final = 10_000_000
"""Bytes of objects that are digested beside their file."""


class Identities:
    """What tells the inputs and the outputs of the steps of one plan.

    Args:
        plan: The plan.
        depends: Digests values, and the code in them.
        cached: Has the values in memory that are kept; None where none are.

    Attributes:
        makers: The steps, by the base names of their outputs.
        made: What tells the outputs of steps that have run or were reused, by base name.
    """

    def __init__(self, plan: Plan, depends: Dependencies, cached: CachedOutputs | None) -> None:
        self.makers = {base_name(name): step for step in plan.steps for name in step.node.outputs}
        self.made: dict[str, str] = {}
        self._plan = plan
        self._depends = depends
        self._cached = cached
        self._given: dict[str, str] = {}  # of values in memory that the catalog got

    def of_inputs(self, step: Step) -> dict[str, str]:
        """Return what tells the inputs of a step whose parents have run or were reused."""
        return {name: self.of_input(name, self.made) for name in step.reads}

    def of_input(self, name: str, made: Mapping[str, Any]) -> Any:
        """Return what tells an input; empty if nothing does.

        Args:
            name: Its name.
            made: What tells the outputs of steps, by base name.
        """
        base = base_name(name)
        if base in self.makers:
            return made.get(base)
        dataset = self._plan.bound[name]
        if isinstance(dataset, MemoryDataset):
            if name not in self._given:
                self._given[name] = self._digest_or_nothing(dataset.load())
            return self._given[name]
        if dataset is None:
            return ""
        digest = dataset.digest()
        declared = "" if digest else self._plan.catalog.specification(name).get("version")
        return f"declared:{declared}" if declared else digest

    def is_kept(self, step: Step) -> bool:
        """Return whether some output of a step is in memory, and told by its content."""
        return self._cached is not None and any(map(self._cached.keeps, step.node.outputs))

    def of_planned(self, step: Step, key: str, *, is_pure: bool) -> dict[str, str | None]:
        """Return what will tell the outputs of a step that is to run; None where only that shows.

        Args:
            step: The step.
            key: Its key; empty if unknown.
            is_pure: Whether it would make the same again.
        """
        is_told = bool(key) and is_pure and not self.is_kept(step)
        return {
            base_name(name): _derived(key, name) if is_told and self._plan.bound[name] is None else None
            for name in step.node.outputs
        }

    def of_reused(self, step: Step, key: str, entry: NodeEntry | None) -> dict[str, str]:
        """Return what tells the outputs of a step that is reused.

        Args:
            step: The step.
            key: Its key; empty if unknown.
            entry: What is remembered of it.
        """
        made = entry.outputs if entry is not None else {}
        found = {}
        for name in step.node.outputs:
            dataset = self._plan.bound[name]
            one = made.get(name, MadeOutput(""))
            if dataset is None:
                found[base_name(name)] = one.identity or (_derived(key, name) if key else "")
            elif entry is None:
                digest = dataset.describe(content=True).digest
                found[base_name(name)] = self._of_saved(step, dataset, digest, "")
            else:
                found[base_name(name)] = self._of_saved(step, dataset, one.digest, one.identity)
        return found

    def note_outputs(self, step: Step, key: str, values: Mapping[str, Any], *, is_pure: bool) -> dict[str, MadeOutput]:
        """Return what is remembered of the outputs of a step that has run; keep those that are kept.

        Args:
            step: The step.
            key: Its key; empty if it has none.
            values: What it made, by base name, as far as that is at hand.
            is_pure: Whether it would make the same again.
        """
        outputs = {}
        for name in step.node.outputs:
            base = base_name(name)
            dataset = self._plan.bound[name]
            if dataset is None:
                made = MadeOutput("")
                if self._cached is not None and key:
                    made = self._cached.put_value(name, values, is_pure=is_pure)
                derived = _derived(key, name) if key and is_pure else ""
                self.made[base] = made.identity or derived or self._digest_or_nothing(values.get(base))
            else:
                description = dataset.describe(content=True)
                told = self._tell_objects(dataset, description.size, values, base)
                made = MadeOutput(description.digest, description.location, identity=told)
                if self._cached is not None and key:
                    self._cached.put_file(name, description)
                self.made[base] = self._of_saved(step, dataset, made.digest, told)
            outputs[name] = made
        return outputs

    def _of_saved(self, step: Step, dataset: Dataset, digest: str, told: str) -> str:
        """Return what tells a saved output: of objects, the code that runs when they are loaded counts, too."""
        if not digest or not getattr(dataset, "runs_code", False):
            return digest
        return told if told.startswith("value:") else f"{digest} {told or self._depends.digest_code(step)}"

    def _tell_objects(self, dataset: Dataset, size: int, values: Mapping[str, Any], base: str) -> str:
        """Return what tells objects that were saved: their content, or of large ones only their code.

        It is empty where neither is known: then all code of their maker counts. Two pickles of
        equal objects may differ, by what in them is one object and what are two.
        """
        if base not in values or not getattr(dataset, "runs_code", False):
            return ""
        told = self._digest_or_nothing(values[base]) if size <= _SMALL else ""
        return told or self._depends.digest_code_in(values[base])

    def _digest_or_nothing(self, value: object) -> str:
        try:
            return self._depends.digest(value)
        except (IndigestibleError, RecursionError):
            return ""


def _derived(key: str, name: str) -> str:
    return f"{key}:{base_name(name)}"
