"""Fingerprints: digests of a node's code and of values.

Code is followed by its names; where a name cannot be followed, the whole module counts.

    functions                           the code that a function reaches, and its digest
    references, used_names, used_parts  names that code uses, and what they refer to
    objects, wrappers, whole_modules    functions, classes and modules by their content
    effects, global_random, unobserved  side effects, random numbers, unobserved influences
    sources, syntax, graph              source files, syntax trees, reachability
    values, tables                      digests of values, arrays and tables
"""

from treadle.engine.fingerprint.functions import CodeFingerprint, CodeFingerprints, fingerprint_code
from treadle.engine.fingerprint.references import Hint
from treadle.engine.fingerprint.values import IndigestibleError, digest_value

__all__ = [
    "CodeFingerprint",
    "CodeFingerprints",
    "Hint",
    "IndigestibleError",
    "digest_value",
    "fingerprint_code",
]
