"""Conversion of frames of any library to Arrow tables."""

from typing import Any

from treadle.errors import DataError


def as_arrow(frame: Any, schema: Any = None) -> Any:
    """Convert a frame of pandas, polars, duckdb or Arrow to an Arrow table.

    Args:
        frame: The frame.
        schema: The schema that the table must have, if known.

    Raises:
        DataError: It is not a frame.
    """
    import pyarrow as pa

    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        table = frame
    elif type(frame).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    elif hasattr(frame, "to_arrow_table"):
        table = frame.to_arrow_table()
    elif hasattr(frame, "to_arrow"):
        table = frame.to_arrow()
    else:
        raise DataError(
            f"{type(frame).__name__} is not a frame of pandas, polars, duckdb or Arrow."
        )
    return table if schema is None else table.cast(schema)
