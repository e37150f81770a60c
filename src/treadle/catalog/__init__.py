"""The datasets of a project: types, locations, and atomic commits.

A dataset is loaded and saved by name; a save is committed as a whole or not at all.

    catalog                                     datasets by name
    dataset, memory, file, figures, sql         the interface, and datasets of one value
    partitioned, partition_folder, incremental  folders of files
    adapted, foreign                            dataset classes of other libraries
    format, formats/, libraries, open_args      how files are read and written
    entries, partition_entry, partition_type    entries of the catalog become datasets
    entry_type, extensions, options, patterns   their types, keys and patterns
    location, transaction                       local paths and URLs; several saved as one
    versioned, versions, revisions              versions of data
    digests, content_cache                      digests of files; contents by digest
    preview, combine                            the beginning of a content; the chunks of a stream
"""

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
