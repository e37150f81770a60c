"""Enables and disables autologging, for libraries imported already and those imported later."""

import importlib
import logging
import sys
import threading
from typing import Final

from treadle.after_import import AfterImport
from treadle.errors import ConfigError, nearest
from treadle.masking import mask
from treadle.tracking.autolog.training import Options, choose

_log = logging.getLogger(__name__)

LIBRARIES: Final = {
    "sklearn": ("sklearn.base",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "lightning": ("pytorch_lightning", "lightning.pytorch"),
    "keras": ("keras",),
}
"""The supported libraries, and the modules of each that are patched on import."""

_HOMES: Final = {module: library for library, modules in LIBRARIES.items() for module in modules}

_lock = threading.RLock()
_installed: set[str] = set()


def autolog(
    *libraries: str,
    models: bool = True,
    plots: bool = True,
    tuning_runs: int = 5,
    disable: bool = False,
) -> None:
    """Log training of libraries from now on: parameters, metrics by step, the model, plots.

    Inside a run, training is logged there; a second model gets its own name. Without an active run,
    each call that trains is a run. Errors in autologging never make training fail.

    Args:
        libraries: Of ``sklearn``, ``xgboost``, ``lightgbm``, ``lightning`` and ``keras``; all if
            none is given. They need not be imported yet.
        models: Whether to log the trained model.
        plots: Whether to log the library's plots, if matplotlib is installed.
        tuning_runs: How many candidates of a scikit-learn search become runs, the best first.
        disable: Whether to stop autologging for these libraries.

    Raises:
        ConfigError: A library is unknown.

    Examples:
        >>> import treadle
        >>> treadle.autolog("sklearn", plots=False)
        >>> treadle.autolog(disable=True)
    """
    for name in libraries:
        if name not in LIBRARIES:
            raise ConfigError(
                f'"{name}" is not a library that can be logged.',
                hint=nearest(name, list(LIBRARIES)),
            )
    options = None if disable else Options(models=models, plots=plots, tuning_runs=tuning_runs)
    with _lock:
        for name in libraries or LIBRARIES:
            choose(name, options)
        if disable:
            return
        _late.install()
        for module in _HOMES:
            if module in sys.modules and not getattr(
                sys.modules[module].__spec__, "_initializing", False
            ):
                _install(module)


def _install(module: str) -> None:
    """Patch a library to report training. Done once; whether it is logged is decided per call."""
    with _lock:
        if module in _installed:
            return
        _installed.add(module)
        try:
            recipe = importlib.import_module(f"treadle.tracking.autolog.{_HOMES[module]}")
            recipe.install(sys.modules[module])
        except Exception as error:  # noqa: BLE001 - a library of unexpected form still has to work
            _log.warning(
                "%s cannot be logged automatically: %s: %s",
                module,
                type(error).__name__,
                mask(str(error)),
            )


_late: Final = AfterImport(_HOMES, lambda module: _install(module.__name__))
