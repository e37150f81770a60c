"""Passwords and tokens, of which the store keeps only digests."""

import hashlib
import hmac
import secrets
from typing import Final

from treadle.errors import AccessError

_MIN_LENGTH: Final = 12
_MAX_LENGTH: Final = 1024
_COST: Final = 1 << 14  # n of scrypt: 16 MiB and about 50 ms
_PREFIX: Final = "trd_"


def hash_password(password: str) -> str:
    """Return the salted scrypt hash under which the store keeps a password.

    Raises:
        AccessError: It is too short or too long.
    """
    if not _MIN_LENGTH <= len(password) <= _MAX_LENGTH:
        raise AccessError(
            f"A password needs at least {_MIN_LENGTH} characters.",
            hint="Four random words will do.",
        )
    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${salt.hex()}${_derive(password, salt, _COST).hex()}"


def fits(password: str, kept: str) -> bool:
    """Return whether a password matches a hash."""
    if not kept or len(password) > _MAX_LENGTH:
        return False
    _, cost, salt, digest = kept.split("$")
    return hmac.compare_digest(
        _derive(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest)
    )


def _derive(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1, maxmem=64 << 20)


def make_token() -> str:
    """Return a new token: 256 random bits, with a prefix that secret scanners can recognize."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest_token(token: str) -> str:
    """Return the digest of a token; tokens are random, so that a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
