"""Confirms datasets whose new partitions have been worked through, in one execution."""

from collections.abc import Collection

from treadle.catalog import ConfirmableDataset
from treadle.engine.plan import Plan
from treadle.errors import TreadleError
from treadle.pipelines import base_name

__all__ = ["Confirmations"]


class Confirmations:
    """What the nodes of one plan confirm.

    A dataset is confirmed when the node that confirms it and all that read it are done: whatever
    fails before that, and a process that dies, leaves its partitions new. What was saved of them by
    then is known in the ledger, so that they are not worked through twice.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._waiting: dict[str, tuple[ConfirmableDataset, set[int]]] = {}
        for position, step in enumerate(plan.steps):
            for name in step.node.confirms:
                dataset = plan.confirmed(name)
                if dataset is not None:  # else nothing of it is loaded in this run
                    readers = {
                        other
                        for other, reader in enumerate(plan.steps)
                        if any(base_name(read) == base_name(name) for read in reader.reads)
                    }
                    self._waiting[name] = (dataset, {position, *readers})

    def settle(self, done: Collection[int]) -> None:
        """Confirm what waits for nothing but steps that are done.

        Args:
            done: Steps that have run, or are reused and whose values nothing needs any more.

        Raises:
            TreadleError: A checkpoint cannot be written.
        """
        for name, (dataset, needed) in list(self._waiting.items()):
            needed.difference_update(done)
            if not needed:
                del self._waiting[name]
                try:
                    dataset.confirm()
                except TreadleError as error:
                    raise error.within(f'Dataset "{name}" cannot be confirmed') from error
