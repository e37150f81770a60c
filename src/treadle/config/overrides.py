"""Parameters given on the command line: ``model.lr=5``."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from treadle.config.documents import Document, Origin, key_text, parse_value
from treadle.config.merge import overlay, set_path
from treadle.errors import ConfigError

COMMAND_LINE: Final = Origin("--params")

_SEPARATOR: Final = re.compile(r",(?=\s*[A-Za-z_][\w.\-]*\s*=)")
_KEDRO_FORM: Final = re.compile(r"(?P<name>[A-Za-z_][\w.\-]*):(?P<value>\S+)")
_CLOSING: Final = {"[": "]", "{": "}"}


def parse_overrides(texts: Iterable[str]) -> Document:
    """Parse ``a.b=1`` and ``a=1,b=2``; values are typed as in YAML.

    A comma separates only if a name and ``=`` follow, and neither in quotes nor in brackets:
    ``sizes=[1,2]`` is one list, and ``filter="x=1,y=2"`` one string.

    Raises:
        ConfigError: One of them is not of that form.

    Examples:
        >>> parse_overrides(["model.lr=5,model.kind=ridge", "sizes=[1,2]"]).tree
        {'model': {'lr': 5, 'kind': 'ridge'}, 'sizes': [1, 2]}
        >>> parse_overrides(['filter="x=1,y=2",depth=3']).tree
        {'filter': 'x=1,y=2', 'depth': 3}
    """
    document = Document({}, {})
    for text in texts:
        for part in _split(text):
            document = overlay(document, _parse_one(part))
    return document


def _split(text: str) -> list[str]:
    """Split a string at the commas between assignments.

    As in YAML, a quote or bracket opens only at the start of a value or item: that of ``it's`` is
    text. One that is never closed opens nothing.
    """
    parts = []
    start = position = 0
    while position < len(text):
        if text[position] in "'\"[{" and _begins_value(text[start:position]):
            position = _end_of(text, position)
        elif _SEPARATOR.match(text, position):
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _begins_value(before: str) -> bool:
    return before.rstrip().endswith("=")


def _end_of(text: str, start: int) -> int:
    """Return the index where the quote or bracket at an index closes; the same index if nowhere."""
    stack: list[str] = []
    position = start
    while position < len(text):
        character = text[position]
        if character in "'\"" and text[:position].rstrip()[-1:] in tuple("=[{,:"):
            position = _end_of_quote(text, position)
            if position < 0:
                return start
        elif character in _CLOSING:
            stack.append(_CLOSING[character])
        elif stack and character == stack[-1]:
            stack.pop()
        if not stack:
            return position
        position += 1
    return start


def _end_of_quote(text: str, start: int) -> int:
    """Return the index where a quote is closed, or -1; a quote escaped as in YAML is text."""
    quote = text[start]
    inner = r"(?:[^\"\\]|\\.)*" if quote == '"' else r"(?:[^']|'')*"
    match = re.compile(f"{quote}{inner}{quote}", re.DOTALL).match(text, start)
    return match.end() - 1 if match else -1


def _parse_one(text: str) -> Document:
    name, separator, value = text.partition("=")
    path = tuple(name.strip().split("."))
    if not separator or not all(path):
        raise ConfigError(f'--params: "{text}" sets nothing.', hint=_form_of(text))
    parsed: Any = parse_value(value.strip())
    return set_path(Document({}, {}), path, parsed, COMMAND_LINE)


def _form_of(text: str) -> str:
    """Explain how a parameter is set, with what was probably meant."""
    form = "Write name=value, such as --params model.lr=5 or --params a.b=text."
    if match := _KEDRO_FORM.fullmatch(text):
        return f"Write {match['name']}={match['value']}."
    if text.isidentifier():
        return f"{form} A pipeline is named without an option: treadle run {text}"
    return form


def fit_overrides(over: Document, base: Document) -> Document:
    """Convert overrides to the keys and types of the tree that they overlay.

    A dotted path consists of strings, but ``labels.0`` means the number 0 if the file has that, and
    ``demo.config.rate`` means ``rate`` of ``demo.config`` if that is one key. A date for a string
    stays a string.

    Examples:
        >>> base = Document({"labels": {0: "cat"}, "start": "2023-11-01"}, {})
        >>> fit_overrides(parse_overrides(["labels.0=dog,start=2023-12-01"]), base).tree
        {'labels': {0: 'dog'}, 'start': '2023-12-01'}
    """
    return msgspec.structs.replace(over, tree=_fit_tree(over.tree, base.tree))


def _fit_tree(over: Mapping[str, Any], base: Mapping[Any, Any]) -> dict[Any, Any]:
    tree: dict[Any, Any] = dict(over)
    for name in base:
        if isinstance(name, str) and "." in name and name not in tree:
            tree = _with_dotted_key(tree, name)
    keys = {key_text(key): key for key in base}
    fitted_tree = {}
    for key, value in tree.items():
        own = key if key in base else keys.get(key_text(key), key)
        fitted_tree[own] = _fit_value(value, base.get(own))
    return fitted_tree


def _fit_value(value: Any, base: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(base, Mapping):
        return _fit_tree(value, base)
    if isinstance(value, dt.date) and isinstance(base, str) and "${" not in base:
        return str(value)
    return value


def _with_dotted_key(tree: dict[Any, Any], name: str) -> dict[Any, Any]:
    """Move the value at the path ``a.b``, if there is one, to the key ``"a.b"``."""
    first, _, rest = name.partition(".")
    inner = tree.get(first)
    if not isinstance(inner, Mapping):
        return tree
    if rest in inner:
        value, others = inner[rest], {key: value for key, value in inner.items() if key != rest}
    elif "." in rest:
        moved = _with_dotted_key(dict(inner), rest)
        if rest not in moved:
            return tree
        value, others = moved[rest], {key: value for key, value in moved.items() if key != rest}
    else:
        return tree
    outer = {key: value for key, value in tree.items() if key != first}
    return {**outer, **({first: others} if others else {}), name: value}
