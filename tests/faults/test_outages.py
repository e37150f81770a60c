"""MLflow's own clients while their server, its disk or its database fails.

What was acknowledged is stored, nothing is stored twice, and the client goes on.
"""

import contextlib
import json
import os
import queue
import random
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.faults.test_commit import Between
from tests.faults.test_disk import FAULTS, VFS
from tests.faults.test_kill import Nursery
from tests.servers import running

from treadle.server.app import ServerSettings, create_app
from treadle.store import locate_store
from treadle.store.connect import connect_team_store
from treadle.store.search.tree import Search

CLIENT = Path(__file__).parent / "clients" / "outage.py"
POINTS = 3  # of each series
WAIT = 60
KILLS = 10
NOTHING = (" ", lambda: None)
BEFORE = ("runs/update", "runs/create", "runs/log-metric", "runs/log-batch")


class Watched:
    """A server in this process that reports the status of each answer."""

    def __init__(self, store):
        self.app = create_app(ServerSettings(store=str(store)))
        self.statuses: queue.Queue[int] = queue.Queue()
        self.armed: tuple[str, Callable[[], None]] = NOTHING

    async def __call__(self, scope, receive, send):
        async def watch(message):
            if message["type"] == "http.response.start":
                self.statuses.put(message["status"])
                path, action = self.armed
                if message["status"] == 200 and scope["path"].endswith(path):
                    self.armed = NOTHING
                    action()
            await send(message)

        await self.app(scope, receive, watch if scope["type"] == "http" else send)

    def after(self, path, action):
        """Do something after the next success of a call, before its client hears of it."""
        self.armed = (path, action)

    def wait_for(self, *statuses):
        """Wait until a call was answered with one of these."""
        while self.statuses.get(timeout=WAIT) not in statuses:
            pass


class Logging:
    """A process of MLflow's client, and what it was told is stored."""

    def __init__(self, python, address, folder):
        self.end = folder / "end"
        self.process = subprocess.Popen(
            [python, CLIENT, self.end],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": os.environ["TMPDIR"],
                "MLFLOW_TRACKING_URI": address,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "GIT_PYTHON_REFRESH": "quiet",
                "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "9",
                "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
                "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
            },
        )
        self.said: list[dict[str, Any]] = []
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.errors = ""
        self.threads = []
        for work in (self.listen, self.complain):
            self.threads.append(threading.Thread(target=work, daemon=True))
            self.threads[-1].start()

    def listen(self):
        for line in self.process.stdout:
            if line.startswith("{"):  # and not a link that MLflow prints
                self.lines.put(json.loads(line))

    def complain(self):
        self.errors = self.process.stderr.read()

    def hear(self, kind=""):
        """Wait for what it says next; of this kind, if one is given."""
        while True:
            try:
                self.said.append(self.lines.get(timeout=WAIT))
            except queue.Empty:
                raise AssertionError(f"the client is stuck: {self.errors[-3000:]}") from None
            if kind in self.said[-1] or not kind:
                return self.said[-1]

    def finish(self):
        """Wait for its end, and see that nothing ended it before."""
        self.end.touch()
        code = self.process.wait(WAIT)
        for thread in self.threads:
            thread.join(WAIT)
        while not self.lines.empty():
            self.said.append(self.lines.get())
        assert code == 0, self.errors[-3000:]

    @property
    def created(self):
        return {one["created"]: one["run"] for one in self.said if "created" in one}

    @property
    def failed(self):
        return [one["failed"] for one in self.said if "failed" in one]

    def steps(self, run, key):
        own = [one for one in self.said if (one.get("key"), one.get("run")) == (key, run)]
        return [step for one in own for step in one["steps"]]


@pytest.fixture
def start(repository, tmp_path):
    """Start one of MLflow's clients; what is left of it ends with the test."""
    started = []

    def client(version, address):
        binary = repository / f".venv-mlflow{version}" / "bin" / "python"
        assert binary.exists(), f'"make test" makes .venv-mlflow{version}'
        started.append(Logging(binary, address, tmp_path))
        return started[-1]

    yield client
    for one in started:
        with one.process:
            one.process.kill()


