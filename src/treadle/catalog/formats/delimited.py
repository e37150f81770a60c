"""Comma-separated values."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from treadle.catalog.dataset import Append
from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_value
from treadle.errors import DataError

_BEGINNING: Final = 1_000  # lines
_COMPRESSED: Final = (b"\x1f\x8b", b"(\xb5/\xfd", b"x\x9c")


class CsvFormat(EngineFormat):
    """CSV files, saved without an index unless ``save_args`` request one."""

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

    def defaults_of(self, ending: str) -> tuple[Options, Options]:
        """Return the arguments for tabs as separators, for ``.tsv``."""
        if ending != ".tsv":
            return {}, {}
        if self.engine == "pyarrow":
            from pyarrow import csv

            tabs = csv.ParseOptions(delimiter="\t"), csv.WriteOptions(delimiter="\t")
            return {"parse_options": tabs[0]}, {"write_options": tabs[1]}
        key = "separator" if self.engine == "polars" else "sep"
        return {key: "\t"}, {key: "\t"}

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

    def keep(self, value: Any) -> Any:
        """Load what a relation of duckdb would read lazily."""
        if self.engine != "duckdb":
            return value
        import duckdb

        return duckdb.from_arrow(value.to_arrow_table())

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first rows."""
        if self.engine == "pandas":
            import pandas as pd

            arguments = {
                key: value
                for key, value in options.items()
                if key not in ("chunksize", "iterator", "nrows")
            }
            return _of_columns(pd.read_csv(path, nrows=rows, **arguments), rows)
        if self.engine == "polars":
            import polars as pl

            with path.open("rb") as file:  # the library would read the whole file
                beginning = b"".join(itertools.islice(file, _BEGINNING))
            if beginning.startswith(_COMPRESSED):
                return None
            return _of_columns(pl.read_csv(beginning, **{**options, "n_rows": rows}), rows)
        if self.engine == "pyarrow":
            from pyarrow import csv

            with csv.open_csv(path, **options) as reader:
                return _of_columns(reader.read_next_batch().slice(0, rows), rows)
        return preview_value(self.load(path, options).limit(rows).to_arrow_table(), rows)

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
                file,
                **{
                    "index": False,
                    **options,
                    "header": options.get("header", True) if header else False,
                },
            )
        elif self.engine == "polars":
            chunk.write_csv(file, **{**options, "include_header": header})
        else:
            from pyarrow import csv

            table = chunk.to_arrow_table() if self.engine == "duckdb" else chunk
            csv.write_csv(table, file, csv.WriteOptions(include_header=header))


def _of_columns(frame: Any, rows: int) -> Preview:
    """Preview the first rows of a table; the total number of rows is unknown."""
    return preview_value(frame, rows, size=f"of {frame.shape[1]} columns")
