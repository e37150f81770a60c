"""Resolution of the ``type`` of an entry to the name of a format, or of a class."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from treadle.errors import CatalogError, nearest

SPECIAL: Final = ("incremental", "memory", "partitioned", "sql_query", "sql_table")
"""Types that are not a file format."""

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
_MOVED: Final[Mapping[str, str]] = {
    "CachedDataset": "kedro.io.CachedDataset",
    "geopandas.GeoJSONDataset": "kedro_datasets.geopandas.GenericDataset",
    "langchain.LangChainPromptDataset": "kedro_datasets_experimental.langchain.PromptDataset",
    "langfuse.LangfuseEvaluationDataset": "kedro_datasets_experimental.langfuse.EvaluationDataset",
    "langfuse.LangfusePromptDataset": "kedro_datasets_experimental.langfuse.PromptDataset",
    "langfuse.LangfuseTraceDataset": "kedro_datasets_experimental.langfuse.TraceDataset",
    "polars.GenericDataset": "kedro_datasets.polars.EagerPolarsDataset",
}
"""Names of Kedro's classes in old projects, to their current names."""


class Resolved(msgspec.Struct, frozen=True):
    """The meaning of a ``type``."""

    name: str
    """A short name of ours, or the dotted name of a foreign class."""
    engine: str = ""
    is_foreign: bool = False


def resolve_type(type_name: str, formats: Iterable[str]) -> Resolved:
    """Resolve a ``type``.

    Args:
        type_name: ``csv``, ``pandas.CSVDataset``, ``kedro_datasets.pandas.CSVDataset`` or a class.
        formats: The short names of the registered formats.

    Raises:
        CatalogError: It is a name without a dot, and unknown.
    """
    if type_name in SPECIAL or type_name in formats:
        return Resolved(type_name)
    type_name = type_name.removeprefix("kedro.extras.datasets.")  # their module until 0.18
    name = current_spelling(type_name.removeprefix("kedro_datasets.").removeprefix("kedro.io."))
    if name in _KEDRO and not type_name.startswith("kedro_datasets."):
        return Resolved(*_KEDRO[name])
    moved = _MOVED.get(name.removeprefix("kedro_datasets_experimental."))
    if moved is not None:
        return Resolved(moved, is_foreign=True)
    if "." not in type_name:
        raise CatalogError(
            f'There is no dataset type "{type_name}".',
            hint=f"{nearest(type_name, {*formats, *SPECIAL}, limit=30)} "
            "Others come from kedro-datasets, by their names there: pandas.XMLDataset.",
        )
    return Resolved(type_name, is_foreign=True)


def current_spelling(name: str) -> str:
    """Return the name of a class of Kedro in its spelling since 0.19; until then it was DataSet."""
    return name[: -len("DataSet")] + "Dataset" if name.endswith("DataSet") else name
