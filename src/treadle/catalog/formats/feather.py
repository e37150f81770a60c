"""Feather, the file format of Arrow."""

from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options

__all__ = ["FeatherFormat"]


class FeatherFormat(EngineFormat):
    """Feather files."""

    name = "feather"
    engines = ("pandas", "polars", "pyarrow")
    extras = {
        "pandas": ("pandas", "pyarrow", "pandas"),
        "polars": ("polars", "polars"),
        "pyarrow": ("pyarrow", "pyarrow"),
    }

    def load(self, path: Path, options: Options) -> Any:
        """Read a frame or a table."""
        if self.engine == "pandas":
            import pandas as pd

            return pd.read_feather(path, **options)
        if self.engine == "polars":
            import polars as pl

            return pl.read_ipc(path, **options)
        from pyarrow import feather

        return feather.read_table(path, **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a frame."""
        if self.engine == "pandas":
            data.to_feather(path, **options)
        elif self.engine == "polars":
            data.write_ipc(path, **options)
        else:
            from pyarrow import feather

            feather.write_feather(data, path, **options)
