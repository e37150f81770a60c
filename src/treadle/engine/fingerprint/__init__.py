"""Fingerprints: digests of a node's code and of values."""

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
