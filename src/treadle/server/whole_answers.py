"""Sends headers and body of an answer together, so that a killed server leaves no half of one.

A client that has the headers of an answer counts its request as taken, and MLflow's clients do not
ask again where the body is missing then. uvicorn writes the two one after the other; the loop of
uvloop sends them together, that of asyncio does not.
"""

import asyncio
from typing import Any, Final

__all__ = ["JoiningTransport"]

_MOST: Final = 64 << 10  # bytes that wait; a file that is streamed is not gathered


class JoiningTransport:
    """A transport that sends what is written in one turn of the loop at once.

    Args:
        transport: What sends it.
        loop: Whose turns count.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send data, at the latest when this turn of the loop is over."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size >= _MOST:
            self._flush()

    def close(self) -> None:
        """Send what was written, and hang up."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        """Return what else the transport has."""
        return getattr(self._transport, name)
