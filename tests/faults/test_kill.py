"""``kill -9`` of the client, the server and both, at random points.

All that was acknowledged is stored, once.
"""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from treadle.store import locate_store, open_store, read_header
from treadle.store.connect import connect_store
from treadle.store.sql.sqlite import SqliteStore

ROUNDS = 60  # in each of five tests: 300 in all


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nursery:
    """Forks servers and clients, and kills them."""

    def __init__(self, folder):
        self.store = folder / "served.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py")],
            cwd=folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.server = 0

    def fork(self, *command):
        self.process.stdin.write(" ".join(map(str, command)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def serve(self):
        """See that the server answers."""
        if not self.server:
            self.server = self.fork("serve", self.port, self.store)
        for _ in range(2000):
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except OSError:
                time.sleep(0.005)
            else:
                return
        raise AssertionError("the server does not come up")

    def kill_server(self):
        kill(self.server)
        self.server = 0

    def stop(self):
        if self.server:
            self.kill_server()
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait(pid)


def wait(pid):
    """Wait for a process that is not a child of this one."""
    for _ in range(6000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.005)
    raise AssertionError("the process does not end")


@pytest.fixture
def nursery(tmp_path):
    made = Nursery(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def rounds():
    seed = random.randrange(2**32)
    print("seed", seed)
    return random.Random(seed)


@pytest.mark.parametrize("victim", ["client", "server", "both"])
def test_killed_while_a_run_is_logged(tmp_path, nursery, rounds, victim):
    location = locate_store(nursery.url)
    expected = {}
    killed = 0
    for number in range(ROUNDS):
        nursery.serve()
        ledger = tmp_path / f"ledger-{number}"
        client = nursery.fork("log", nursery.url, f"r{number}", ledger, 300)
        time.sleep(rounds.uniform(0, 0.06))
        if victim != "client":
            nursery.kill_server()
        if victim != "server":
            kill(client)
        else:
            wait(client)
        noted = ledger.read_text().splitlines() if ledger.exists() else []
        if noted:
            expected[noted[0].removeprefix("run ")] = noted[1:]
            killed += noted[-1] != "end"
    nursery.serve()
    open_store(location).close()
    # Of a client that was killed before it had written anything, a file without a whole header may
    # be left.
    assert not [path for path in location.journals.glob("*.log") if read_header(path)]
    store = SqliteStore(locate_store(nursery.store))
    for run, noted in expected.items():
        ended = bool(noted) and noted[-1] == "end"
        acknowledged = len(noted) - ended
        values = [point.value for point in store.points(run, "m")]
        assert values == [float(number) for number in range(len(values))]  # in order, each once
        assert acknowledged <= len(values) <= acknowledged + 1
        assert (
            store.get_run(run).run.status == ("finished" if ended else "killed")
            or len(values) == 300
        )
    assert store.check() == []
    store.close()
    assert len(expected) > ROUNDS / 4
    assert victim == "server" or killed


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_while_mlflow_clients_log(request, nursery, rounds, database):
    """A client that missed an answer sends its points again, as MLflow's does."""
    if database == "postgresql":
        nursery.store = request.getfixturevalue("postgres")
    nursery.serve()
    runs = [ask(nursery.port, "runs/create", {})["run"]["info"]["run_id"] for _ in range(4)]
    stop = threading.Event()
    acknowledged = dict.fromkeys(runs, 0)

    def work(run):
        number = 0
        is_open = False  # whether it is not known how the last request ended
        while is_open or not stop.is_set():
            metrics = [
                {
                    "key": "m",
                    "value": number * 5 + place,
                    "timestamp": 1000 + number * 5 + place,
                    "step": place,
                }
                for place in range(5)
            ]
            try:
                ask(nursery.port, "runs/log-batch", {"run_id": run, "metrics": metrics})
            except (OSError, http.client.HTTPException):
                is_open = True
                time.sleep(0.002)
                continue
            is_open = False
            number += 1
            acknowledged[run] = number

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for number in range(ROUNDS):
        before = sum(acknowledged.values())
        # Every second time it is killed where it may not have answered anything since it was
        # started.
        while number % 2 and sum(acknowledged.values()) == before:
            time.sleep(0.001)
        time.sleep(rounds.uniform(0, 0.05))
        nursery.kill_server()
        nursery.serve()
    stop.set()
    for thread in threads:
        thread.join(60)
    assert sum(acknowledged.values()) >= ROUNDS // 2
    with contextlib.closing(connect_store(locate_store(str(nursery.store)))) as store:
        for run in runs:
            assert [point.value for point in store.points(run, "m")] == list(
                range(acknowledged[run] * 5)
            )
        assert store.check() == []


def ask(port, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(
            "POST",
            f"/api/2.0/mlflow/{path}",
            json.dumps(body),
            {"content-type": "application/json"},
        )
        response = connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        return json.loads(content)
    finally:
        connection.close()
