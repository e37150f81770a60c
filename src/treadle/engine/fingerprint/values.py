"""Digests values, so that equal ones have equal digests in every process and on every machine."""

import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import pickle
import re
import sys
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from blake3 import blake3

__all__ = ["IndigestibleError", "digest_value"]

_ATOMS: Final = (
    bool, int, str, bytes, bytearray, complex, range, slice, type(None), type(...), type(NotImplemented), decimal.Decimal,
    fractions.Fraction, uuid.UUID, dt.date, dt.time, dt.timedelta, dt.tzinfo, pathlib.PurePath,
)  # fmt: skip
_DEEPEST: Final = 100

Reach = Callable[[Any], str | None]
"""Digests what is code rather than data; None for data."""


class IndigestibleError(Exception):
    """A value has no digest: nothing says when two of its kind are equal."""


def digest_value(value: object, reach: Reach | None = None) -> str:
    """Digest a value: plain ones and containers, arrays and tables, and anything that pickle can write.

    Raises:
        IndigestibleError: It has none.
    """
    return _Digester(reach).digest(value)


class _Digester:
    def __init__(self, reach: Reach | None) -> None:
        self._reach = reach
        self._open: list[int] = []

    def digest(self, value: object) -> str:
        return blake3(self._encode(value)).hexdigest()[:32]

    def _encode(self, value: object) -> bytes:
        kind = type(value)
        if kind in _ATOMS or isinstance(value, pathlib.PurePath | dt.tzinfo):
            return f"{kind.__name__} {value!r}".encode("utf-8", "surrogatepass")
        if kind is float:
            return f"float {value!r}".encode()
        if self._reach is not None and (found := self._reach(value)) is not None:
            return f"code {found}".encode()
        if id(value) in self._open:
            return f"again {len(self._open) - self._open.index(id(value))}".encode()
        if len(self._open) > _DEEPEST:
            raise IndigestibleError(f"{kind.__name__} is nested too deeply")
        self._open.append(id(value))
        try:
            return self._composed(value, f"{kind.__module__}.{kind.__qualname__}")
        finally:
            self._open.pop()

    def _composed(self, value: Any, name: str) -> bytes:
        if isinstance(value, enum.Enum):
            return f"{name}.{value.name}".encode()
        if isinstance(value, re.Pattern):
            return f"{name} {value.pattern!r} {value.flags}".encode()
        if isinstance(value, Mapping):
            items = [self._encode(key) + b"\1" + self._encode(one) for key, one in value.items()]
            return _joined(name, items)
        if isinstance(value, set | frozenset):
            return _joined(name, sorted(map(self._encode, value)))
        if type(value) in (list, tuple, deque) or (isinstance(value, tuple) and hasattr(value, "_fields")):
            return _joined(name, map(self._encode, value))
        library = type(value).__module__.partition(".")[0]
        table = _TABLES.get(library)
        if table is not None and (parts := table(value)) is not None:
            return _joined(name, [part if isinstance(part, bytes) else self._encode(part) for part in parts])
        if dataclasses.is_dataclass(value):
            fields = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
            return _joined(name, [self._encode(fields)])
        if isinstance(value, Iterator):
            raise IndigestibleError(f"{name} can be gone through only once")
        if _is_plain(value):
            return _joined(name, [self._encode(vars(value))])
        return _joined(name, [_pickled(value)])


def _is_plain(value: Any) -> bool:
    """Tell an object that is nothing but its attributes."""
    kind: Any = type(value)
    if not hasattr(value, "__dict__") or hasattr(kind, "__slots__") or kind.__reduce_ex__ != object.__reduce_ex__:
        return False
    try:
        value.__reduce_ex__(2)  # refuses where there is more than attributes
    except TypeError as error:
        raise IndigestibleError(f"{kind.__name__} has no content to compare: {error}") from error
    return True


def _joined(name: str, parts: Iterable[bytes]) -> bytes:
    # Each part by its digest, so that no content can look like the end of another.
    return name.encode() + b"".join(blake3(part).digest() for part in parts)


def _pickled(value: object) -> bytes:
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:
        raise IndigestibleError(f"{type(value).__name__} has no content to compare: {error}") from error


def _numpy(value: Any) -> list[Any] | None:
    np = sys.modules["numpy"]
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return [str(value.dtype), value.shape, value.tolist()]
        return [value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes()]
    return [value.dtype.str, value.tobytes()] if isinstance(value, np.generic) else None


def _pandas(value: Any) -> list[Any] | None:
    pd = sys.modules["pandas"]
    if isinstance(value, pd.DataFrame):
        columns = [
            pd.util.hash_pandas_object(value.iloc[:, place], index=False).to_numpy() for place in range(value.shape[1])
        ]
        return [
            list(value.columns),
            [str(kind) for kind in value.dtypes],
            _index(value.index),
            dict(value.attrs),
            *columns,
        ]
    if isinstance(value, pd.Series):
        return [
            value.name,
            str(value.dtype),
            _index(value.index),
            pd.util.hash_pandas_object(value, index=False).to_numpy(),
        ]
    return _index(value) if isinstance(value, pd.Index) else None


def _index(value: Any) -> list[Any]:
    pd = sys.modules["pandas"]
    return [type(value).__name__, str(value.dtype), list(value.names), pd.util.hash_pandas_object(value).to_numpy()]


def _polars(value: Any) -> list[Any] | None:
    pl = sys.modules["polars"]
    if isinstance(value, pl.Series):
        value = value.to_frame()
    if not isinstance(value, pl.DataFrame):
        return None
    import io

    sink = io.BytesIO()
    value.write_ipc(sink, compression="uncompressed")
    return [sink.getvalue()]


def _arrow(value: Any) -> list[Any] | None:
    pa = sys.modules["pyarrow"]
    if not isinstance(value, pa.Table | pa.RecordBatch):
        return None
    table = value.combine_chunks() if isinstance(value, pa.Table) else pa.Table.from_batches([value])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return [sink.getvalue().to_pybytes()]


_TABLES: Final[Mapping[str, Callable[[Any], list[Any] | None]]] = {
    "numpy": _numpy, "pandas": _pandas, "polars": _polars, "pyarrow": _arrow,
}  # fmt: skip
