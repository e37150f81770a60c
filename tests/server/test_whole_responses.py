"""Answers go out whole, on whatever loop and with whatever parser the server has."""

import asyncio
import socket

import pytest
from tests.servers import attend
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from treadle.server.app import ServerSettings, create_app
from treadle.server.slow_clients import Timed, TimedProtocol


class Counting(socket.socket):
    """A real socket that notes what is sent by each call."""

    sent: list[bytes]

    def send(self, data, *flags):
        self.sent.append(bytes(data))
        return super().send(data, *flags)


class ByHttpTools(Timed, HttpToolsProtocol):
    """What the server has where httptools is installed."""


class ByH11(Timed, H11Protocol):
    """What it has elsewhere."""


def converse(app, asked, kind=TimedProtocol):
    """Ask an application on asyncio's own loop; return what came, and what each call sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    server = Counting(fileno=accepted.detach())
    server.sent = []

    async def serve():
        await attend(app, server, kind)
        client.sendall(asked)
        with client.makefile("rb") as answer:
            return await asyncio.to_thread(answer.read)

    with client:
        received = asyncio.run(serve())
    return received, server.sent


ASKED = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("kind", [ByHttpTools, ByH11])
def test_headers_and_body_are_sent_together(tmp_path, kind):
    app = create_app(ServerSettings(store=str(tmp_path / "x.db")))
    try:
        received, sent = converse(app, ASKED, kind)
    finally:
        app.close()
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"\r\n\r\nOK")
    assert sent == [received]


async def stream(scope, receive, send):
    """Answer 1 MB in pieces without waiting in between."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(64):
        await send({"type": "http.response.body", "body": b"x" * 16384, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def test_a_long_answer_is_not_gathered():
    received, sent = converse(stream, ASKED)
    assert received.count(b"x") == 64 * 16384
    assert len(sent) > 8
    assert max(map(len, sent)) < 1 << 18
