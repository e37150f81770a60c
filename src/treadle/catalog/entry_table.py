"""The entries of a catalog by name: entries of their own, patterns, and variants."""

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.catalog.patterns import fill, is_pattern, sort_patterns
from treadle.errors import TreadleError


class Entry(msgspec.Struct, frozen=True):
    """The entry that a name refers to."""

    name: str
    """The name or pattern under which it is written."""
    options: Mapping[str, Any]
    """Its keys, with a pattern's placeholders filled in."""
    origin: str
    """Where it was written, for messages; empty if that is not known."""

    def declaration(self, *, complete: bool) -> dict[str, Any]:
        """Return its keys; those that change no data only if it is to be complete."""
        hidden = () if complete else ("credentials", "metadata")
        return {key: value for key, value in self.options.items() if key not in hidden}


class EntryTable:
    """The entries of a catalog.

    Args:
        values: Name or pattern to a dict, a filepath, or another value, which is not an entry.
        origins: Where each entry was written.
        broken: Name to the error of an entry.

    Raises:
        CatalogError: A pattern is invalid.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        origins: Mapping[tuple[str, ...], Any],
        broken: Mapping[str, TreadleError],
    ) -> None:
        self.broken = broken
        self.names = tuple(name for name in (*values, *broken) if not is_pattern(name))
        """The names of all values, and of broken entries."""
        self._entries: dict[str, Mapping[str, Any]] = {
            name: {"filepath": value} if isinstance(value, str) else value
            for name, value in values.items()
            if isinstance(value, str | Mapping)
        }
        self.others = {name: values[name] for name in values if name not in self._entries}
        """The values that are not entries."""
        self._origins = origins
        self.patterns = sort_patterns([name for name in self._entries if is_pattern(name)])
        """In the order in which they are matched."""

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def find(self, name: str) -> Entry | None:
        """Find the entry of a name: its own, the one of its variant's base, or a pattern's."""
        if name in self._entries and not is_pattern(name):
            return self._entry(name, self._entries[name])
        base, _, variant = name.partition("@")
        if variant and base in self._entries:
            return self._entry(base, {**self._entries[base], "engine": variant})
        for pattern in self.patterns:
            values = pattern.match(name)
            if values is not None:
                options = fill(self._entries[pattern.text], values, pattern.text)
                return self._entry(pattern.text, options)
        return None

    def _entry(self, name: str, options: Mapping[str, Any]) -> Entry:
        return Entry(name, options, str(self._origins.get((name,), "")))
