"""Fingerprints: digests of a node's code and of values.

Code is followed by its names; where a name cannot be followed, the whole module counts.

    functions                           the code that a function reaches, and its digest
    references, findings                what code refers to, and what is found by that
    used_names, used_parts              names that code uses, and parts of their values
    objects, wrappers, whole_modules    functions, classes and modules by their content
    effects, named_objects              what modules change at import; whose objects those are
    global_random, unobserved           random numbers, unobserved influences
    sources, syntax, graph              source files, syntax trees, reachability
    values, tables                      digests of values, arrays and tables
"""

from treadle.engine.fingerprint.findings import Hint
from treadle.engine.fingerprint.functions import CodeFingerprint, CodeFingerprints, fingerprint_code
from treadle.engine.fingerprint.values import IndigestibleError, digest_value

__all__ = [
    "CodeFingerprint",
    "CodeFingerprints",
    "Hint",
    "IndigestibleError",
    "digest_value",
    "fingerprint_code",
]
