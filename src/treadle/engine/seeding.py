"""Makes random numbers repeatable: seeds each node, and restores the caller's state after a run."""

import contextlib
import random
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

_LIBRARIES: Final = {"numpy.random": "seed", "torch": "manual_seed"}
"""Modules with a global generator, and the function that seeds it with 32 bits."""


class Chance:
    """The global generators: ``random``, numpy and torch, also if a node imports them first."""

    def __init__(self) -> None:
        self._seed: int | None = None

    def seed(self, seed: int) -> None:
        """Seed all generators.

        Args:
            seed: 32 bits.
        """
        self._seed = seed
        random.seed(seed)
        for name in _LIBRARIES:
            if name in sys.modules:
                self.seed_module(sys.modules[name])

    def seed_module(self, module: ModuleType) -> None:
        """Seed the generator of a library, if a node has begun."""
        function = getattr(module, _LIBRARIES[module.__name__], None)
        if self._seed is not None and function is not None:
            function(self._seed)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a library as the other finders on ``sys.meta_path`` do, to seed it once loaded."""
        if name not in _LIBRARIES:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)  # some old finders have none
            spec: ModuleSpec | None = (
                find(name, path, target) if finder is not self and find is not None else None
            )
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _SeedingLoader(spec.loader, self)  # type: ignore[assignment]
                return spec
        return None


class _SeedingLoader:
    """A loader that loads a module by another loader, then seeds it."""

    def __init__(self, inner: Any, chance: Chance) -> None:
        self._inner = inner
        self._chance = chance

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._inner.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        self._chance.seed_module(module)


@contextlib.contextmanager
def kept_chance() -> Iterator[Chance]:
    """Restore the state of ``random`` and numpy after the block; yield their seeder."""
    own = random.getstate()
    numpy = sys.modules.get("numpy.random")
    theirs = numpy.get_state() if numpy is not None else None
    chance = Chance()
    sys.meta_path.insert(0, chance)
    try:
        yield chance
    finally:
        with contextlib.suppress(ValueError):  # the list may have been cleared meanwhile
            sys.meta_path.remove(chance)
        random.setstate(own)
        if numpy is not None and theirs is not None:
            numpy.set_state(theirs)
        elif (loaded := sys.modules.get("numpy.random")) is not None:
            loaded.seed(None)  # a node loaded it: the program gets a random seed
