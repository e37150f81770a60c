"""The datasets of a project: types, locations, and atomic commits.

A dataset is loaded and saved by name; a save is committed as a whole or not at all.

    catalog, dataset_table            datasets by name, also their variants and revisions
    entry_table, patterns, naming     the entries by name, and which of them a name refers to
    entries, context, options         from the keys of an entry to its dataset
    file_entry, sql_entry, foreign_entry, partition_entry  the kinds of entries, a function each
    entry_type, extensions            the type of an entry: as named, or by the extension
    dataset, memory, file, figures, sql            the interface, and datasets of one value
    partitioned, partition_folder, partition_type, partition_writer, incremental  folders of files
    adapted, foreign                  dataset classes of other libraries
    format, formats/, libraries, open_args         how files are read and written
    location, transaction             local paths and URLs; several saved as one
    versioned, versions, revisions    versions of data
    digests, cache/                   digests of files; contents by digest
    preview, combine                  the beginning of a content; the chunks of a stream
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
from treadle.catalog.digests import (
    FileDigests,
    Signature,
    TooMuchToDigestError,
    is_settled,
    sign_file,
)
from treadle.catalog.file import FileDataset
from treadle.catalog.format import EngineFormat, Format, Options, StreamingFormat
from treadle.catalog.formats import BuiltInFormats
from treadle.catalog.memory import MemoryDataset, protect
from treadle.catalog.preview import PREVIEW_LIMIT
from treadle.catalog.revisions import Revision, find_revision
from treadle.catalog.versioned import VersionedDataset
from treadle.catalog.versions import hold_versions

__all__ = [
    "PREVIEW_LIMIT",
    "Append",
    "BuiltInFormats",
    "ConfirmableDataset",
    "DataCatalog",
    "Dataset",
    "DatasetDescription",
    "EngineFormat",
    "FileDataset",
    "FileDigests",
    "Format",
    "MemoryDataset",
    "Options",
    "Revision",
    "Signature",
    "StagingDataset",
    "StreamingDataset",
    "StreamingFormat",
    "TooMuchToDigestError",
    "VersionedDataset",
    "find_revision",
    "hold_versions",
    "is_settled",
    "protect",
    "sign_file",
]
