"""Knows the generators of random numbers that all code of a process shares.

Their state is another one in each process, and says nothing of the code that refers to them:
before each node they get the node's seed.
"""

import sys
import types
from typing import Any

__all__ = ["name_of_shared_chance"]


def name_of_shared_chance(value: Any) -> str:
    """Return the name of a shared generator, or of a function that is a method of one; else empty.

    Those are ``random.choice`` and its like, and what SciPy's distributions refer to.
    """
    owner = value.__self__ if isinstance(value, types.MethodType | types.BuiltinMethodType) else value
    for module, attribute, name in (("random", "_inst", "random"), ("numpy.random.mtrand", "_rand", "numpy.random")):
        shared = getattr(sys.modules.get(module), attribute, None)
        if shared is not None and owner is shared:
            return name if value is owner else f"{name}.{value.__name__}"
    return ""
