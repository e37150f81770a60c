"""Makes random numbers repeatable: seeds each node, and restores the caller's state after a run."""

import contextlib
import random
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Final

from treadle.after_import import AfterImport

_LIBRARIES: Final = {"numpy.random": "seed", "torch": "manual_seed"}
"""Modules with a global generator, and the function that seeds it with 32 bits."""


class Generators:
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


@contextlib.contextmanager
def restored_generators() -> Iterator[Generators]:
    """Restore the state of ``random`` and numpy after the block; yield their seeder."""
    own = random.getstate()
    numpy = sys.modules.get("numpy.random")
    theirs = numpy.get_state() if numpy is not None else None
    generators = Generators()
    late = AfterImport(_LIBRARIES, generators.seed_module)
    late.install()
    try:
        yield generators
    finally:
        late.remove()
        random.setstate(own)
        if numpy is not None and theirs is not None:
            numpy.set_state(theirs)
        elif (loaded := sys.modules.get("numpy.random")) is not None:
            loaded.seed(None)  # a node loaded it: the program gets a random seed
