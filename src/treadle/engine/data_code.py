"""Fingerprints the code that loads and saves data: formats, dataset classes and hooks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from treadle.catalog import Dataset
from treadle.engine.fingerprint import CodeFingerprint, CodeFingerprints
from treadle.engine.modules import versions_behind
from treadle.hooks import Hooks

_HOOKS: Final = (
    "after_catalog_created",
    "after_dataset_loaded",
    "before_dataset_saved",
    "before_node_run",
    "before_pipeline_run",
)
"""Hooks that can change the inputs of nodes, or what is saved."""


def data_hooks(hooks: Hooks) -> list[Callable[..., Any]]:
    """Return the functions of plugins that can change data, without Treadle's own."""
    found = []
    for name in _HOOKS:
        for implementation in getattr(hooks.hook, name).get_hookimpls():
            function: Callable[..., Any] = implementation.function
            if not str(getattr(function, "__module__", "")).startswith("treadle."):
                found.append(function)
    return found


class DataCode:
    """The code of datasets and hooks.

    Args:
        code: Fingerprints functions and classes.
        hooks: Functions that can change data on its way to and from a node.
    """

    def __init__(self, code: CodeFingerprints, hooks: Iterable[Callable[..., Any]] = ()) -> None:
        self._code = code
        self._hooks = [code.of(function) for function in hooks]
        self._datasets: dict[int, CodeFingerprint] = {}

    def of(self, datasets: Iterable[Dataset]) -> tuple[dict[str, str], dict[str, str]]:
        """Fingerprint the code that loads and saves datasets, and the hooks that see them.

        Returns:
            Pieces of the project's code, and versions of packages.
        """
        pieces: dict[str, str] = {}
        packages: dict[str, str] = {}
        for one in (*self._hooks, *map(self._of_dataset, datasets)):
            pieces |= one.pieces
            packages |= one.packages
        return pieces, packages

    def _of_dataset(self, dataset: Dataset) -> CodeFingerprint:
        known = self._datasets.get(id(dataset))
        if known is None:
            known = self._datasets[id(dataset)] = self._read(dataset)
        return known

    def _read(self, dataset: Dataset) -> CodeFingerprint:
        pieces: dict[str, str] = {}
        packages: dict[str, str] = {}
        for one in getattr(dataset, "code", ()):
            packages |= versions_behind(_libraries(one))
            if not isinstance(one, str):
                found = self._code.of(one if isinstance(one, type) else type(one))
                pieces |= found.pieces
                packages |= found.packages
        return CodeFingerprint(pieces, packages, (), ())


def _libraries(part: object) -> Iterator[str]:
    """Yield the top-level modules of the packages that a format reads and writes with."""
    names = (part,) if isinstance(part, str) else getattr(part, "libraries", ())
    return (name.partition(".")[0] for name in names)
