"""Separation of code from other files in a folder: virtual environments, builds, caches."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAMES: Final = frozenset(
    {
        "__pycache__",
        ".treadle",
        "node_modules",
        "site-packages",
        "mlruns",
        "mlartifacts",
        ".eggs",
        ".tox",
        ".nox",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
    }
)
_METADATA: Final = (".egg-info", ".dist-info")
_BUILT: Final = frozenset({"build", "dist"})
_BUILT_BY: Final = ("pyproject.toml", "setup.py", "setup.cfg")
_ENVIRONMENT: Final = "pyvenv.cfg"
EXCLUDED: Final = (*sorted(_NAMES), *(f"*{ending}" for ending in _METADATA))
"""Patterns of folders that are never code, wherever they are."""


class NoCode:
    """A filter for files of a folder that are not code; it looks at each folder once.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, bool] = {"": False}

    def covers(self, name: str) -> bool:
        """Return whether a file or folder is not code, or is in a folder that is not.

        Args:
            name: Relative to the root, with ``/``; a folder may end with one.
        """
        inner = name.rstrip("/")
        return self._is_inside(inner if inner != name else inner.rpartition("/")[0])

    def _is_inside(self, folder: str) -> bool:
        known = self._known.get(folder)
        if known is None:
            parent, _, base = folder.rpartition("/")
            known = self._is_inside(parent) or self._is_none(folder, parent, base)
            self._known[folder] = known
        return known

    def _is_none(self, folder: str, parent: str, base: str) -> bool:
        if base in _NAMES or base.endswith(_METADATA):
            return True
        if (self._root / folder / _ENVIRONMENT).is_file():
            return True
        around = self._root / parent
        return base in _BUILT and any((around / name).is_file() for name in _BUILT_BY)


def walk_code(root: Path) -> Iterator[Path]:
    """Yield the files below a folder that may be code, sorted by name, without hidden ones."""
    no_code = NoCode(root)
    for folder, folders, files in os.walk(root):
        here = os.path.relpath(folder, root)
        before = "" if here == os.curdir else f"{here}/"
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not no_code.covers(f"{before}{name}/")
        )
        yield from (Path(folder) / name for name in sorted(files) if not name.startswith("."))
