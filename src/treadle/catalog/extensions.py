"""Types of files by the extension of their names."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from treadle.catalog.entry_type import Resolved
from treadle.errors import CatalogError

COMPRESSIONS: Final = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma"}
"""Extensions of compressed texts, to the modules that read and write them."""
_TYPES: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".xlsx": "excel",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".txt": "text",
    ".md": "text",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".npy": "numpy",
    ".npz": "numpy",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".svg": "matplotlib",
    ".pdf": "matplotlib",
    ".html": "plotly",
}
_ENGINES: Final = {".joblib": "joblib"}
_TEXTS: Final = frozenset({"csv", "json", "yaml", "text"})
_ADVICE: Final = {
    ".h5": "type: pandas.HDFDataset with key: … (a table), or a class of yours",
    ".hdf5": "type: pandas.HDFDataset with key: … (a table), or a class of yours",
    ".hdf": "type: pandas.HDFDataset with key: … (a table), or a class of yours",
    ".xml": "type: pandas.XMLDataset (a table), or type: text",
    ".xls": "type: excel with load_args: {engine: xlrd}",
    ".geojson": "type: geopandas.GenericDataset with file_format: file",
    ".pt": "type: pickle, or a class of yours",
    ".db": "type: sql_table with credentials: {con: sqlite:///…}",
    ".sqlite": "type: sql_table with credentials: {con: sqlite:///…}",
}


def ending_of(filepath: str) -> str:
    """Return the extension of a file's name in lower case, without that of a compression.

    Examples:
        >>> ending_of("data/Trips.CSV.gz"), ending_of("data/model")
        ('.csv', '')
    """
    path = PurePosixPath(filepath.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in COMPRESSIONS else path.suffix


def infer_type(filepath: str, formats: Iterable[str]) -> Resolved:
    """Infer the type of a file from its extension.

    Args:
        filepath: A path or URL; may be empty.
        formats: The short names of the registered formats, for the message.

    Raises:
        CatalogError: The extension is unknown.
    """
    ending = ending_of(filepath)
    name = _TYPES.get(ending, "")
    is_compressed = PurePosixPath(filepath.lower()).suffix in COMPRESSIONS
    if name and (not is_compressed or name in _TEXTS):
        return Resolved(name, _ENGINES.get(ending, ""))
    if ending in _ADVICE:
        raise CatalogError(
            f"it has no type, and files that end in {ending} have several.",
            hint=f"Add {_ADVICE[ending]}.",
        )
    raise CatalogError("it has no type.", hint=f"Add type: one of {', '.join(sorted(formats))}.")
