"""The parameters set on the command line or by a caller, and those of them that are not read."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from treadle.config.documents import key_text

_REFERENCE: Final = re.compile(r"\$\{\s*(?P<resolver>[\w.\-]+:)?\s*(?P<path>[\w.\-]*)")
_RUNTIME: Final = "runtime_params:"
_SHOWN: Final = 8


class SetParameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters that were set for one run."""

    paths: Mapping[str, bool] = {}
    """The dotted paths that were set, and whether a file has the same path."""
    referred: frozenset[str] = frozenset()
    """The paths that the configuration itself reads by ``${…}``."""

    def find_unread(self, read: Collection[str], paths: Iterable[str]) -> list[str]:
        """Return a warning for each path that has no effect, or seems to be misspelt.

        Args:
            read: The paths that nodes read; the empty one is the whole tree.
            paths: All paths of the configuration.
        """
        names = [*paths]
        candidates = {
            path for path in names if path not in self.paths and _is_any_around(read, path)
        }
        warnings = []
        for path, is_in_file in self.paths.items():
            if any(_overlap(path, other) for other in self.referred):
                continue
            if not any(_overlap(path, other) for other in read):
                advice = _advise(path, candidates | set(filter(None, read)))
                warnings.append(
                    f'No node reads the parameter "{path}", so setting it has no effect. {advice}'
                )
            elif not is_in_file and path not in read and (close := self._misspelt(path, names)):
                warnings.append(
                    f'The parameter "{path}" is in no file of the configuration. Did you mean '
                    f'"{close}"?'
                )
        return warnings

    def _misspelt(self, path: str, paths: Iterable[str]) -> str:
        """Return the sibling in the same dict whose name is nearly the same, if there is one."""
        parent, _, name = path.rpartition(".")
        names = {
            other.rpartition(".")[2]: other
            for other in paths
            if other.rpartition(".")[0] == parent and other not in self.paths
        }
        from difflib import get_close_matches

        close = get_close_matches(name, names, n=1, cutoff=0.75)
        return names[close[0]] if close else ""


def compare_paths(over: Mapping[Any, Any], base: Mapping[Any, Any]) -> dict[str, bool]:
    """Return the dotted paths of a tree, and whether the tree that it overlays has them."""
    return {".".join(map(key_text, path)): _has(base, path) for path in _leaves(over)}


def find_references(tree: Any, *, only_runtime: bool = False) -> frozenset[str]:
    """Return the dotted paths that the ``${…}`` of a tree read.

    A path that is built from others, or that is relative, stands for all paths that begin with its
    known part.

    Args:
        tree: A document before interpolation.
        only_runtime: Whether only ``${runtime_params:…}`` counts, as in a catalog.

    Examples:
        >>> sorted(find_references({"a": "${b.c}/${runtime_params:day,monday}"}))
        ['b.c', 'day']
    """
    paths = set()
    for text in _texts(tree):
        for match in _REFERENCE.finditer(text):
            resolver = match["resolver"] or ""
            if resolver == _RUNTIME or (not resolver and not only_runtime):
                path = match["path"]
                paths.add("" if path.startswith(".") else path.rstrip("."))
    return frozenset(paths)


def _advise(path: str, read: Collection[str]) -> str:
    """Return the nearest of the paths that are read, as a question, or else all of them.

    A sibling is compared by its own name: the common prefix would make any two similar.
    """
    if not read:
        return "The nodes read no parameters."
    parent, _, name = path.rpartition(".")
    siblings = {each.rpartition(".")[2]: each for each in read if each.rpartition(".")[0] == parent}
    from difflib import get_close_matches

    close = get_close_matches(name, siblings, n=1)
    close = close or get_close_matches(path, read, n=1, cutoff=0.8)
    if close:
        return f'Did you mean "{siblings.get(close[0], close[0])}"?'
    more = f" and {len(read) - _SHOWN} more" if len(read) > _SHOWN else ""
    return f"Nodes read {', '.join(sorted(read)[:_SHOWN])}{more}."


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str) and "${" in tree:
        yield tree


def _leaves(tree: Mapping[Any, Any], before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*before, key))
        else:
            yield (*before, key)


def _has(tree: Any, path: tuple[Any, ...]) -> bool:
    for key in path:
        if not isinstance(tree, Mapping) or key not in tree:
            return False
        tree = tree[key]
    return True


def _is_any_around(read: Iterable[str], path: str) -> bool:
    return any(not other or path == other or path.startswith(f"{other}.") for other in read)


def _overlap(path: str, other: str) -> bool:
    """Return whether two paths are the same, or one contains the other."""
    return _is_any_around([other], path) or _is_any_around([path], other)
