"""A transport that sends headers and body together: a killed server leaves no partial response.

A client that has the headers of a response counts its request as accepted, and MLflow's clients do
not retry if the body is missing then. uvicorn writes the two one after the other; uvloop sends them
together, asyncio does not.
"""

import asyncio
from typing import Any, Final

_MOST: Final = 64 << 10  # bytes that wait; a streamed file is not gathered


class JoiningTransport:
    """A transport that sends everything written in one iteration of the event loop at once.

    Args:
        transport: The underlying transport.
        loop: The event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send data, at the latest at the end of this iteration of the event loop."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size >= _MOST:
            self._flush()

    def close(self) -> None:
        """Send what was written, and close the connection."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the underlying transport."""
        return getattr(self._transport, name)
