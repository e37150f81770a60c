"""The keys with which an identity provider signs its tokens."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from treadle.errors import AccessError, StoreUnreachableError
from treadle.server.sign_in.exchange import fetch

_log = logging.getLogger(__name__)

_FRESH: Final = 3600.0  # seconds after which keys are fetched again, for some may have been revoked
_PAUSE: Final = 10.0  # seconds between fetches for an unknown key: anyone may send one


class _Published(msgspec.Struct, frozen=True):
    """A JSON Web Key Set."""

    keys: list[dict[str, Any]]


class SigningKeys:
    """The keys that a provider publishes, fetched when they are needed; thread-safe.

    Args:
        locate: Returns the address of the key set.
    """

    def __init__(self, locate: Callable[[], str]) -> None:
        self._locate = locate
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        self._fetched = -math.inf

    def find(self, identifier: object) -> Any:
        """Return the key with an identifier; without one, the only key.

        Raises:
            AccessError: The provider has no such key.
            StoreUnreachableError: The provider does not respond, and no keys are known.
        """
        found = self._known(identifier)
        if found is None or self._age() >= _FRESH:
            with self._lock:  # one fetches, the others wait; known keys do not need the lock
                is_wanted = self._age() >= _PAUSE and self._known(identifier) is None
                if is_wanted or self._age() >= _FRESH:
                    self._update()
            found = self._known(identifier)
        if found is None:
            raise AccessError("The token is signed with a key that the provider does not have.")
        return found

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    def _known(self, identifier: object) -> Any:
        keys = self._keys
        if identifier is None and len(keys) == 1:
            return next(iter(keys.values()))
        return keys.get(str(identifier))

    def _update(self) -> None:
        before = self._fetched
        self._fetched = time.monotonic()  # those whose keys are known need not wait meanwhile
        try:
            published = fetch(self._locate(), _Published).keys
        except StoreUnreachableError as error:
            if not self._keys:
                self._fetched = before
                raise
            _log.warning("The provider's keys cannot be looked up again: %s", error)
            return
        self._keys = dict(filter(None, map(_read, published)))


def _read(published: dict[str, Any]) -> tuple[str, Any] | None:
    """Return the identifier of a key and the key; None if it is of another kind."""
    import jwt

    if published.get("kty") == "oct" or published.get("use", "sig") != "sig":
        return None
    try:
        return str(published.get("kid")), jwt.PyJWK(published).key
    except jwt.PyJWTError:  # of an unsupported kind
        return None
