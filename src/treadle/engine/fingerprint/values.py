"""Digests values, so that equal ones have equal digests in every process and on every machine.

A digest covers a value completely, or there is none: its type, all of its state, and the code in
it. Plain values, containers, arrays and tables are handled directly. Every other object is split
as pickle would, but part by part: so sets in it are sorted, functions in it are followed, and no
memory address counts.
"""

import copyreg
import datetime as dt
import decimal
import enum
import pathlib
import re
import types
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from importlib import import_module
from typing import Any, Final

from blake3 import blake3

from treadle.engine.fingerprint.tables import table_parts

_ATOMS: Final = frozenset(
    {
        bool,
        complex,
        range,
        type(None),
        type(...),
        type(NotImplemented),
        decimal.Decimal,
        uuid.UUID,
        dt.date,
        dt.timedelta,
        dt.timezone,
        pathlib.PurePosixPath,
        pathlib.PureWindowsPath,
        pathlib.PosixPath,
        pathlib.WindowsPath,
    }
)
"""Types whose ``repr`` is their whole state."""
_WRITTEN: Final = frozenset({bool, int, float, str, type(None)})
"""Types whose lists and dicts are serialized at once."""
_NAMED: Final = (type, types.FunctionType, types.ModuleType)
_DEEPEST: Final = 100

Reach = Callable[[Any], str | None]
"""Digests code; returns None for data."""


class IndigestibleError(Exception):
    """A value has no digest, as it is unknown when two of its kind are equal."""


def digest_value(value: object, reach: Reach | None = None) -> str:
    """Digest a value: plain ones, containers, arrays, tables, and all that pickle can split.

    Args:
        value: The value.
        reach: Called for each object in it. Without it, functions and classes count by names.

    Raises:
        IndigestibleError: It has none.
    """
    try:
        return blake3(_Digester(reach).encode(value)).hexdigest()[:32]
    except RecursionError:
        raise IndigestibleError(f"{type(value).__name__} is nested too deeply") from None


