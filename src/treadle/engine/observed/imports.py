"""What each project module read during import, for the life of the process."""

from types import CodeType
from typing import Final

from treadle.engine.observed.collector import Watch
from treadle.engine.observed.readings import Reading, ReadingNow

_WATCHES: Final[dict[str, tuple[CodeType | None, Watch]]] = {}
"""With the body of the module, which differs when it is imported again."""


def watch_of_import(module: str, body: CodeType | None) -> Watch:
    """Return what records the readings of a module that is being imported.

    Args:
        module: Its name.
        body: The code of the module.
    """
    known = _WATCHES.get(module)
    if known is None or known[0] is not body:
        known = _WATCHES[module] = (body, Watch())
    return known[1]


def readings_by_module(now: ReadingNow) -> dict[str, tuple[Reading, ...]]:
    """Return what each module read during import, if anything."""
    found = {module: readings_of_import(now, module) for module in sorted(_WATCHES)}
    return {module: readings for module, readings in found.items() if readings}


def readings_of_import(now: ReadingNow, module: str = "") -> tuple[Reading, ...]:
    """Return what a module read during import; of all modules if none is named.

    A reading that has changed since gets a unique digest.
    """
    names = list(_WATCHES) if not module else [module] if module in _WATCHES else []
    return tuple(sorted({one for name in names for one in _WATCHES[name][1].finish(now)[0]}))
