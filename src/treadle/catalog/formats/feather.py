"""Feather, the file format of Arrow."""

from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_value


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

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first rows."""
        if self.engine == "polars":
            import polars as pl

            frame = pl.read_ipc(path, **{**options, "n_rows": rows})
            return preview_value(frame, rows, size=f"of {frame.shape[1]} columns")
        from pyarrow import ipc

        with path.open("rb") as file:
            if file.read(6) != b"ARROW1":
                return None
            file.seek(0)
            reader = ipc.open_file(file)
            is_empty = not reader.num_record_batches
            table = reader.schema.empty_table() if is_empty else reader.get_batch(0).slice(0, rows)
            frame = table.to_pandas() if self.engine == "pandas" else table
        return preview_value(frame, rows, size=f"of {frame.shape[1]} columns")

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a frame."""
        if self.engine == "pandas":
            data.to_feather(path, **options)
        elif self.engine == "polars":
            data.write_ipc(path, **options)
        else:
            from pyarrow import feather

            feather.write_feather(data, path, **options)
