"""Questions about what is no run: experiments, logged models, registered models and their versions."""

import msgspec

from treadle.store.search import Field, Lifecycle, Tree

__all__ = ["DatasetName", "Listing", "ListingSort"]


class DatasetName(msgspec.Struct, frozen=True):
    """A dataset that a logged model was measured on."""

    name: str
    """Any if empty."""
    digest: str = ""
    """Any if empty."""


class ListingSort(msgspec.Struct, frozen=True):
    """One key of an order; what lacks the value comes last either way."""

    field: Field
    descending: bool = False
    dataset: DatasetName | None = None
    """The only dataset that a metric counts on."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of experiments, models or versions."""

    where: Tree | None = None
    sort: tuple[ListingSort, ...] = ()
    limit: int = 100
    after: str = ""
    """What the page before gave for its next."""
    lifecycle: Lifecycle = "active"
    """Of experiments: whether to look at what is not deleted, at what is, or at both."""
    only: tuple[str, ...] | None = None
    """Experiments by their ids, or models by their names; all if None."""
    without: tuple[str, ...] = ()
    """What is left out of these."""
    datasets: tuple[DatasetName, ...] = ()
    """The datasets that metrics in ``where`` and ``sort`` count on; any if there are none. Where no
    metric is in ``where``, only models with a metric on one of them are found."""
