"""Apache Parquet."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.catalog.dataset import Append
from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.formats.arrow import as_arrow
from treadle.catalog.preview import Preview, preview_value
from treadle.errors import CatalogError


class ParquetFormat(EngineFormat):
    """Parquet files, and folders of them for reading."""

    name = "parquet"
    engines = ("pandas", "polars", "pyarrow", "duckdb")
    extras = {
        "pandas": ("pandas", "pyarrow", "pandas"),
        "polars": ("polars", "polars"),
        "pyarrow": ("pyarrow", "pyarrow"),
        "duckdb": ("duckdb", "duckdb"),
    }

    @classmethod
    def check_options(cls, load_args: Options, save_args: Options) -> None:
        """Check that the save arguments write one file."""
        for key in ("partition_cols", "partition_by", "partition_on"):
            if save_args.get(key):
                raise CatalogError(
                    f"its save_args have {key}, which would write a folder instead of a file.",
                    hint="Use type: partitioned with dataset: parquet, and return a dict from "
                    "partition to "
                    "frame; or save one file, which can be read by columns and filters.",
                )

    def load(self, path: Path, options: Options) -> Any:
        """Read a frame, a table, or with duckdb a relation."""
        if self.engine == "pandas":
            import pandas as pd

            return pd.read_parquet(path, **options)
        if self.engine == "polars":
            import polars as pl

            return pl.read_parquet(path, **options)
        if self.engine == "pyarrow":
            from pyarrow import parquet

            return parquet.read_table(path, **options)
        import duckdb

        return duckdb.read_parquet(str(path), **options)

    def keep(self, value: Any) -> Any:
        """Load what a relation of duckdb would read lazily."""
        if self.engine != "duckdb":
            return value
        import duckdb

        return duckdb.from_arrow(value.to_arrow_table())

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the number of rows, and the first ones."""
        if path.is_dir() or set(options) - {"columns"}:
            return None
        if self.engine == "polars":
            import polars as pl

            frame = pl.read_parquet(path, n_rows=rows, **options)
            count = pl.scan_parquet(path).select(pl.len()).collect().item()
            return preview_value(frame, rows, size=str((count, frame.shape[1])))
        if self.engine == "duckdb":
            relation = self.load(path, options)
            return preview_value(
                relation.limit(rows).to_arrow_table(), rows, size=str(relation.shape)
            )
        from pyarrow import parquet

        with parquet.ParquetFile(path) as file:
            columns = options.get("columns")
            first = list(range(min(file.num_row_groups, 1)))
            batches = file.iter_batches(batch_size=rows, row_groups=first, columns=columns)
            batch = next(batches, None)
            table = batch if batch is not None else file.schema_arrow.empty_table()
            frame = table.to_pandas() if self.engine == "pandas" else table
            return preview_value(frame, rows, size=str((file.metadata.num_rows, frame.shape[1])))

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a frame."""
        if self.engine == "pandas":
            data.to_parquet(path, **options)
        elif self.engine == "polars":
            data.write_parquet(path, **options)
        elif self.engine == "pyarrow":
            from pyarrow import parquet

            parquet.write_table(data, path, **options)
        else:
            data.write_parquet(str(path), **options)

    @contextlib.contextmanager
    def stream(self, path: Path, options: Options) -> Iterator[Append]:
        """Append frames as row groups; they must have the same schema."""
        from pyarrow import parquet

        writer: Any = None

        def append(chunk: Any) -> None:
            nonlocal writer
            table = as_arrow(chunk, schema=writer.schema if writer else None)
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema, **options)
            writer.write_table(table)

        try:
            yield append
            if writer is None:
                import pyarrow as pa

                parquet.write_table(pa.table({}), path)
        finally:
            if writer is not None:
                writer.close()
