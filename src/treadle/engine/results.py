"""Pickles unsaved results of nodes, if they can be restored equal.

That a value can be pickled does not show that the pickle is complete: objects drop caches, handles
and counters on the way. So the pickle is restored once, and both values are digested.
"""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from treadle.engine.fingerprint import digest_value

_ELSEWHERE: Final = frozenset(
    {
        # Values computed or stored elsewhere: a pickle would only refer to them, or copy the data.
        "dask",
        "duckdb",
        "ibis",
        "jax",
        "jaxlib",
        "keras",
        "psycopg",
        "pyspark",
        "ray",
        "snowflake",
        "sqlalchemy",
        "sqlite3",
        "tensorflow",
        "torch",
    }
)
_LAZY: Final = frozenset({"LazyFrame", "memmap"})
"""Classes whose pickles name files that would be read later."""


class PackedResult(msgspec.Struct, frozen=True):
    """A pickled value, or why it is not cached."""

    content: bytes = b""
    identity: str = ""
    """Digest of the value and of the code in it, equal for equal values."""
    why_not: str = ""


class _TooLargeError(Exception):
    """The pickle is larger than allowed."""


class _Room:
    """Collects a pickler's output, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.content = bytearray()
        self._limit = limit

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        if len(self.content) + size > self._limit:
            raise _TooLargeError
        self.content += data
        return size


class _Pickler(pickle.Pickler):
    """Pickles only values that are complete here and can be read more than once."""

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind.__module__.partition(".")[0] in _ELSEWHERE or kind.__name__ in _LAZY:
            raise pickle.PicklingError(f"{kind.__module__}.{kind.__qualname__} is not wholly here")
        if isinstance(obj, Iterator):
            raise pickle.PicklingError("an iterator can be read only once")
        return NotImplemented


def pack_result(
    value: Any, limit: int, digest: Callable[[Any], str] = digest_value
) -> PackedResult:
    """Pickle a value, and check that an equal one is restored.

    Args:
        value: The value; it is not changed.
        limit: Largest size in bytes of its pickle.
        digest: Digests a value; raises IndigestibleError.
    """
    room = _Room(limit)
    try:
        _Pickler(room, protocol=5).dump(value)
    except _TooLargeError:
        return PackedResult(why_not=f"it is larger than {limit / 1e6:g} MB")
    except Exception:  # noqa: BLE001 - objects in it may raise anything
        return PackedResult(why_not=f"a value of type {type(value).__name__} cannot be kept")
    try:
        back = pickle.loads(room.content)  # noqa: S301 - pickled just above
        identity = digest(value)
        is_same = digest(back) == identity
    except Exception:  # noqa: BLE001 - objects in it may raise anything
        is_same = False
    if not is_same:
        kind = type(value).__name__
        return PackedResult(why_not=f"a value of type {kind} does not come back as it was")
    return PackedResult(bytes(room.content), identity)
