"""Identifies the inputs and outputs of steps, so that an equal output makes no later step stale.

Saved data is identified by its digest, a cached value in memory by its content. Where a step
returns the same as before, from other code or other data, later steps are reused (early cut-off).
A value that is not cached is identified by the key of the step that made it.
"""

from collections.abc import Mapping
from typing import Any, Final

from treadle.catalog import Dataset, MemoryDataset
from treadle.engine.dependencies import Dependencies
from treadle.engine.fingerprint import IndigestibleError
from treadle.engine.ledger import Ledger, MadeOutput
from treadle.engine.output_cache import CachedOutputs
from treadle.engine.plan import Plan, Step
from treadle.pipelines import base_name

_SMALL: Final = 10_000_000
"""Largest size in bytes of saved objects that are digested themselves, beside their file."""


class Identities:
    """Identities of the inputs and outputs of the steps of one plan.

    Args:
        plan: The plan.
        ledger: The ledger of earlier results.
        depends: Digests values, and the code in them.
        cached: The cached values in memory; None where none are cached.

    Attributes:
        makers: The steps, by the base names of their outputs.
        made: Identities of the outputs of steps that have run or were reused, by base name.
    """

    def __init__(
        self, plan: Plan, ledger: Ledger, depends: Dependencies, cached: CachedOutputs | None
    ) -> None:
        self.makers = {base_name(name): step for step in plan.steps for name in step.node.outputs}
        self.made: dict[str, str] = {}
        self._plan = plan
        self._ledger = ledger
        self._depends = depends
        self._cached = cached
        self._given: dict[str, str] = {}  # of values in memory given in the catalog

    def of_inputs(self, step: Step) -> dict[str, str]:
        """Return the identities of the inputs of a step whose parents have run or were reused."""
        return {name: self.of_input(name, self.made) for name in step.reads}

    def of_input(self, name: str, made: Mapping[str, Any]) -> Any:
        """Return the identity of an input; empty if it has none.

        Args:
            name: Its name.
            made: Identities of the outputs of steps, by base name.
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
        """Return whether some output of a step is in memory, and identified by its content."""
        return self._cached is not None and any(map(self._cached.keeps, step.node.outputs))

    def of_planned(self, step: Step, key: str, *, is_pure: bool) -> dict[str, str | None]:
        """Return the future identities of a step's outputs; None if known only after it runs.

        Args:
            step: The step.
            key: Its key; empty if unknown.
            is_pure: Whether it would return the same again.
        """
        is_told = bool(key) and is_pure and not self.is_kept(step)
        return {
            base_name(name): _derived(key, name)
            if is_told and self._plan.bound[name] is None
            else None
            for name in step.node.outputs
        }

    def of_reused(self, step: Step, key: str) -> dict[str, str]:
        """Return the identities of the outputs of a step that is reused.

        Args:
            step: The step.
            key: Its key; empty if unknown.
        """
        entry = self._ledger.find(step.node.name, key) if key else None
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

    def note_outputs(
        self, step: Step, key: str, values: Mapping[str, Any], *, is_pure: bool
    ) -> dict[str, MadeOutput]:
        """Return the ledger records of a step's outputs, and cache those to be cached.

        Args:
            step: The step.
            key: Its key; empty if it has none.
            values: What it returned, by base name, as far as available.
            is_pure: Whether it would return the same again.
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
                self.made[base] = (
                    made.identity or derived or self._digest_or_nothing(values.get(base))
                )
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
        """Return the identity of a saved output; for objects, with the code that loads them."""
        if not digest or not getattr(dataset, "runs_code", False):
            return digest
        return (
            told
            if told.startswith("value:")
            else f"{digest} {told or self._depends.digest_code(step)}"
        )

    def _tell_objects(
        self, dataset: Dataset, size: int, values: Mapping[str, Any], base: str
    ) -> str:
        """Return the identity of saved objects: their content, or for large ones only their code.

        It is empty if neither is known: then all code of the step that made them counts. Pickles of
        equal objects may differ, depending on which parts are the same object.
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
