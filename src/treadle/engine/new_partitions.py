"""Finds the steps that need not run because their incremental datasets have no new partitions."""

from treadle.catalog import ConfirmableDataset
from treadle.engine.plan import Plan, Step
from treadle.pipelines import base_name


class News:
    """The incremental datasets from which the steps of one plan get their data.

    A step gets data from the datasets that it reads, and through values in memory from those that
    the steps that made them read.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._sources: dict[int, dict[str, ConfirmableDataset]] = {}
        self._positions = {step.node.name: position for position, step in enumerate(plan.steps)}
        datasets = (dataset for dataset in plan.bound.values() if dataset is not None)
        if not any(isinstance(dataset, ConfirmableDataset) for dataset in datasets):
            return
        made: dict[str, dict[str, ConfirmableDataset]] = {}
        for position, step in enumerate(plan.steps):  # makers before those that need them
            found: dict[str, ConfirmableDataset] = {}
            for name in step.reads:
                dataset = plan.bound[name]
                if isinstance(dataset, ConfirmableDataset):
                    found[name] = dataset
                elif dataset is None:
                    found |= made.get(base_name(name), {})
            self._sources[position] = found
            made |= {base_name(name): found for name in step.node.outputs}

    def missing_for(self, step: Step) -> str:
        """Return the name of the dataset that has nothing new for a step.

        Empty if the step also gets data from elsewhere, or one such dataset has something new.
        """
        sources = self._sources.get(self._positions[step.node.name], {})
        if any(dataset.has_new() for dataset in sources.values()):
            return ""
        return next(iter(sources), "")

    def users_of(self, name: str) -> set[int]:
        """Return the positions of the steps that get their data from a dataset."""
        base = base_name(name)
        return {
            position
            for position, sources in self._sources.items()
            if any(base_name(source) == base for source in sources)
        }
