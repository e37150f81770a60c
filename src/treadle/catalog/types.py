"""From the ``type`` of an entry to what makes the dataset."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from treadle.errors import CatalogError, MissingExtraError, nearest

__all__ = ["SPECIAL", "Resolved", "find_class", "infer_type", "resolve_type"]

SPECIAL: Final = ("memory", "partitioned", "sql_query", "sql_table")
"""Types that are no format of a file."""

_KEDRO: Final[Mapping[str, tuple[str, str]]] = {
    "pandas.CSVDataset": ("csv", "pandas"),
    "pandas.ParquetDataset": ("parquet", "pandas"),
    "pandas.FeatherDataset": ("feather", "pandas"),
    "pandas.ExcelDataset": ("excel", "pandas"),
    "pandas.JSONDataset": ("json", "pandas"),
    "pandas.SQLTableDataset": ("sql_table", ""),
    "pandas.SQLQueryDataset": ("sql_query", ""),
    "polars.CSVDataset": ("csv", "polars"),
    "json.JSONDataset": ("json", "python"),
    "yaml.YAMLDataset": ("yaml", ""),
    "text.TextDataset": ("text", ""),
    "pickle.PickleDataset": ("pickle", ""),
    "pillow.ImageDataset": ("image", ""),
    "matplotlib.MatplotlibDataset": ("matplotlib", ""),
    "matplotlib.MatplotlibWriter": ("matplotlib", ""),
    "plotly.JSONDataset": ("plotly", ""),
    "plotly.HTMLDataset": ("plotly", ""),
    "tracking.MetricsDataset": ("metrics", ""),
    "partitions.PartitionedDataset": ("partitioned", ""),
    "MemoryDataset": ("memory", ""),
}
_SUFFIXES: Final = {
    ".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather",
    ".xlsx": "excel", ".json": "json", ".yml": "yaml", ".yaml": "yaml", ".txt": "text", ".md": "text",
    ".pkl": "pickle", ".pickle": "pickle", ".npy": "numpy", ".npz": "numpy", ".png": "image", ".jpg": "image",
    ".jpeg": "image",
}  # fmt: skip


class Resolved(msgspec.Struct, frozen=True):
    """What a ``type`` means."""

    name: str
    """A short name of ours, or the dotted name of a foreign class."""
    engine: str = ""
    is_foreign: bool = False


def resolve_type(given: str, known: Iterable[str]) -> Resolved:
    """Find out what a ``type`` means.

    Args:
        given: ``csv``, ``pandas.CSVDataset``, ``kedro_datasets.pandas.CSVDataset`` or a dotted class.
        known: The short names of the registered formats.

    Raises:
        CatalogError: A name without a dot that is none of them.
    """
    if given in SPECIAL or given in known:
        return Resolved(given)
    name = given.removeprefix("kedro_datasets.").removeprefix("kedro.io.")
    # The spelling DataSet was Kedro's until 0.18.
    name = name[: -len("DataSet")] + "Dataset" if name.endswith("DataSet") else name
    if name in _KEDRO and not given.startswith("kedro_datasets."):
        return Resolved(*_KEDRO[name])
    if "." not in given:
        raise CatalogError(
            f'There is no dataset type "{given}".',
            hint=f"{nearest(given, {*known, *SPECIAL}, limit=30)} "
            "Others come from kedro-datasets, by their names there: pandas.XMLDataset.",
        )
    return Resolved(given, is_foreign=True)


def infer_type(filepath: str) -> str:
    """Tell the type by the ending of a file's name; empty if it is not known."""
    return _SUFFIXES.get(PurePosixPath(filepath).suffix.lower(), "")


def find_class(name: str, packages: Iterable[str]) -> type:
    """Import the class of a foreign dataset.

    Only from Kedro's packages and those that the project trusts: a catalog is data, and data must
    not choose which code runs.

    Args:
        name: Dotted; Kedro's own may leave out ``kedro_datasets.`` or ``kedro.io.``.
        packages: What else may be imported from.

    Raises:
        MissingExtraError: kedro-datasets, or a library that the class needs, is not installed.
        CatalogError: There is no such class, it is from elsewhere, or it is no dataset.
    """
    trusted = {"kedro_datasets", "kedro_datasets_experimental", "kedro", *packages}
    root = name.partition(".")[0]
    full = name if root in trusted else f"kedro_datasets.{name}"
    module, _, attribute = full.rpartition(".")
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise _not_importable(name, root, full, error) from error
    except (ImportError, AttributeError) as error:
        raise CatalogError(
            f'The dataset type "{name}" cannot be imported: {error}.',
            hint="Check the name, and that its libraries are installed.",
        ) from error
    if not isinstance(found, type) or not (hasattr(found, "load") and hasattr(found, "save")):
        raise CatalogError(f'"{name}" is no dataset: it has no load and save.')
    return found


def _not_importable(name: str, root: str, full: str, error: ModuleNotFoundError) -> Exception:
    missing = error.name or ""
    if missing == "kedro_datasets":
        return MissingExtraError(f'The dataset type "{name}"', "kedro-datasets", "kedro-datasets")
    if full.startswith(missing + "."):
        return CatalogError(
            f'There is no dataset type "{name}".',
            hint=f"It is none of Treadle or kedro-datasets. If {root} is a package of yours, "
            f'add it to the project: [tool.treadle] dataset_packages = ["{root}"].',
        )
    return CatalogError(
        f'The dataset type "{name}" needs {missing}, which is not installed.', hint=f"pip install {missing}"
    )


def make_foreign(name: str, packages: Iterable[str], options: Mapping[str, Any]) -> Any:
    """Make a foreign dataset with the options of its entry.

    Raises:
        CatalogError: It does not take them.
    """
    cls = find_class(name, packages)
    try:
        return cls(**options)
    except Exception as error:
        raise CatalogError(f'A dataset of type "{name}" cannot be made: {error}') from error
