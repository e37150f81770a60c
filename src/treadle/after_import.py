"""Calls a function whenever one of some modules has been imported, by whichever loader."""

import contextlib
import sys
from collections.abc import Callable, Collection, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class AfterImport:
    """A finder that finds some modules as the other finders do, and wraps their loaders.

    Args:
        names: The modules.
        call: Called with a module after its code has run.
    """

    def __init__(self, names: Collection[str], call: Callable[[ModuleType], None]) -> None:
        self._names = names
        self._call = call

    def install(self) -> None:
        """Put it before the other finders, once."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Remove it from the finders, if it is still there."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of the modules; None for any other."""
        if name not in self._names:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)  # some old finders have none
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self._call)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Loads a module by its own loader, and leaves no trace of itself in the module."""

    def __init__(self, inner: Any, call: Callable[[ModuleType], None]) -> None:
        self._inner = inner
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # other attributes of loaders that tools use

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._inner.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        self._call(module)
