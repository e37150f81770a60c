"""Makes chance repeatable: each node begins with a seed of its own, and the program around a run keeps its luck."""

import contextlib
import random
import sys
from collections.abc import Iterator

__all__ = ["kept_chance", "seed_chance"]


def seed_chance(seed: int) -> None:
    """Seed ``random``, and numpy and torch where they are loaded.

    Args:
        seed: 32 bits.
    """
    random.seed(seed)
    if (numpy := sys.modules.get("numpy.random")) is not None:
        numpy.seed(seed)
    if (torch := sys.modules.get("torch")) is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(seed)


@contextlib.contextmanager
def kept_chance() -> Iterator[None]:
    """Leave ``random`` and numpy behind as they were."""
    own = random.getstate()
    numpy = sys.modules.get("numpy.random")
    theirs = numpy.get_state() if numpy is not None else None
    try:
        yield
    finally:
        random.setstate(own)
        if numpy is not None and theirs is not None:
            numpy.set_state(theirs)
