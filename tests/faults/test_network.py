"""A network that cuts requests and answers anywhere: what is sent again is stored once."""

import contextlib
import socket
import threading
from pathlib import Path

import pytest
from tests.servers import serving

from treadle.errors import StoreUnreachableError
from treadle.records import ArtifactLogged, Entry, MetricLogged, RunStarted
from treadle.store import ArtifactStore, identify, locate_store
from treadle.store.http.store import HttpStore
from treadle.store.sql.sqlite import SqliteStore


class Cutter:
    """A TCP proxy that lets so many bytes through one way, and then cuts the connection."""

    def __init__(self, target):
        host, _, port = target.removeprefix("http://").rpartition(":")
        self.target = (host, int(port))
        self.up = self.down = 1 << 40
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                # What is cut counts for each connection; a repeated try gets its own.
                threading.Thread(
                    target=self.pump, args=(client, server, self.up), daemon=True
                ).start()
                threading.Thread(
                    target=self.pump, args=(server, client, self.down), daemon=True
                ).start()

    @staticmethod
    def pump(source, target, most):
        with contextlib.suppress(OSError):
            while most > 0 and (data := source.recv(min(most, 65536))):
                target.sendall(data)
                most -= len(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self):
        self.listener.close()


@pytest.mark.parametrize("way", ["up", "down"])
def test_cut_after_any_number_of_bytes(tmp_path, way):
    with serving(tmp_path / "served.db") as address:
        proxy = Cutter(address)
        location = locate_store(proxy.address)
        failures = 0
        cuts = [*range(0, 900, 23), 1500, 5000]
        for number, cut in enumerate(cuts):
            content = bytes([number % 256]) * 700
            digest, size = ArtifactStore(Path(location.artifacts)).put_bytes(content)
            entries: list[Entry] = [
                RunStarted(f"r{number}", "e", "n", 1.0, "code", "c", identify()),
                *(MetricLogged(f"r{number}", "m", step, 1.0, float(step)) for step in range(5)),
                ArtifactLogged(f"r{number}", "a.bin", digest, size, 1.0),
            ]
            setattr(proxy, way, cut)
            store = HttpStore(location)
            for attempt in range(3):
                if attempt == 2:
                    proxy.up = proxy.down = 1 << 40
                try:
                    assert store.apply(f"w{number}", 1, entries) == len(entries)
                    break
                except StoreUnreachableError:
                    failures += 1
            else:
                raise AssertionError("it never arrives")
            store.close()
            proxy.up = proxy.down = 1 << 40
        proxy.close()
    assert failures > len(cuts) / 2
    with SqliteStore(locate_store(tmp_path / "served.db")) as served:
        kept = ArtifactStore(Path(served.location.artifacts))
        for number in range(len(cuts)):
            assert [point.value for point in served.points(f"r{number}", "m")] == [
                0.0,
                1.0,
                2.0,
                3.0,
                4.0,
            ]
            (artifact,) = served.get_run(f"r{number}").artifacts
            assert kept.locate(artifact.digest).read_bytes() == bytes([number % 256]) * 700
