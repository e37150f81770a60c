"""Comma-separated values."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.catalog.dataset import Append
from treadle.catalog.format import EngineFormat, Options
from treadle.errors import DataError

__all__ = ["CsvFormat"]


class CsvFormat(EngineFormat):
    """CSV files; without an index on saving unless ``save_args`` ask for one."""

    name = "csv"
    is_text = True
    can_append = True
    engines = ("pandas", "polars", "pyarrow", "duckdb")
    extras = {
        "pandas": ("pandas", "pandas"),
        "polars": ("polars", "polars"),
        "pyarrow": ("pyarrow", "pyarrow"),
        "duckdb": ("duckdb", "duckdb"),
    }

    def load(self, path: Path, options: Options) -> Any:
        """Read a frame, a table, or with duckdb a relation."""
        if self.engine == "pandas":
            import pandas as pd

            return pd.read_csv(path, **options)
        if self.engine == "polars":
            import polars as pl

            return pl.read_csv(path, **options)
        if self.engine == "pyarrow":
            from pyarrow import csv

            return csv.read_csv(path, **options)
        import duckdb

        return duckdb.read_csv(str(path), **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a frame."""
        if isinstance(data, dict | list | str):
            raise DataError(
                f"A value of type {type(data).__name__} is not a table.",
                hint="Return a frame, or use type: json or text.",
            )
        if self.engine == "pandas":
            data.to_csv(path, **{"index": False, **options})
        elif self.engine == "polars":
            data.write_csv(path, **options)
        elif self.engine == "pyarrow":
            from pyarrow import csv

            csv.write_csv(data, path, **options)
        else:
            data.write_csv(str(path), **options)

    @contextlib.contextmanager
    def stream(self, path: Path, options: Options) -> Iterator[Append]:
        """Append frames under one header."""
        is_first = True
        with path.open("wb") as file:

            def append(chunk: Any) -> None:
                nonlocal is_first
                self._write_chunk(chunk, file, options, header=is_first)
                is_first = False

            yield append

    def _write_chunk(self, chunk: Any, file: Any, options: Options, *, header: bool) -> None:
        if self.engine == "pandas":
            chunk.to_csv(
                file, **{"index": False, **options, "header": options.get("header", True) if header else False}
            )
        elif self.engine == "polars":
            chunk.write_csv(file, **{**options, "include_header": header})
        else:
            from pyarrow import csv

            table = chunk.to_arrow_table() if self.engine == "duckdb" else chunk
            csv.write_csv(table, file, csv.WriteOptions(include_header=header))
