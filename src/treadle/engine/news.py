"""Knows which steps have nothing to do because nothing new has come to the datasets that they work through."""

from treadle.catalog import ConfirmableDataset
from treadle.engine.plan import Plan, Step
from treadle.pipelines import base_name

__all__ = ["News"]


class News:
    """The incremental datasets that the steps of one plan get their data from.

    A step gets data from a dataset that it reads, and through values in memory from those that
    the makers of these values read.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._makers = {base_name(name): step for step in plan.steps for name in step.node.outputs}
        self._sources: dict[str, dict[str, ConfirmableDataset]] = {}

    def missing_for(self, step: Step) -> str:
        """Return the name of the dataset that has nothing new for a step.

        Empty where the step gets its data from elsewhere, or one such dataset has something new.
        """
        sources = self._sources_of(step)
        if any(dataset.has_new() for dataset in sources.values()):
            return ""
        return next(iter(sources), "")

    def _sources_of(self, step: Step) -> dict[str, ConfirmableDataset]:
        known = self._sources.get(step.node.name)
        if known is not None:
            return known
        found: dict[str, ConfirmableDataset] = {}
        for name in step.reads:
            dataset = self._plan.bound[name]
            if isinstance(dataset, ConfirmableDataset):
                found[name] = dataset
            elif dataset is None and (maker := self._makers.get(base_name(name))) is not None:
                found |= self._sources_of(maker)
        self._sources[step.node.name] = found
        return found
