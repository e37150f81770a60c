"""Validation of the keys of a catalog entry."""

from collections.abc import Collection, Mapping
from typing import Any

from treadle.errors import CatalogError, nearest


def required(options: Mapping[str, Any], key: str) -> Any:
    """Return a required value of an entry.

    Raises:
        CatalogError: It is missing or empty.
    """
    if options.get(key) in (None, ""):
        raise CatalogError(f"it has no {key}.", hint=f"Add {key}: …")
    return options[key]


def dict_of(options: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a dict of an entry; empty if it is not given.

    Raises:
        CatalogError: It is not a dict.
    """
    given = options.get(key) or {}
    if not isinstance(given, Mapping):
        raise CatalogError(f"its {key} is a dict, not {type(given).__name__}.")
    return given


def check_keys(
    options: Mapping[str, Any],
    known: Collection[str],
    *,
    where: str = "it has",
    hints: Mapping[str, str] | None = None,
) -> None:
    """Check that every key is known.

    Args:
        options: The entry, or a dict in it.
        known: The known keys.
        where: What has the key, for the message.
        hints: What to write instead of some others.

    Raises:
        CatalogError: A key is unknown.
    """
    for key in options:
        if key not in known:
            hint = (hints or {}).get(str(key)) or nearest(str(key), known, limit=20)
            raise CatalogError(f'{where} a key "{key}" that means nothing.', hint=hint)