def check(store, client, twins=0):
    """See that all that was acknowledged is stored, and nothing twice.

    Args:
        store: Where it is stored.
        client: Who logged it.
        twins: How many empty runs may be there beside one of the same name.

    Returns:
        The runs that were not acknowledged.
    """
    with contextlib.closing(connect_team_store(locate_store(str(store)))) as opened:
        runs = {run.id: run for run in opened.find_runs(Search(limit=10_000))}
        assert client.created
        for name, run in client.created.items():
            assert runs[run].name == name
            for key in ("single", "batch"):
                points = [(point.step, point.value) for point in opened.points(run, key)]
                half = 0.5 if key == "single" else 0.0
                assert points == [(step, step + half) for step in client.steps(run, key)]
                assert len(points) == POINTS
            assert opened.get_run(run).run.params == {"p": name}
            assert runs[run].status == "finished"
        others = {key: run for key, run in runs.items() if key not in client.created.values()}
        repeated = [key for key, run in others.items() if run.name in client.created]
        assert len(repeated) <= twins, "a run is there twice"
        for key in repeated:
            assert opened.get_run(key).metrics == []
        names = sorted(run.name for run in others.values() if run.name not in client.created)
        assert len(set(names)) == len(names)
        return names


@pytest.mark.parametrize("version", [3, 2])
def test_a_full_disk(tmp_path, monkeypatch, start, version):
    assert VFS is not None
    connect = apsw.Connection

    def connect_faulty(path, **options):
        return connect(path, vfs="faulty", **options)

    monkeypatch.setattr(apsw, "Connection", connect_faulty)
    watched = Watched(tmp_path / "store.db")
    with running(watched) as address:
        client = start(version, address)
        for kind in ("created", "key", "ended"):
            client.hear(kind)
            FAULTS.operation, FAULTS.error, FAULTS.persistent = "write", apsw.FullError, True
            FAULTS.at, FAULTS.seen = 1, 0
            try:
                watched.wait_for(429)
            finally:
                FAULTS.at = 0
            client.hear()
        client.finish()
    assert client.failed == []
    assert check(tmp_path / "store.db", client) == []


@pytest.mark.parametrize("version", [3, 2])
def test_a_database_that_goes_away(postgres, start, version):
    between = Between(postgres)
    watched = Watched(between.uri)
    try:
        with running(watched) as address:
            client = start(version, address)
            for kind in ("created", "key", "ended"):
                client.hear(kind)
                between.go_away()
                watched.wait_for(429, 503)
                between.is_away = False
                client.hear()
            client.finish()
    finally:
        between.close()
    assert client.failed == []
    assert check(postgres, client) == []


@pytest.mark.parametrize("version", [3, 2])
def test_a_commit_whose_answer_is_lost(postgres, start, version):
    """A client of version 2 asks for a run again, one of 3.18 leaves that to its caller."""
    between = Between(postgres)
    watched = Watched(between.uri)
    try:
        with running(watched) as address:
            client = start(version, address)
            for path in BEFORE:
                watched.after(path, lambda: setattr(between, "loses_commit", True))
                watched.wait_for(503)
                between.loses_commit = False
            client.hear("ended")
            client.finish()
    finally:
        between.close()
    assert check(postgres, client) == sorted(client.failed)
    assert bool(client.failed) == (version == 3)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("version", [3, 2])
def test_a_server_that_is_killed(request, tmp_path, start, version, database):
    seed = random.randrange(2**32)
    print("seed", seed)
    moments = random.Random(seed)
    nursery = Nursery(tmp_path)
    if database == "postgresql":
        nursery.store = request.getfixturevalue("postgres")
    try:
        nursery.serve()
        client = start(version, nursery.url)
        for _ in range(KILLS):
            client.hear(moments.choice(["created", "key", "ended"]))
            time.sleep(moments.uniform(0, 0.004))  # in the middle of what it does next
            nursery.kill_server()
            nursery.serve()
        client.finish()
    finally:
        nursery.stop()
    # Version 2 asks for a run again whose answer never came; an equal request may be for another.
    unacknowledged = check(nursery.store, client, twins=KILLS if version == 2 else 0)
    assert set(unacknowledged) <= set(client.failed)
    assert version == 3 or not client.failed
