"""Merging of trees: dicts key by key at every depth, everything else as a whole."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from treadle.config.documents import Document, Origin, Path_, key_text
from treadle.errors import ConfigError


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two trees; the values of the second win, their siblings are retained.

    Examples:
        >>> merge({"model": {"lr": 0.1, "depth": 3}}, {"model": {"lr": 5}})
        {'model': {'lr': 5, 'depth': 3}}
    """
    merged = dict(base)
    for key, value in over.items():
        lower = merged.get(key)
        merged[key] = (
            merge(lower, value)
            if isinstance(lower, Mapping) and isinstance(value, Mapping)
            else value
        )
    return merged


def overlay(base: Document, over: Document) -> Document:
    """Merge two documents with their origins; what is marked as replaced is not merged."""
    tree, origins = base.tree, base.origins
    for path in sorted(over.replaced, key=len):
        tree = _without(tree, path)
        origins = {key: origin for key, origin in origins.items() if key[: len(path)] != path}
    return Document(merge(tree, over.tree), {**origins, **over.origins}, base.replaced)


def replacing_types(base: Document, over: Document) -> Document:
    """Mark the entries of a catalog whose ``type`` differs from the entries that they overlay.

    Keys of one type mean nothing to another: such an entry replaces the lower one as a whole.
    """
    changed = {
        (name,)
        for name, entry in over.tree.items()
        if isinstance(entry, Mapping)
        and "type" in entry
        and isinstance(base.tree.get(name), Mapping)
        and base.tree[name].get("type") != entry["type"]
    }
    return msgspec.structs.replace(over, replaced=over.replaced | changed)


def _without(tree: Mapping[str, Any], path: Path_) -> dict[str, Any]:
    """Return a copy of a tree without the value at a path."""
    copied = dict(tree)
    if not path:
        return {}
    for key in [key for key in copied if key_text(key) == path[0]]:
        if len(path) == 1:
            del copied[key]
        elif isinstance(copied[key], Mapping):
            copied[key] = _without(copied[key], path[1:])
    return copied


def join(documents: list[Document]) -> Document:
    """Combine the files of one environment; they may share dicts, but no value.

    Raises:
        ConfigError: Two files set the same key; both locations are named.
    """
    joined = Document({}, {})
    for document in documents:
        _check_overlap(joined, document)
        # What one of them replaces is in lower layers; these files are all in the same layer.
        replaced = joined.replaced | document.replaced
        plain = msgspec.structs.replace(document, replaced=frozenset())
        joined = msgspec.structs.replace(overlay(joined, plain), replaced=replaced)
    return joined


def _check_overlap(first: Document, second: Document) -> None:
    for path in _shared_values(first.tree, second.tree):
        if path[0].startswith("_") or path[-1].startswith("_"):
            continue  # templates, which each file may define for itself
        raise ConfigError(
            f'"{".".join(path)}" is set twice: in {first.origins.get(path)} and in '
            f"{second.origins.get(path)}.",
            hint="Set a value once within an environment; another environment may change it.",
        )


def _shared_values(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Path_]:
    """Yield the paths at which both trees have a value that is not a dict in both."""
    stack: list[tuple[Path_, Mapping[str, Any], Mapping[str, Any]]] = [((), first, second)]
    while stack:
        path, tree, other = stack.pop()
        for key in tree.keys() & other.keys():
            here = (*path, key_text(key))
            if isinstance(tree[key], Mapping) and isinstance(other[key], Mapping):
                stack.append((here, tree[key], other[key]))
            else:
                yield here


def set_path(document: Document, path: tuple[str, ...], value: Any, origin: Origin) -> Document:
    """Return the document with one value set at a path."""
    tree: Any = value
    for key in reversed(path):
        tree = {key: tree}
    return overlay(document, Document(tree, {path: origin}))
