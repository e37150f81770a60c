"""Ends connections whose requests do not come: slow ones must not keep the server's from others."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from treadle.server.whole_answers import JoiningTransport

__all__ = ["DEFAULT_PATIENCE", "PACE", "Timed", "TimedProtocol"]

DEFAULT_PATIENCE: Final = 30.0
"""Seconds in which the headers of a request have to come, and over which the pace is measured."""
PACE: Final = 500
"""Bytes a second that a body has to come with."""
_TIMED_OUT: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: 92\r\n\r\n"
    b'{"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "The request did not come fast enough."}'
)


class Timed(asyncio.Protocol):
    """Adds limits for headers and bodies that trickle to a protocol of uvicorn.

    That is the next base of a class. Between two requests its own limit counts. The application
    says by ``patience`` how many seconds it waits; 0 is for ever.
    """

    app: Any
    cycle: Any
    flow: Any
    loop: asyncio.AbstractEventLoop
    transport: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        app = self.app
        while not hasattr(app, "patience") and hasattr(app, "app"):
            app = app.app  # a wrapper of uvicorn's
        self._patience = float(getattr(app, "patience", DEFAULT_PATIENCE))
        self._timer: asyncio.TimerHandle | None = None
        self._came = 0  # bytes of a body since the last look

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first headers."""
        if isinstance(self.loop, asyncio.BaseEventLoop):  # uvloop joins what is written by itself
            transport = JoiningTransport(transport, self.loop)
        super().connection_made(transport)
        self._wait(self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see what it was a part of."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or self._is_answering():
            self._came += len(data)
            if self.cycle is not before:  # the headers are whole
                self._stop()
            if self._timer is None and self._lacks_body():
                self._came = 0
                self._wait(self._check_pace)
        elif self._timer is None and not self.transport.is_closing():
            self._wait(self._end)  # these are headers, and not all of them

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _lacks_body(self) -> bool:
        return self._is_answering() and bool(self.cycle.more_body)

    def _check_pace(self) -> None:
        """Go on waiting for a body that comes, or that this server does not want yet."""
        self._timer = None
        if not self._lacks_body():
            return
        if self._came < PACE * self._patience and not self.flow.read_paused:
            self._end()
            return
        self._came = 0
        self._wait(self._check_pace)

    def _wait(self, then: Any) -> None:
        if self._patience > 0:
            self._timer = self.loop.call_later(self._patience, then)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        """Answer that the request did not come, unless an answer has begun, and hang up."""
        self._timer = None
        if self.transport.is_closing():
            return
        if not (self._is_answering() and self.cycle.response_started):
            self.transport.write(_TIMED_OUT)
        self.transport.close()


class TimedProtocol(Timed, AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """The protocol of uvicorn for what is installed, with limits for what trickles."""
