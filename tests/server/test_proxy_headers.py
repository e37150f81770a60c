"""A server behind a proxy under a path: what it says of itself leads through the proxy."""

import contextlib
import http.client
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.server.test_access import Client
from tests.servers import serving

MPU = "/api/2.0/mlflow-artifacts/mpu"
PREFIX = "/ml/flow"


FORWARDED = ("X-Forwarded-Prefix", "X-Forwarded-Host", "X-Forwarded-Proto")


@contextlib.contextmanager
def proxying(address, says=FORWARDED):
    """A proxy that serves a server under a path, by another name; gives its own address.

    Args:
        address: Of the server.
        says: The headers by which it says how it was found.
    """
    target = address.removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if not self.path.startswith(f"{PREFIX}/"):
                return self.answer(404, [], b"not under the path")
            found = dict(zip(FORWARDED, (PREFIX, self.headers["host"], "http"), strict=True))
            headers = dict(self.headers) | {"Host": target}
            headers |= {name: found[name] for name in says}
            connection = http.client.HTTPConnection(target, timeout=30)
            connection.request(self.command, self.path.removeprefix(PREFIX), body, headers)
            response = connection.getresponse()
            kind = response.getheader("content-type", "")
            # Browsers leave before the end of an answer that they no longer need.
            left = contextlib.suppress(OSError, http.client.HTTPException)
            with contextlib.closing(connection), contextlib.closing(response), left:
                if kind.startswith("text/event-stream"):
                    return self.stream(response, kind)
                return self.answer(response.status, response.getheaders(), response.read())

        def stream(self, response, kind):
            self.close_connection = True
            self.send_response(response.status)
            self.send_header("content-type", kind)
            self.send_header("connection", "close")
            self.end_headers()
            while content := response.read1():
                self.wfile.write(content)

        def answer(self, status, headers, content):
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "date"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = pass_on  # noqa: N815 - as the library calls them

        def log_message(self, *arguments):
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}"
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join(5)


def test_a_file_in_parts_and_the_links_of_the_page(tmp_path):
    with serving(tmp_path / "x.db") as address, proxying(address) as front:
        client = Client(front)
        assert client("POST", f"{PREFIX}/api/2.0/mlflow/runs/create", {}) == 200
        run = client.json["run"]["info"]["run_id"]
        root = f"0/{run}/artifacts"
        ask = {"path": "w.bin", "num_parts": 2}
        assert client("POST", f"{PREFIX}{MPU}/create/{root}", ask) == 200
        made = client.json
        parts = []
        for one in made["credentials"]:
            assert one["url"].startswith(f"{front}{PREFIX}{MPU}/part/")
            assert client("PUT", one["url"].removeprefix(front), b"x" * 9) == 200
            parts.append({"part_number": one["part_number"], "etag": client.headers["etag"]})
        end = {"upload_id": made["upload_id"], "path": "w.bin", "parts": parts}
        assert client("POST", f"{PREFIX}{MPU}/complete/{root}", end) == 200
        path = f"{PREFIX}/api/2.0/mlflow-artifacts/artifacts/{root}/w.bin"
        assert (client("GET", path), client.content) == (200, b"x" * 18)
        assert client("GET", f"{PREFIX}/") == 200
        page = client.content.decode()
        assert f"MLFLOW_TRACKING_URI={front}{PREFIX} python" in page
        links = re.findall(r'href="(?!data:)([^"]+)"', page)
        assert f"{PREFIX}/api/v1/runs/{run}" in links
        for link in links:
            assert client("GET", link) == 200, link


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "http://{}"),
        ({"x_forwarded_proto": "https"}, "https://{}"),
        ({"x_forwarded_proto": "HTTPS, http", "x_forwarded_host": "a.b:8, c"}, "https://a.b:8"),
        ({"x_forwarded_host": "[::1]:8", "x_forwarded_prefix": "/a/"}, "http://[::1]:8/a"),
        ({"x_forwarded_host": "a/b", "x_forwarded_prefix": "//evil"}, "http://{}"),
        ({"x_forwarded_host": "u@a", "x_forwarded_prefix": "/a/../b"}, "http://{}"),
        ({"x_forwarded_host": '"><a', "x_forwarded_prefix": '/"><script>'}, "http://{}"),
        ({"x_forwarded_prefix": "ml"}, "http://{}"),
    ],
)
def test_what_a_proxy_may_say(tmp_path, headers, address):
    with serving(tmp_path / "x.db") as served:
        client = Client(served)
        assert client("GET", "/", **headers) == 200
        expected = address.format(client.host)
        assert f"TREADLE_STORE={expected} python" in client.content.decode()


@pytest.mark.parametrize(
    ("origin", "says", "names", "status"),
    [
        ("{front}", FORWARDED, ("*",), 200),
        ("{front}", FORWARDED, (), 200),  # a name of this machine
        ("{front}", (), (), 403),  # the proxy does not say by which name it was asked
        ("http://evil.example", FORWARDED, (), 403),
        ("http://{target}", FORWARDED, (), 200),  # not by the proxy's name
        ("{front}0", FORWARDED, ("*",), 403),
    ],
)
def test_a_page_behind_a_proxy_may_change_something(tmp_path, origin, says, names, status):
    with serving(tmp_path / "x.db", names=names) as address, proxying(address, says) as front:
        target = address.removeprefix("http://")
        client = Client(front)
        path = f"{PREFIX}/api/2.0/mlflow/runs/create"
        own = origin.format(front=front, target=target)
        assert client("POST", path, {}, origin=own) == status


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("runs.example.org", "https://runs.example.org", 200),
        ("runs.example.org:443", "https://runs.example.org", 200),
        ("runs.example.org:80", "http://runs.example.org", 200),
        ("runs.example.org:80", "https://runs.example.org", 403),
        ("RUNS.example.org", "https://runs.example.org", 200),
        ("runs.example.org, inner:8", "https://runs.example.org", 200),
        ("other.example.org", "https://other.example.org", 403),  # not a name of this server
        ("runs.example.org", "https://evil.example", 403),
        ("runs.example.org", "file://runs.example.org", 403),
        ("runs.example.org", "null", 403),
    ],
)
def test_the_host_that_a_proxy_was_asked_for(tmp_path, host, origin, status):
    with serving(tmp_path / "x.db", names=("runs.example.org",)) as address:
        client = Client(address)
        headers = {"origin": origin, "x_forwarded_host": host}
        assert client("POST", "/api/2.0/mlflow/runs/create", {}, **headers) == status
        if status == 403:
            assert "--allow-host" in client.json["message"]
