"""Splits arrays and tables into their content, independent of memory layout."""

import io
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final


def table_parts(value: Any) -> list[Any] | None:
    """Return the parts of an array or table as values to digest; None for anything else."""
    take_apart = _LIBRARIES.get(type(value).__module__.partition(".")[0])
    if take_apart is None and "pandas" in sys.modules and isinstance(value, _frames()):
        take_apart = _pandas  # a class derived from one of pandas, such as GeoDataFrame
    return take_apart(value) if take_apart is not None else None


def _frames() -> tuple[type, ...]:
    pd = sys.modules["pandas"]
    return pd.DataFrame, pd.Series


def _numpy(value: Any) -> list[Any] | None:
    np = sys.modules["numpy"]
    if type(value) is np.ndarray:
        if value.dtype.hasobject:
            return [str(value.dtype), value.shape, value.tolist()]
        return [value.dtype.descr, value.shape, np.ascontiguousarray(value).tobytes()]
    if isinstance(value, np.ma.MaskedArray):
        return [np.asarray(value.data), np.ma.getmaskarray(value), value.fill_value]
    return [value.dtype.str, value.tobytes()] if isinstance(value, np.generic) else None


def _pandas(value: Any) -> list[Any] | None:
    pd = sys.modules["pandas"]
    if isinstance(value, pd.DataFrame):
        columns = [_column(value.iloc[:, position]) for position in range(value.shape[1])]
        return [list(value.columns), _index(value.index), _extra(value), *columns]
    if isinstance(value, pd.Series):
        return [value.name, _index(value.index), _extra(value), _column(value)]
    return _index(value) if isinstance(value, pd.Index) else None


def _column(column: Any) -> list[Any]:
    """Return the type and the content of a column or an index.

    pandas hashes objects by their text, in which 1 and "1" are equal.
    """
    pd = sys.modules["pandas"]
    kind = column.dtype
    if kind.name == "object" and pd.api.types.infer_dtype(column, skipna=False) not in (
        "string",
        "empty",
    ):
        return [str(kind), column.tolist()]
    if isinstance(kind, pd.CategoricalDtype):
        codes = column.cat.codes if isinstance(column, pd.Series) else column.codes
        return ["category", bool(kind.ordered), _index(kind.categories), codes.__array__()]
    return [str(kind), _hashed(column)]


def _hashed(column: Any) -> Any:
    pd = sys.modules["pandas"]
    return pd.util.hash_pandas_object(column, index=False).to_numpy()


def _extra(value: Any) -> dict[str, Any]:
    """Return a table's data beside its columns: ``attrs``, and metadata of a subclass."""
    return {"attrs": dict(value.attrs)} | {
        name: getattr(value, name, None)
        for name in value._metadata  # noqa: SLF001 - pandas documents it, for derived classes
        if name not in ("_name", "name")
    }


def _index(value: Any) -> list[Any]:
    pd = sys.modules["pandas"]
    if isinstance(value, pd.MultiIndex):
        levels = [_column(value.get_level_values(position)) for position in range(value.nlevels)]
        return ["MultiIndex", list(value.names), *levels]
    return [
        type(value).__name__,
        list(value.names),
        *_column(value),
        str(getattr(value, "freq", None)),
    ]


def _polars(value: Any) -> list[Any] | None:
    pl = sys.modules["polars"]
    if isinstance(value, pl.Series):
        value = value.to_frame()
    if not isinstance(value, pl.DataFrame):
        return None
    sink = io.BytesIO()
    value.write_ipc(sink, compression="uncompressed")
    return [sink.getvalue()]


def _arrow(value: Any) -> list[Any] | None:
    pa = sys.modules["pyarrow"]
    if not isinstance(value, pa.Table | pa.RecordBatch):
        return None
    table = (
        value.combine_chunks() if isinstance(value, pa.Table) else pa.Table.from_batches([value])
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return [sink.getvalue().to_pybytes()]


_LIBRARIES: Final[Mapping[str, Callable[[Any], list[Any] | None]]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
}
