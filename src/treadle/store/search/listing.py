"""Queries for experiments, logged models, registered models and model versions."""

import msgspec

from treadle.store.search.tree import Field, Lifecycle, Tree


class DatasetName(msgspec.Struct, frozen=True):
    """Dataset of the metrics of a logged model."""

    name: str
    """Any value if empty."""
    digest: str = ""
    """Any value if empty."""


class ListingSort(msgspec.Struct, frozen=True):
    """Sort key; records without a value come last in both directions."""

    field: Field
    descending: bool = False
    dataset: DatasetName | None = None
    """Use only metrics on this dataset."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Query for a page of experiments, models or versions."""

    where: Tree | None = None
    sort: tuple[ListingSort, ...] = ()
    limit: int = 100
    after: str = ""
    """Token of the page, as returned with the page before."""
    lifecycle: Lifecycle = "active"
    """Of experiments: whether to return active ones, deleted ones, or both."""
    only: tuple[str, ...] | None = None
    """Ids of experiments, or names of models, to search in; all if None."""
    without: tuple[str, ...] = ()
    """Ids or names to exclude."""
    datasets: tuple[DatasetName, ...] = ()
    """Datasets whose metrics ``where`` and ``sort`` use; any if empty.

    If ``where`` has no metric, only models with a metric on one of them are found."""
