"""Requests that trickle: their connections are ended, and those of others are not."""

import asyncio
import contextlib
import socket

import pytest
from tests.servers import attend, serving

from treadle.server.slow_clients import DEFAULT_PATIENCE, PACE

HEADERS = b"GET /health HTTP/1.1\r\nhost: localhost\r\n"
BODY = (
    b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nhost: localhost\r\n"
    b"content-type: application/json\r\ncontent-length: 100\r\n\r\n"
)
CLOSING = b"%d\r\nconnection: close\r\n\r\n"


def connect(address):
    host, _, port = address.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def read_all(connection):
    """Wait until the server hangs up; return what it said."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(4096):
            found += data
    return found


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET",
        HEADERS,
        BODY,
        BODY + b'{"a',
        b"PUT /api/v1/contents/x HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
)
def test_what_does_not_come_is_not_waited_for(tmp_path, begun):
    with serving(tmp_path / "x.db", patience=0.2) as address, connect(address) as connection:
        connection.sendall(begun)
        said = read_all(connection)
        assert b" 408 " in said
        assert b"The request did not come fast enough" in said


def test_a_second_request_is_not_waited_for_either(tmp_path):
    with serving(tmp_path / "x.db", patience=0.2) as address, connect(address) as connection:
        connection.sendall(HEADERS + b"\r\n")
        answered = b""
        while not answered.endswith(b"OK"):
            answered += connection.recv(4096)
        connection.sendall(HEADERS)
        assert b" 408 " in read_all(connection)


def test_a_trickle_is_ended_and_others_are_served(tmp_path):
    with serving(tmp_path / "x.db", patience=0.2) as address:
        slow = [connect(address) for _ in range(50)]
        for one in slow:
            one.sendall(BODY[:-2])
        with connect(address) as other:
            other.sendall(HEADERS + b"connection: close\r\n\r\n")
            assert b" 200 " in read_all(other)
        for one in slow:
            assert b" 408 " in read_all(one)
            one.close()


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time passes when a test says so."""

    now = 0.0

    def time(self):
        return self.now

    async def wait(self, seconds):
        self.now += seconds
        for _ in range(20):  # all that is ready
            await asyncio.sleep(0)


async def read(scope, receive, send):
    """Answer when the whole body is there, however long that takes."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("lacking", "status"), [(0, b"200"), (1, b"408")])
def test_a_body_that_comes_is_taken_however_long_it_takes(lacking, status):
    """For five minutes, in pieces at just the pace; a byte less in the last, and it is ended."""
    piece = int(PACE * DEFAULT_PATIENCE)
    client, server = socket.socketpair()

    async def converse():
        await attend(read, server)
        client.sendall(BODY.replace(b"100\r\n\r\n", CLOSING % (10 * piece + 1)))
        await clock.wait(0)
        for size in (*[piece] * 9, piece - lacking):
            client.sendall(b"x" * size)
            await clock.wait(0)
            await clock.wait(DEFAULT_PATIENCE)
        if not lacking:
            client.sendall(b"x")
        return await asyncio.to_thread(read_all, client)

    clock = Clock()
    with asyncio.Runner(loop_factory=lambda: clock) as runner, client:
        assert runner.run(converse()).startswith(b"HTTP/1.1 " + status)


def test_without_a_limit_headers_may_take_their_time(tmp_path):
    with serving(tmp_path / "x.db", patience=0.0) as address, connect(address) as connection:
        for byte in HEADERS + b"connection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert b" 200 " in read_all(connection)
