"""Catalog entries for many names: ``"{name}_csv"``, with the precedence of Kedro."""

import re
from collections.abc import Mapping
from typing import Any, Final

from treadle.errors import CatalogError

_PLACEHOLDER: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS: Final = {None: r".+?", "d": r"\d+", "w": r"\w+", "l": r"[A-Za-z]+"}


def is_pattern(name: str) -> bool:
    """Return whether the name of an entry is a pattern."""
    return "{" in name


class Pattern:
    """The name of an entry with placeholders.

    Args:
        text: Such as ``"{namespace}.{name}_csv"``; ``{n:d}`` matches digits only.

    Raises:
        CatalogError: The braces are unbalanced, or a placeholder occurs twice.

    Examples:
        >>> Pattern("{ns}.{name}_csv").match("day.flights_csv")
        {'ns': 'day', 'name': 'flights'}
    """

    def __init__(self, text: str) -> None:
        self.text = text
        literals = _PLACEHOLDER.sub("", text)
        self.names = [match[1] for match in _PLACEHOLDER.finditer(text)]
        if "{" in literals or "}" in literals or len(set(self.names)) < len(self.names):
            raise CatalogError(
                f'"{text}" is not a pattern.',
                hint='Use each placeholder once: "{namespace}.{name}_csv".',
            )
        self.literal_count = len(literals)
        expression, at = "", 0
        for match in _PLACEHOLDER.finditer(text):
            if match[2] not in _KINDS:
                raise CatalogError(
                    f'"{match[0]}" in "{text}" is not a placeholder.',
                    hint="Use {name}, {name:d} or {name:w}.",
                )
            expression += (
                re.escape(text[at : match.start()]) + f"(?P<{match[1]}>{_KINDS[match[2]]})"
            )
            at = match.end()
        # As in Kedro, matching ignores case.
        self._expression = re.compile(expression + re.escape(text[at:]), re.IGNORECASE)

    @property
    def is_catch_all(self) -> bool:
        """Whether it matches every name."""
        return self.literal_count == 0

    def match(self, name: str) -> dict[str, str] | None:
        """Return the values of the placeholders, if the name matches."""
        match = self._expression.fullmatch(name)
        return match.groupdict() if match else None


def sort_patterns(names: list[str]) -> list[Pattern]:
    """Sort patterns by precedence: more literal characters, more placeholders, then alphabetically.

    Raises:
        CatalogError: Two of them match everything.
    """
    patterns = [Pattern(name) for name in names]
    catch_all = [pattern.text for pattern in patterns if pattern.is_catch_all]
    if len(catch_all) > 1:
        raise CatalogError(
            f"Only one pattern may match every name; there are {', '.join(catch_all)}."
        )
    return sorted(
        patterns, key=lambda pattern: (-pattern.literal_count, -len(pattern.names), pattern.text)
    )


def fill(tree: Any, values: Mapping[str, str], pattern: str) -> Any:
    """Substitute the placeholders in the strings of an entry.

    Raises:
        CatalogError: The entry has a placeholder that the pattern does not have.
    """
    if isinstance(tree, Mapping):
        return {key: fill(value, values, pattern) for key, value in tree.items()}
    if isinstance(tree, list):
        return [fill(value, values, pattern) for value in tree]
    if not isinstance(tree, str) or "{" not in tree:
        return tree
    unknown = [name for name, _ in _PLACEHOLDER.findall(tree) if name not in values]
    if unknown:
        raise CatalogError(
            f'The entry "{pattern}" uses {{{unknown[0]}}}, which its name does not have.',
            hint=f"Its placeholders are: {', '.join(values)}.",
        )
    return _PLACEHOLDER.sub(lambda match: values[match[1]], tree)
