"""The datasets of a project: what they are, where they lie, and how they are committed."""

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
