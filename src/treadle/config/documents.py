"""Parsing of configuration files into plain values, with the location of each value.

YAML is loaded safely: it yields strings, numbers, booleans, dates, lists and dicts, never objects.
A duplicate key is an error, not a silent loss. ``1e-3`` is a number, as in YAML 1.2.
Keys at the top level are strings; nested keys are as in YAML: ``{0: cat}`` has the number 0.
``!replace`` before a dict makes it replace that of a lower layer instead of being merged with it.
"""

import contextlib
import gc
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from treadle.errors import ConfigError

_MAX_DEPTH: Final = 64
_MAX_BRACKETS: Final = 1000  # open ones, including those in strings
_MAX_NODES: Final = 1_000_000  # an alias counts each time: this is what stops an expansion bomb
_REPLACE: Final = "!replace"
_TEXT: Final = "tag:yaml.org,2002:str"

Path_ = tuple[str, ...]


class Origin(msgspec.Struct, frozen=True):
    """The file and line where a value was written."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


Origins = dict[Path_, Origin]
"""Origins of the values of a tree, by the keys that lead to them."""


class Document(msgspec.Struct, frozen=True):
    """The content of one file."""

    tree: dict[str, Any]
    origins: Origins
    replaced: frozenset[Path_] = frozenset()
    """Paths of the dicts that replace those of a lower layer."""


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # it has no types
    """The safe loader, with the numbers of YAML 1.2."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        # Most values of a large file are strings, which need none of the other kinds' checks.
        if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
            return node.value
        return super().construct_object(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


def read_document(path: Path, shown: str) -> Document:
    """Read a YAML or JSON file whose top level is a dict; an empty file yields an empty dict.

    Args:
        path: The file.
        shown: Its name in messages.

    Raises:
        ConfigError: It cannot be read, is invalid, has a duplicate key, or its top is not a dict.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{shown} cannot be read: {error}.") from error
    walk = _Walk(shown)
    is_json = path.suffix == ".json"
    tree = _parse_json(text, shown) if is_json else _parse_yaml(text, shown, walk)
    if not isinstance(tree, dict):
        raise ConfigError(f"{shown} holds {_kind(tree)}; its top must be a dict of names.")
    tree = {key_text(key): value for key, value in tree.items()}
    origins = walk.origins or {(key,): Origin(shown) for key in tree}
    return Document(tree, origins, frozenset(walk.replaced))


def _check_depth(text: str, shown: str) -> None:
    """Reject too deeply nested brackets: the parser, which is in C, would overflow its stack."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        if depth > _MAX_BRACKETS:
            raise ConfigError(f"{shown} is nested too deeply.")


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the garbage collector: it would scan all nodes of a large file again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parse_yaml(text: str, shown: str, walk: "_Walk") -> Any:
    _check_depth(text, shown)
    try:
        loader = _Loader(text)
        try:
            with _without_collector():
                node = loader.get_single_node()
                if node is None:
                    return {}
                walk.visit(node, ())
                return loader.construct_document(node)
        finally:
            loader.dispose()
    except ConfigError:
        raise
    except yaml.MarkedYAMLError as error:
        raise _broken(shown, text, error) from error
    except RecursionError as error:
        raise ConfigError(f"{shown} is nested too deeply.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{shown} is not valid YAML: {error}.") from error


def _parse_json(text: str, shown: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) < len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise ConfigError(
                f'{shown}: the key "{twice}" stands twice.', hint="Remove or rename one of them."
            )
        return tree

    try:
        return json.loads(text, object_pairs_hook=unique) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise ConfigError(f"{shown}:{error.lineno} is not valid JSON: {error.msg}.") from error
    except RecursionError as error:
        raise ConfigError(f"{shown} is nested too deeply.") from error


def parse_value(text: str) -> Any:
    """Parse a value as YAML: ``5``, ``0.1``, ``true``, ``[1, 2]``, ``{a: 1}``, ``null``, a string.

    Examples:
        >>> parse_value("1e-3"), parse_value("ridge"), parse_value("[1, 2]")
        (0.001, 'ridge', [1, 2])
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError:
        return text


class _Walk:
    """A tree walker that notes each value's line, and rejects duplicates and expansion bombs."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._count = 0
        self.origins: Origins = {}
        self._lines: dict[int, Origin] = {}
        self.replaced: set[Path_] = set()

    def visit(self, node: yaml.Node, path: Path_) -> None:
        self._count += 1
        if len(path) > _MAX_DEPTH or self._count > _MAX_NODES:
            raise ConfigError(
                f"{self._shown} is nested too deeply, or its aliases expand without end."
            )
        self.origins.setdefault(path, self._origin(node.start_mark.line + 1))
        if node.tag == _REPLACE:
            self._note_replacement(node, path)
        if isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.visit(item, (*path, str(index)))

    def _origin(self, line: int) -> Origin:
        """Return the origin object that all values of a line share."""
        origin = self._lines.get(line)
        if origin is None:
            origin = self._lines[line] = Origin(self._shown, line)
        return origin

    def _note_replacement(self, node: yaml.Node, path: Path_) -> None:
        if not isinstance(node, yaml.MappingNode):
            raise ConfigError(
                f"{self._shown}:{node.start_mark.line + 1}: !replace is written before a dict.",
                hint="Everything else replaces what a lower layer has anyway: remove it here.",
            )
        node.tag = "tag:yaml.org,2002:map"
        self.replaced.add(path)

    def _visit_mapping(self, node: yaml.MappingNode, path: Path_) -> None:
        lines: dict[str, int] = {}
        for key, value in node.value:
            # The text of a boolean is the one that a path has: Yes and on are "true".
            is_bool = key.tag == "tag:yaml.org,2002:bool"
            name = key_text(yaml.load(key.value, _Loader) if is_bool else key.value)  # noqa: S506
            line = key.start_mark.line + 1
            if name in lines and key.tag != "tag:yaml.org,2002:merge":
                raise ConfigError(
                    f'{self._shown}:{line}: the key "{".".join((*path, name))}" stands twice, '
                    f"first in line {lines[name]}.",
                    hint="Remove or rename one of them.",
                )
            lines[name] = line
            here = (*path, name)
            self.origins[here] = self._origin(line)
            self.visit(value, here)


def _broken(shown: str, text: str, error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    where = f"{shown}:{mark.line + 1}" if mark else shown
    # A line of a credentials file could contain a secret, so it is not shown.
    lines = [] if Path(shown).name.startswith("credentials") else text.splitlines()
    quoted = (
        f"\n  {lines[mark.line]}\n  {' ' * mark.column}^" if mark and mark.line < len(lines) else ""
    )
    hint = (
        "Check the indentation, and quote texts that hold a colon or start with a special "
        "character."
    )
    if "{%" in text or "{{" in text:
        hint = (
            "Jinja is not read here. Of a loop over entries a pattern is made, "
            '"{name}_raw": {type: csv, filepath: "data/{name}.csv"}, and of a variable ${name}.'
        )
    return ConfigError(
        f"{where} is not valid YAML: {error.problem or error.context}.{quoted}", hint=hint
    )


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(
        type(value), f"a value of {type(value).__name__}"
    )


def key_text(key: object) -> str:
    """Return a key as in a path: ``model.0`` has a number, ``flags.true`` a boolean.

    Examples:
        >>> key_text(0), key_text(True), key_text("lr")
        ('0', 'true', 'lr')
    """
    return str(key).lower() if isinstance(key, bool) else str(key)
