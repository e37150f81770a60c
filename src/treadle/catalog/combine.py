"""Concatenation of the chunks of a stream, for datasets that hold one value."""

from collections.abc import Mapping, Sequence
from typing import Any

from treadle.errors import DataError


def combine(chunks: Sequence[Any]) -> Any:
    """Concatenate chunks: frames, arrays, lists, strings, bytes or dicts.

    Returns:
        One value of the chunks' type; an empty list if there were none.

    Raises:
        DataError: Values of this type cannot be concatenated.

    Examples:
        >>> combine([[1, 2], [3]])
        [1, 2, 3]
    """
    if not chunks:
        return []
    if len(chunks) == 1:
        return chunks[0]
    first = chunks[0]
    if isinstance(first, str):
        return "".join(chunks)
    if isinstance(first, bytes):
        return b"".join(chunks)
    if isinstance(first, Mapping):
        return {key: value for chunk in chunks for key, value in chunk.items()}
    if isinstance(first, list | tuple):
        return [item for chunk in chunks for item in chunk]
    return _combine_tables(first, chunks)


def _combine_tables(first: Any, chunks: Sequence[Any]) -> Any:
    library = type(first).__module__.partition(".")[0]
    if library == "pandas":
        import pandas as pd

        return pd.concat(chunks, ignore_index=True)
    if library == "polars":
        import polars as pl

        return pl.concat(chunks)
    if library == "pyarrow":
        import pyarrow as pa

        return (
            pa.concat_tables(chunks)
            if isinstance(first, pa.Table)
            else pa.Table.from_batches(chunks)
        )
    if library == "numpy":
        import numpy as np

        return np.concatenate(chunks)
    raise DataError(
        f"Chunks of {type(first).__name__} cannot be appended to each other.",
        hint="Yield frames, arrays, lists, texts or dicts, or return one value.",
    )
