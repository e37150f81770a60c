"""A connection is kept, and a response that is not whole is an error of one kind."""

import contextlib
import socket
import threading

import pytest

from treadle.http_client import HttpConnection, NoResponseError

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"


class Answers:
    """Answers each request with the next text, on as many connections as are opened."""

    def __init__(self, *texts):
        self.requests = []
        self.connections = 0
        self._texts = list(texts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while self._texts:
            connection, _ = self._listener.accept()
            self.connections += 1
            with connection:
                while self._texts and (request := connection.recv(65536)):
                    self.requests.append(request)
                    text = self._texts.pop(0)
                    connection.sendall(text)
                    if text is not WHOLE:
                        break

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._thread.join()
        self._listener.close()


def test_one_connection_serves_several_requests(tmp_path):
    with Answers(WHOLE, WHOLE, WHOLE) as server:
        connection = HttpConnection("http", "127.0.0.1", server.port, 10)
        assert not connection.is_open
        assert connection.exchange("GET", "/a", headers={"x-name": "v"}) == (200, b"well")
        assert connection.is_open
        assert connection.exchange("GET", "/b", limit=2)[1] == b"we"
        file = tmp_path / "content"
        connection.close()
        assert connection.exchange("GET", "/c", into=file) == (200, b"")
        assert file.read_bytes() == b"well"
        connection.close()
    assert server.connections == 2
    assert b"x-name: v" in server.requests[0]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (b"", {}),
        (b"not http\r\n\r\n", {}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf", {}),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n", {"needs_length": True}),
    ],
)
def test_a_response_that_is_not_whole(text, options):
    with Answers(text) as server:
        connection = HttpConnection("http", "127.0.0.1", server.port, 10, **options)
        with pytest.raises(NoResponseError, match="."):
            connection.exchange("GET", "/")
        assert not connection.is_open


def test_a_file_that_ends_too_early(tmp_path):
    with Answers(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf") as server:
        connection = HttpConnection("http", "127.0.0.1", server.port, 10)
        with pytest.raises(NoResponseError):
            connection.exchange("GET", "/", into=tmp_path / "content")


def test_a_given_socket_is_the_only_one_that_is_used():
    with Answers(WHOLE) as server:
        connected = socket.create_connection(("127.0.0.1", server.port))
        connection = HttpConnection("http", "somewhere.example", 80, 10, connected=connected)
        assert connection.exchange("GET", "/") == (200, b"well")
        connection.close()
        with pytest.raises(NoResponseError):
            connection.exchange("GET", "/")
    assert b"Host: somewhere.example" in server.requests[0]


def test_no_server():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoResponseError, match="refused"):
        HttpConnection("http", "127.0.0.1", port, 10).exchange("GET", "/")