class _Digester:
    """Digests one value with all that is in it, each object once."""

    def __init__(self, reach: Reach | None) -> None:
        self._reach = reach
        self._open: dict[int, int] = {}  # depths of the values being digested, by id
        self._done: dict[int, tuple[Any, bytes]] = {}  # with the value, to keep its id
        self._outermost = 0  # depth of the outermost open value that the current one refers to

    def encode(self, value: object) -> bytes:
        """Return bytes that are equal for equal values only: a small value's text, or a digest."""
        kind = type(value)
        if kind in _ATOMS or kind is float:
            return f"{kind.__name__} {value!r}".encode()
        if kind is int:
            return f"int {value:x}".encode()  # ``repr`` rejects numbers of more than 4,300 digits
        if isinstance(value, str) and kind is str:
            return b"str " + value.encode("utf-8", "surrogatepass")
        if isinstance(value, bytes) and kind is bytes:
            return b"bytes " + value
        known = self._done.get(id(value))
        if known is not None:
            return known[1]
        if self._reach is not None and (found := self._reach(value)) is not None:
            return f"code {found}".encode()
        depth = self._open.get(id(value))
        if depth is not None:
            self._outermost = min(self._outermost, depth)
            return f"again {len(self._open) - depth}".encode()
        return self._encode_inside(value)

    def _encode_inside(self, value: Any) -> bytes:
        depth = len(self._open)
        if depth > _DEEPEST:
            raise IndigestibleError(f"{type(value).__name__} is nested too deeply")
        outer, self._outermost = self._outermost, depth
        self._open[id(value)] = depth
        try:
            encoded = blake3(_join(*self._take_apart(value))).digest()
        finally:
            del self._open[id(value)]
        if self._outermost >= depth:  # else its digest is valid only here
            self._done[id(value)] = value, encoded
        self._outermost = min(self._outermost, outer)
        return encoded

    def _take_apart(self, value: Any) -> tuple[str, Iterable[bytes]]:
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind in (list, tuple):
            if all(type(one) in _WRITTEN for one in value) and (text := _write(value)) is not None:
                return name, [text]
            return name, map(self.encode, value)
        if kind in (dict, types.MappingProxyType):
            return name, self._encode_dict([*value.items()])
        if isinstance(value, set | frozenset):
            state = _reduce(value)[2:3] if kind not in (set, frozenset) else ()
            return name, [*sorted(map(self.encode, value)), *map(self.encode, state)]
        if isinstance(value, enum.Enum):
            return name, [self.encode(value.name), self.encode(value.value)]
        if isinstance(value, re.Pattern):
            return name, [self.encode(value.pattern), self.encode(value.flags)]
        if isinstance(value, ContextVar):
            return name, map(self.encode, [value.name, *_current(value)])
        if isinstance(value, _NAMED):
            return name, [_name_of(value)]
        if isinstance(value, Iterator):
            raise IndigestibleError(f"{name} can be gone through only once")
        parts = _table_parts(value)
        return (
            (name, map(self.encode, parts))
            if parts is not None
            else (name, self._encode_reduced(value))
        )

    def _encode_dict(self, items: list[tuple[Any, Any]]) -> Iterable[bytes]:
        is_plain = all(type(key) is str and type(one) in _WRITTEN for key, one in items)
        text = _write(items) if is_plain else None
        return [text] if text is not None else self._encode_items(items)

    def _encode_items(self, items: Iterable[tuple[Any, Any]]) -> Iterator[bytes]:
        for key, one in items:
            yield self.encode(key)
            yield self.encode(one)

    def _encode_reduced(self, value: Any) -> Iterator[bytes]:
        """Encode what pickle would write: how an object is created, its state, and its content."""
        reduced = _reduce(value)
        if isinstance(reduced, str):
            yield f"{getattr(value, '__module__', '')}.{reduced}".encode()
            return
        make, arguments, state, items, pairs = ([*reduced] + [None] * 3)[:5]
        name = getattr(make, "__qualname__", repr(type(make)))
        yield f"{getattr(make, '__module__', '')}:{name}".encode()
        if self._reach is not None:
            self._reach(make)
        yield self.encode(arguments)
        yield self.encode(state)
        yield from map(self.encode, items or ())
        yield b"pairs"
        yield from self._encode_items(pairs or ())


def _current(variable: ContextVar[Any]) -> list[Any]:
    """Return the value of a context variable, or its default; empty if it has neither."""
    try:
        return [variable.get()]
    except LookupError:
        return []


def _reduce(value: Any) -> Any:
    """Split an object as pickle does.

    Raises:
        IndigestibleError: It exists only in this process.
    """
    try:
        registered = copyreg.dispatch_table.get(type(value))
        return registered(value) if registered is not None else value.__reduce_ex__(4)
    except RecursionError:
        raise
    except Exception as error:
        name = type(value).__name__
        raise IndigestibleError(f"{name} has no content to compare: {error}") from error


def _table_parts(value: Any) -> list[Any] | None:
    try:
        return table_parts(value)
    except Exception as error:
        name = type(value).__name__
        raise IndigestibleError(f"{name} has no content to compare: {error}") from error


def _name_of(value: Any) -> bytes:
    """Return the name that a class, function or module has in every process.

    Raises:
        IndigestibleError: It was created in a function, or its name refers to something else.
    """
    if isinstance(value, types.ModuleType):
        return value.__name__.encode()
    try:
        found: Any = import_module(value.__module__ or "")
    except (ImportError, ValueError):
        found = None
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is not value:
        raise IndigestibleError(f"{value.__qualname__} cannot be found by its name")
    return f"{value.__module__}:{value.__qualname__}".encode()


def _write(value: Any) -> bytes | None:
    try:
        return repr(value).encode()
    except ValueError:  # a number of more than 4,300 digits
        return None


def _join(name: str, parts: Iterable[bytes]) -> bytes:
    # Each part by its digest, so that no content can look like the end of another.
    return name.encode() + b"".join(blake3(part).digest() for part in parts)
