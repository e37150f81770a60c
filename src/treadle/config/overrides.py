"""Parameters given on the command line: ``model.lr=5``."""

import re
from collections.abc import Iterable
from typing import Any, Final

from treadle.config.documents import Document, Origin, parse_value
from treadle.config.merge import overlay, set_path
from treadle.errors import ConfigError

__all__ = ["COMMAND_LINE", "parse_overrides"]

COMMAND_LINE: Final = Origin("--params")

_SEPARATOR: Final = re.compile(r",(?=\s*[A-Za-z_][\w.\-]*\s*=)")


def parse_overrides(texts: Iterable[str]) -> Document:
    """Read ``a.b=1`` and ``a=1,b=2``; values are typed as in YAML.

    A comma separates only where a name and ``=`` follow, so that ``sizes=[1,2]`` is one list.

    Raises:
        ConfigError: One of them is not of that form.

    Examples:
        >>> parse_overrides(["model.lr=5,model.kind=ridge", "sizes=[1,2]"]).tree
        {'model': {'lr': 5, 'kind': 'ridge'}, 'sizes': [1, 2]}
    """
    document = Document({}, {})
    for text in texts:
        for part in _SEPARATOR.split(text):
            document = overlay(document, _parse_one(part))
    return document


def _parse_one(text: str) -> Document:
    name, separator, value = text.partition("=")
    path = tuple(name.strip().split("."))
    if not separator or not all(path):
        raise ConfigError(
            f'--params: "{text}" sets nothing.',
            hint="Write name=value, such as --params model.lr=5 or --params a.b=text.",
        )
    parsed: Any = parse_value(value.strip())
    return set_path(Document({}, {}), path, parsed, COMMAND_LINE)
