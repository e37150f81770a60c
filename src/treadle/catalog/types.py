"""From the ``type`` of an entry to what makes the dataset."""

import contextlib
from collections.abc import Iterable, Mapping
from importlib import import_module, metadata
from typing import Any, Final

import msgspec

from treadle.errors import CatalogError, MissingExtraError, nearest

__all__ = ["SPECIAL", "Resolved", "find_class", "install_hint", "make_foreign", "resolve_type"]

SPECIAL: Final = ("incremental", "memory", "partitioned", "sql_query", "sql_table")
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
    "polars.ParquetDataset": ("parquet", "polars"),
    "tracking.JSONDataset": ("json", "python"),
    "IncrementalDataset": ("incremental", ""),
    "PartitionedDataset": ("partitioned", ""),
    "SharedMemoryDataset": ("memory", ""),
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
    "partitions.IncrementalDataset": ("incremental", ""),
    "partitions.PartitionedDataset": ("partitioned", ""),
    "MemoryDataset": ("memory", ""),
}
_KEDROS: Final = ("kedro_datasets", "kedro_datasets_experimental", "kedro")


_MOVED: Final[Mapping[str, str]] = {
    "CachedDataset": "kedro.io.CachedDataset",
    "polars.GenericDataset": "kedro_datasets.polars.EagerPolarsDataset",
}
"""Names of Kedro's classes in old projects, to where they are now."""


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
    given = given.removeprefix("kedro.extras.datasets.")  # where they were until 0.18
    name = _spelt_now(given.removeprefix("kedro_datasets.").removeprefix("kedro.io."))
    if name in _KEDRO and not given.startswith("kedro_datasets."):
        return Resolved(*_KEDRO[name])
    if name in _MOVED:
        return Resolved(_MOVED[name], is_foreign=True)
    if "." not in given:
        raise CatalogError(
            f'There is no dataset type "{given}".',
            hint=f"{nearest(given, {*known, *SPECIAL}, limit=30)} "
            "Others come from kedro-datasets, by their names there: pandas.XMLDataset.",
        )
    return Resolved(given, is_foreign=True)


def _spelt_now(name: str) -> str:
    """Return the name of a class of Kedro as it is spelt since 0.19; until then it was DataSet."""
    return name[: -len("DataSet")] + "Dataset" if name.endswith("DataSet") else name


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
    trusted = {*_KEDROS, *packages}
    root = name.partition(".")[0]
    full = name if root in trusted else f"kedro_datasets.{name}"
    module, _, attribute = full.rpartition(".")
    try:
        found = _import(module, attribute)
    except ModuleNotFoundError as error:
        raise _not_importable(name, root, full, error) from error
    except (ImportError, AttributeError) as error:
        raise CatalogError(
            f'The dataset type "{name}" cannot be imported: {error}.',
            hint=install_hint(name) or "Check the name.",
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
    # The name of a module is often not the name of the package that has it: nothing is guessed.
    return CatalogError(
        f'The dataset type "{name}" needs the module {missing}, which is not installed.',
        hint=install_hint(name) or f"Install the package that has {missing}.",
    )


def _import(module: str, attribute: str) -> Any:
    """Import a class; of Kedro's also by the spelling that it has had since 0.19."""
    found = import_module(module)
    spellings = [attribute] if module.partition(".")[0] not in _KEDROS else [attribute, _spelt_now(attribute)]
    for spelling in spellings[:-1]:
        if hasattr(found, spelling):
            return getattr(found, spelling)
    return getattr(found, spellings[-1])


def install_hint(name: str) -> str:
    """Return the command that installs what a class of kedro-datasets needs; empty for others.

    Examples:
        >>> install_hint("pandas.HDFDataset"), install_hint("mine.data.Table")
        ('pip install "kedro-datasets[pandas-hdfdataset]"', '')
    """
    group, *_, cls = name.removeprefix("kedro_datasets.").split(".")
    wanted = (f"{group}-{_spelt_now(cls)}".replace("_", "-").lower(), group.replace("_", "-").lower())
    with contextlib.suppress(metadata.PackageNotFoundError):
        extras = metadata.metadata("kedro-datasets").get_all("Provides-Extra") or []
        extra = next((one for one in wanted if one in extras), "")
        return f'pip install "kedro-datasets[{extra}]"' if extra else ""
    return ""


def make_foreign(name: str, cls: type, options: Mapping[str, Any]) -> Any:
    """Make a foreign dataset with the options of its entry.

    Raises:
        CatalogError: It does not take them.
    """
    try:
        return cls(**options)
    except Exception as error:
        raise CatalogError(f'A dataset of type "{name}" cannot be made: {error}') from error
