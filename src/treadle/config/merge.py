"""Merges trees: dicts key by key at every depth, everything else as a whole."""

from collections.abc import Mapping
from typing import Any

from treadle.config.documents import Document, Origin
from treadle.errors import ConfigError

__all__ = ["join", "merge", "overlay", "set_path"]


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one tree over another; the values of the second win, their siblings stay.

    Examples:
        >>> merge({"model": {"lr": 0.1, "depth": 3}}, {"model": {"lr": 5}})
        {'model': {'lr': 5, 'depth': 3}}
    """
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        merged[key] = merge(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


def overlay(base: Document, over: Document) -> Document:
    """Lay one document over another; origins go along."""
    return Document(merge(base.tree, over.tree), {**base.origins, **over.origins})


def join(documents: list[Document]) -> Document:
    """Put the files of one environment together; they may share dicts, but no value.

    Raises:
        ConfigError: Two files give one key a value; both places are named.
    """
    joined = Document({}, {})
    for document in documents:
        _refuse_overlap(joined, document)
        joined = overlay(joined, document)
    return joined


def _refuse_overlap(first: Document, second: Document) -> None:
    stack: list[tuple[tuple[str, ...], Any, Any]] = [((), first.tree, second.tree)]
    while stack:
        path, one, other = stack.pop()
        for key in one.keys() & other.keys():
            here = (*path, key)
            if isinstance(one[key], Mapping) and isinstance(other[key], Mapping):
                stack.append((here, one[key], other[key]))
            elif not key.startswith("_"):
                raise ConfigError(
                    f'"{".".join(here)}" is set twice: in {first.origins.get(here)} and in {second.origins.get(here)}.',
                    hint="Within one environment a value has one place; another environment may change it.",
                )


def set_path(document: Document, path: tuple[str, ...], value: Any, origin: Origin) -> Document:
    """Set one value deep in a document."""
    tree: Any = value
    for key in reversed(path):
        tree = {key: tree}
    return overlay(document, Document(tree, {path: origin}))
