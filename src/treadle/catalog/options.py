"""Parsing of the options of a catalog entry: each kind of entry is a Struct of its keys."""

import functools
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from treadle.errors import CatalogError, nearest

Hints = Mapping[str, str]
"""What to write instead of some unknown keys."""


class CommonOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every entry may have."""

    type: Any = None
    metadata: Any = None
    layer: Any = None
    """The metadata of old projects."""
    cache: Any = None
    validator: Any = None


_Kind = TypeVar("_Kind", bound=msgspec.Struct)


def parse_options(
    kind: type[_Kind],
    options: Mapping[str, Any],
    *,
    where: str = "it has",
    hints: Hints | None = None,
) -> _Kind:
    """Parse the options of an entry. Only dicts have a type that is checked.

    Args:
        kind: The Struct of its keys; those without a default are required.
        options: The entry, or a dict in it.
        where: What has the keys, for the message.
        hints: What to write instead of some others.

    Raises:
        CatalogError: A key is unknown, a required one is missing, or a dict is not one.
    """
    keys = _keys_of(kind)
    if not options.keys() <= keys.known:
        key = next(str(key) for key in options if key not in keys.known)
        hint = (hints or {}).get(key) or nearest(key, keys.known, limit=20)
        raise CatalogError(f'{where} a key "{key}" that means nothing.', hint=hint)
    values = dict(options)
    for key in keys.required:
        if values.get(key) in (None, ""):
            raise CatalogError(f"it has no {key}.", hint=f"Add {key}: …")
    for key in keys.dicts:
        if key in values:
            values[key] = dict_of(values, key)
    return kind(**values)


class _Keys(msgspec.Struct, frozen=True):
    """The keys of a kind of entry."""

    known: frozenset[str]
    required: tuple[str, ...]
    dicts: tuple[str, ...]


@functools.cache
def _keys_of(kind: type[msgspec.Struct]) -> _Keys:
    fields = msgspec.structs.fields(kind)
    return _Keys(
        frozenset(kind.__struct_fields__),
        tuple(field.name for field in fields if field.required),
        tuple(field.name for field in fields if typing.get_origin(field.type) is Mapping),
    )


def dict_of(options: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a dict of an entry; empty if it is not given.

    Raises:
        CatalogError: It is not a dict.
    """
    value = options.get(key) or {}
    if not isinstance(value, Mapping):
        raise CatalogError(f"its {key} is a dict, not {type(value).__name__}.")
    return value
