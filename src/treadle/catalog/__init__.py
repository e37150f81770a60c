"""The datasets of a project: types, locations, and atomic commits.

catalog, dataset_table    datasets by name: of entries, variants, past contents (revisions)
entry_table, patterns     the entries by name, and which of them a name refers to
entries, *_entry          from the options of an entry to its dataset; context: what it refers to
dataset, file, partitioned, incremental, sql, memory, adapted    the kinds of datasets
formats/                  how one kind of file is read and written, a module each
location, versions        where content is stored, and how it is committed
digests                   digests of files, each computed once
cache/                    contents of files and values by digest, with a limited size
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
