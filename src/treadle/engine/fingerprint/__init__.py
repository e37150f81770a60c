"""Fingerprints: what a node's code is made of, and what values are, as digests."""

from treadle.engine.fingerprint.code import CodeFingerprint, Hint, fingerprint_code
from treadle.engine.fingerprint.values import IndigestibleError, digest_value

__all__ = ["CodeFingerprint", "Hint", "IndigestibleError", "digest_value", "fingerprint_code"]
