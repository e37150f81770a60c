"""Saving of several datasets together: if one cannot be written, none is changed."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.catalog.dataset import Dataset, StagingDataset
from treadle.catalog.naming import naming


@contextlib.contextmanager
def saving_together(datasets: Mapping[str, Dataset], data: Mapping[str, Any]) -> Iterator[None]:
    """Save datasets when the block ends.

    Datasets that another library writes (a database, a dataset of Kedro) are saved then, before
    the files, which were staged next to their targets, are moved in place.

    Args:
        datasets: The datasets by name.
        data: Their values.
    """
    staging = {
        name: dataset for name, dataset in datasets.items() if isinstance(dataset, StagingDataset)
    }
    with contextlib.ExitStack() as stack:
        for name, dataset in staging.items():
            stack.enter_context(_staged(name, dataset, data[name]))
        for name, other in datasets.items():
            if name not in staging:
                stack.enter_context(_saved_at_end(name, other, data[name]))
        yield


@contextlib.contextmanager
def _staged(name: str, dataset: StagingDataset, value: Any) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with naming(name):
            stack.enter_context(dataset.saving(value))
        yield
        with naming(name):
            stack.close()


@contextlib.contextmanager
def _saved_at_end(name: str, dataset: Dataset, value: Any) -> Iterator[None]:
    yield
    with naming(name):
        dataset.save(value)
