"""The datasets of a project: types, locations, and atomic commits."""

from treadle.catalog.catalog import DataCatalog
from treadle.catalog.dataset import (
    Append,
    ConfirmableDataset,
    Dataset,
    DatasetDescription,
    StagingDataset,
    StreamingDataset,
)
from treadle.catalog.format import EngineFormat, Format, Options, StreamingFormat
from treadle.catalog.memory import MemoryDataset, protect

__all__ = [
    "Append",
    "ConfirmableDataset",
    "DataCatalog",
    "Dataset",
    "DatasetDescription",
    "EngineFormat",
    "Format",
    "MemoryDataset",
    "Options",
    "StagingDataset",
    "StreamingDataset",
    "StreamingFormat",
    "protect",
]
