"""Recognizes the global random number generators.

Their state differs in each process, and does not belong to the code that refers to them:
each node's seed is set on them before it runs.
"""

import sys
import types
from typing import Any


def name_of_shared_chance(value: Any) -> str:
    """Return the name of a global generator, or of a function that is its method; else empty.

    Examples are ``random.choice``, and the generator of SciPy's distributions.
    """
    owner = (
        value.__self__ if isinstance(value, types.MethodType | types.BuiltinMethodType) else value
    )
    for module, attribute, name in (
        ("random", "_inst", "random"),
        ("numpy.random.mtrand", "_rand", "numpy.random"),
    ):
        shared = getattr(sys.modules.get(module), attribute, None)
        if shared is not None and owner is shared:
            return name if value is owner else f"{name}.{value.__name__}"
    return ""
