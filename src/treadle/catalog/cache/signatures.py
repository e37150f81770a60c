"""Signatures of the values that this user has stored in a cache.

A value is a pickle, which runs code when it is loaded, and a cache may come with a project that
somebody else made. So only values that are signed with the user's own key are loaded.
"""

import hmac
import logging
from functools import cache
from pathlib import Path
from typing import Final

from treadle.errors import TreadleError
from treadle.user_folder import read_key

_log = logging.getLogger(__name__)

FOLDER: Final = "signed"
"""The name of the folder of signatures in a cache."""


class Signatures:
    """The signatures of the values in one cache: ``signed/<digest>``.

    Args:
        cache: The folder of the cache.
    """

    def __init__(self, cache: Path) -> None:
        self._folder = cache / FOLDER

    def locate(self, digest: str) -> Path:
        """Return the path of the signature of a value."""
        return self._folder / digest.removeprefix("blake3:")

    def is_valid(self, digest: str) -> bool:
        """Return whether a value has the signature of this user."""
        try:
            signature = self.locate(digest).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return False
        expected = create_signature(digest)
        return bool(expected) and hmac.compare_digest(signature, expected)


def create_signature(digest: str) -> str:
    """Return the signature of a value by this user; empty if the user has no key."""
    key = _own_key()
    message = f"treadle value {digest}".encode()
    return hmac.new(key, message, "sha256").hexdigest() if key else ""


@cache
def _own_key() -> bytes:
    """Return the key of this user; empty if it cannot be created, which is logged once."""
    try:
        return read_key()
    except TreadleError as error:
        _log.warning("No values are stored or loaded by cache: store. %s", error)
        return b""
