"""The built-in formats, one module each; a library is imported when its format is first used.

A format reads and writes a local path; everything else is the same for all files.

    delimited, parquet, feather, excel  tables
    arrow                               conversion between libraries of tables
    json_text, yaml, text               documents
    pickled, numpy                      objects and arrays
    image, figure                       pictures
"""

from collections.abc import Mapping
from typing import Final

from treadle.hooks import hook

__all__ = ["FORMATS", "BuiltInFormats"]

_HERE: Final = "treadle.catalog.formats"

FORMATS: Final = {
    "csv": f"{_HERE}.delimited:CsvFormat",
    "excel": f"{_HERE}.excel:ExcelFormat",
    "feather": f"{_HERE}.feather:FeatherFormat",
    "image": f"{_HERE}.image:ImageFormat",
    "json": f"{_HERE}.json_text:JsonFormat",
    "matplotlib": f"{_HERE}.figure:MatplotlibFormat",
    "metrics": f"{_HERE}.json_text:MetricsFormat",
    "numpy": f"{_HERE}.numpy:NumpyFormat",
    "parquet": f"{_HERE}.parquet:ParquetFormat",
    "pickle": f"{_HERE}.pickled:PickleFormat",
    "plotly": f"{_HERE}.figure:PlotlyFormat",
    "text": f"{_HERE}.text:TextFormat",
    "yaml": f"{_HERE}.yaml:YamlFormat",
}


class BuiltInFormats:
    """The plugin of the built-in formats."""

    @hook
    def register_formats(self) -> Mapping[str, str]:
        """Return the table above."""
        return FORMATS
