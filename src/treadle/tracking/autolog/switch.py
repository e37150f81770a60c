"""Turns autologging on and off, for libraries that are imported already and for those still to come."""

import importlib
import importlib.abc
import logging
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

from treadle.errors import ConfigError, nearest
from treadle.masking import mask
from treadle.tracking.autolog.training import Options, choose

__all__ = ["LIBRARIES", "autolog"]

_log = logging.getLogger(__name__)

LIBRARIES: Final = {
    "sklearn": ("sklearn.base",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "lightning": ("pytorch_lightning", "lightning.pytorch"),
    "keras": ("keras",),
}
"""The libraries that are known, and the modules of each that are changed when they are imported."""

_HOMES: Final = {module: library for library, modules in LIBRARIES.items() for module in modules}

_lock = threading.RLock()
_installed: set[str] = set()


def autolog(
    *libraries: str, models: bool = True, plots: bool = True, tuning_runs: int = 5, disable: bool = False
) -> None:
    """Log what libraries train from here on: parameters, metrics by step, the model, plots.

    Inside a run, training is logged there; a second model under a name of its own. Without one, each call that
    trains is a run. Nothing of it can make training fail.

    Args:
        libraries: Of ``sklearn``, ``xgboost``, ``lightgbm``, ``lightning`` and ``keras``; all if none is given.
            They need not be imported yet.
        models: Whether to keep the trained model.
        plots: Whether to draw what the library has to show, where matplotlib is installed.
        tuning_runs: How many candidates of a search of scikit-learn become runs, the best first.
        disable: Log these libraries no more.

    Raises:
        ConfigError: A library is not known.

    Examples:
        >>> import treadle
        >>> treadle.autolog("sklearn", plots=False)
        >>> treadle.autolog(disable=True)
    """
    for name in libraries:
        if name not in LIBRARIES:
            raise ConfigError(f'"{name}" is not a library that can be logged.', hint=nearest(name, list(LIBRARIES)))
    options = None if disable else Options(models=models, plots=plots, tuning_runs=tuning_runs)
    with _lock:
        for name in libraries or LIBRARIES:
            choose(name, options)
        if disable:
            return
        if not any(isinstance(finder, _LateFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _LateFinder())
        for module in _HOMES:
            if module in sys.modules and not getattr(sys.modules[module].__spec__, "_initializing", False):
                _install(module)


def _install(module: str) -> None:
    """Change a library so that it tells what it trains. Done once; whether it is listened to is another matter."""
    with _lock:
        if module in _installed:
            return
        _installed.add(module)
        try:
            recipe = importlib.import_module(f"treadle.tracking.autolog.{_HOMES[module]}")
            recipe.install(sys.modules[module])
        except Exception as error:  # noqa: BLE001 - a library that is not as expected still has to work
            _log.warning("%s cannot be logged automatically: %s: %s", module, type(error).__name__, mask(str(error)))


class _LateFinder(importlib.abc.MetaPathFinder):
    """Sees a library being imported, and changes it as soon as that is done."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what the others find, with a loader of ours around its own."""
        if fullname not in _HOMES or fullname in _installed:
            return None
        for finder in sys.meta_path:
            if finder is not self and (found := finder.find_spec(fullname, path, target)) is not None:
                if found.loader is not None:
                    found.loader = _LateLoader(found.loader)
                return found
        return None


class _LateLoader(importlib.abc.Loader):
    """Loads a library as its own loader does, then changes it."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)  # what else tools ask a loader for

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader  # as if we had never been here
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _install(module.__name__)
