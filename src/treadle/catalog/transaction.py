"""Saving of several datasets together: if one cannot be written, none is changed."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from treadle.catalog.dataset import Dataset, StagingDataset

Naming = Callable[[str], contextlib.AbstractContextManager[None]]
"""A context manager that adds the name of a dataset to errors raised in its block."""


@contextlib.contextmanager
def saving_together(
    datasets: Mapping[str, Dataset], data: Mapping[str, Any], naming: Naming
) -> Iterator[None]:
    """Save datasets when the block ends.

    Datasets that another library writes (a database, a dataset of Kedro) are saved then, before
    the files, which were staged next to their targets, are moved in place.

    Args:
        datasets: The datasets by name.
        data: Their values.
        naming: Adds the name of a dataset to its errors.
    """
    staging = {name: one for name, one in datasets.items() if isinstance(one, StagingDataset)}
    with contextlib.ExitStack() as stack:
        for name, dataset in staging.items():
            stack.enter_context(_staged(name, dataset, data[name], naming))
        for name, one in datasets.items():
            if name not in staging:
                stack.enter_context(_saved_at_end(name, one, data[name], naming))
        yield


@contextlib.contextmanager
def _staged(name: str, dataset: StagingDataset, value: Any, naming: Naming) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with naming(name):
            stack.enter_context(dataset.saving(value))
        yield
        with naming(name):
            stack.close()


@contextlib.contextmanager
def _saved_at_end(name: str, dataset: Dataset, value: Any, naming: Naming) -> Iterator[None]:
    yield
    with naming(name):
        dataset.save(value)
