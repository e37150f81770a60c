"""Requests that trickle: their connections are ended, and those of others are not."""

import contextlib
import socket
import time

import pytest
from tests.servers import serving

HEADERS = b"GET /health HTTP/1.1\r\nhost: localhost\r\n"
BODY = (
    b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nhost: localhost\r\n"
    b"content-type: application/json\r\ncontent-length: 100\r\n\r\n"
)


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


def test_a_body_that_comes_is_taken_however_long_it_takes(tmp_path):
    """For longer than the limit, in pieces that are ahead of the pace."""
    content = b'{"tags": [{"key": "k", "value": "' + b"x" * 1_000_000 + b'"}]}'
    head = BODY.replace(b"100\r\n\r\n", b"%d\r\nconnection: close\r\n\r\n" % len(content))
    with serving(tmp_path / "x.db", patience=1.0) as address, connect(address) as connection:
        connection.sendall(head)
        began, sent = time.monotonic(), 0
        while time.monotonic() - began < 1.2:
            due = int((time.monotonic() - began) * 100_000) + 1000
            connection.sendall(content[sent:due])
            sent = due
        connection.sendall(content[sent:])
        assert b" 200 " in read_all(connection)


def test_without_a_limit_headers_may_take_their_time(tmp_path):
    with serving(tmp_path / "x.db", patience=0.0) as address, connect(address) as connection:
        for byte in HEADERS + b"connection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert b" 200 " in read_all(connection)
