"""Notices changes of the store: one look serves all clients that wait for changes."""

import asyncio
import time
from typing import Final

from treadle.server.access import StoreAccess
from treadle.store import new_id

_LOOK: Final = 0.4  # seconds between looks, each of which costs microseconds


class StoreWatch:
    """Notices when anything in a store was changed, by this server or by another process.

    Args:
        access: The store.
    """

    def __init__(self, access: StoreAccess) -> None:
        self._access = access
        self._lock = asyncio.Lock()
        self._looked = 0.0
        self._version = ""
        self._changes = 0
        self._name = new_id()[-12:]

    async def mark(self) -> str:
        """Return a text that differs from all earlier ones if the store was changed since.

        The marks of another server or of an earlier start differ always.
        """
        async with self._lock:
            if time.monotonic() - self._looked >= _LOOK:
                version = await self._access.watch(lambda store: store.data_version())
                self._changes += version != self._version
                self._version, self._looked = version, time.monotonic()
            return f"{self._name}-{self._changes}"
