"""What each module of the project read while it was imported, as long as the process lives."""

from typing import Final

from treadle.engine.observed.readings import Reading, ReadingNow
from treadle.engine.observed.watch import Watch

__all__ = ["readings_by_module", "readings_of_import", "watch_of_import"]

_WATCHES: Final[dict[str, Watch]] = {}


def watch_of_import(module: str) -> Watch:
    """Return what notes the readings of a module that is being imported."""
    return _WATCHES.setdefault(module, Watch())


def readings_by_module(now: ReadingNow) -> dict[str, tuple[Reading, ...]]:
    """Return what each module read while it was imported, if anything."""
    found = {module: readings_of_import(now, module) for module in sorted(_WATCHES)}
    return {module: readings for module, readings in found.items() if readings}


def readings_of_import(now: ReadingNow, module: str = "") -> tuple[Reading, ...]:
    """Return what a module read while it was imported; of all modules if none is named.

    What has changed since then has a digest that nothing else has.
    """
    watches = list(_WATCHES.values()) if not module else [_WATCHES[module]] if module in _WATCHES else []
    return tuple(sorted({one for watch in watches for one in watch.finish(now)[0]}))
