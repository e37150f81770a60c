"""Confirms datasets whose new partitions have been processed, in one execution."""

from collections.abc import Collection

from treadle.catalog import ConfirmableDataset
from treadle.engine.new_partitions import News
from treadle.engine.plan import Plan
from treadle.errors import TreadleError


class Confirmations:
    """The datasets that the nodes of one plan confirm.

    A dataset is confirmed when the node that confirms it is done, and so are all nodes that read it
    or get its data through memory. If anything fails before that, or the process dies, its
    partitions stay new. Outputs saved by then are in the ledger, so they are not processed twice.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._waiting: dict[str, tuple[ConfirmableDataset, set[int]]] = {}
        news = News(plan)
        for position, step in enumerate(plan.steps):
            for name in step.node.confirms:
                dataset = plan.confirmed(name)
                if dataset is not None:  # else this run does not load it
                    self._waiting[name] = (dataset, {position, *news.users_of(name)})

    def settle(self, done: Collection[int]) -> None:
        """Confirm the datasets whose steps are all done.

        Args:
            done: Steps that have run, or are reused and whose values are no longer needed.

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
