"""Timeouts of slow requests, which must not block the server's connections for others.

uvicorn limits only the idle time between requests, and not every server is behind a proxy.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from treadle.server.whole_responses import JoiningTransport

DEFAULT_PATIENCE: Final = 30.0
"""Seconds within which headers have to arrive, and over which the rate of a body is measured."""
PACE: Final = 500
"""Bytes a second at which a body has to arrive."""
_TIMED_OUT: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: 92\r\n\r\n"
    b'{"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "The request did not come fast enough."}'
)


class Timed(asyncio.Protocol):
    """A mixin that adds timeouts of slow headers and bodies to a uvicorn protocol class.

    Put it before that class among the bases. Between two requests uvicorn's own timeout applies.
    The application's ``patience`` is the timeout in seconds; 0 for none.
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
        self._came = 0  # bytes of a body since the last check

    def connection_made(self, transport: Any) -> None:
        """Start the timeout of the first headers."""
        if isinstance(self.loop, asyncio.BaseEventLoop):  # uvloop joins small writes itself
            transport = JoiningTransport(transport, self.loop)
        super().connection_made(transport)
        self._wait(self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeout."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process received data, and start or stop the timeout of headers or body."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or self._is_answering():
            self._came += len(data)
            if self.cycle is not before:  # the headers are complete
                self._stop()
            if self._timer is None and self._lacks_body():
                self._came = 0
                self._wait(self._check_pace)
        elif self._timer is None and not self.transport.is_closing():
            self._wait(self._end)  # headers, but not all of them

    def shutdown(self) -> None:
        """End the connection with its response; events, which have no end, at once."""
        super().shutdown()  # type: ignore[misc]
        if self._is_answering() and self.cycle.scope["path"].endswith("/events"):
            self.transport.close()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _lacks_body(self) -> bool:
        return self._is_answering() and bool(self.cycle.more_body)

    def _check_pace(self) -> None:
        """Restart the timeout if the body is fast enough or reading is paused; else close."""
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
        """Respond with a timeout, unless a response has begun, and close the connection."""
        self._timer = None
        if self.transport.is_closing():
            return
        if not (self._is_answering() and self.cycle.response_started):
            self.transport.write(_TIMED_OUT)
        self.transport.close()


class TimedProtocol(Timed, AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol for the installed parser, with timeouts of slow requests."""
