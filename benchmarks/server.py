"""What a tracking server costs.

Until it is ready, idle, for each call, with many clients at once.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, environment, peers_python

__all__ = ["Server", "measure", "mlflow_server", "postgres", "running"]

WRITERS = 32
TRAININGS = 8
POINTS = 1000  # a batch; MLflow takes no more


class Server:
    """A started server, and a client of its REST protocol that costs as little as possible."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port
        self.ready = 0.0
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(
        self, path: str, body: Any, connection: http.client.HTTPConnection | None = None
    ) -> Any:
        """Call a method."""
        used = connection or self.connection
        data = body if isinstance(body, str) else json.dumps(body)
        used.request("POST", f"/api/2.0/mlflow/{path}", data, {"content-type": "application/json"})
        response = used.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {content[:300]!r}")
        return json.loads(content)

    def history(self, run: str, key: str) -> list[Any]:
        """Read the points of a metric."""
        query = f"run_id={run}&metric_key={key}"
        self.connection.request("GET", f"/api/2.0/mlflow/metrics/get-history?{query}")
        metrics: list[Any] = json.loads(self.connection.getresponse().read())["metrics"]
        return metrics

    def new_run(self) -> str:
        """Make a run."""
        run: str = self.ask(
            "runs/create", {"experiment_id": "0", "start_time": int(time.time() * 1000)}
        )["run"]["info"]["run_id"]
        return run

    def memory(self) -> float:
        """Return the memory of the server and all of its processes, in MB."""
        import psutil

        whole = psutil.Process(self.process.pid)
        return (
            float(sum(one.memory_info().rss for one in (whole, *whole.children(recursive=True))))
            / 1e6
        )


@contextlib.contextmanager
def running(arguments: list[str | Path], folder: str, port: int) -> Iterator[Server]:
    """Start a server, wait until it answers, and end it with the block."""
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(process, port)
    try:
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    break
            if process.poll() is not None or time.perf_counter() - began > 180:
                raise RuntimeError(f"the server does not start: {arguments}")
            time.sleep(0.01)
        server.ready = time.perf_counter() - began
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def treadle_server(folder: str, store: str = "runs.db") -> tuple[list[str | Path], int]:
    """Return the command that starts Treadle's server."""
    port = free_port()
    return [sys.executable, "-m", "treadle", "server", "--port", str(port), "--store", store], port


@contextlib.contextmanager
def postgres(folder: str, shared_buffers: str = "") -> Iterator[str]:
    """Start the PostgreSQL of the tests; give the address of an empty database.

    Args:
        folder: Where its files are.
        shared_buffers: How much of the database it keeps in its own memory; 128 MB, as it comes, if
            not given.
    """
    from tests.servers import Postgres

    server = Postgres(Path(folder), shared_buffers=shared_buffers)
    try:
        yield server.create()
    finally:
        server.stop()


def mlflow_server(folder: str, python: str = "") -> tuple[list[str | Path], int]:
    """Return the command that starts MLflow's, as its documentation has it.

    Args:
        folder: Where it keeps its files.
        python: Of the environment that it is in; that of the peers if empty.
    """
    port = free_port()
    program = Path(python or peers_python()).with_name("mlflow")
    return [
        program,
        "server",
        "--port",
        str(port),
        "--backend-store-uri",
        "sqlite:///mlflow.db",
    ], port


def calls(server: Server, count: int) -> dict[str, float]:
    """Time single calls and batches, by one client and by many."""
    figures = {"ready": server.ready, "idle": server.memory()}
    run, now = server.new_run(), int(time.time() * 1000)
    times = []
    for step in range(count):
        began = time.perf_counter()
        server.ask(
            "runs/log-metric",
            {"run_id": run, "key": "m", "value": 0.5, "timestamp": now + step, "step": step},
        )
        times.append(time.perf_counter() - began)
    figures["call"] = statistics.median(times) * 1e3
    bodies = _batches(run, max(3, count // 10), now)
    figures["points"] = len(bodies) * POINTS / _duration(server, "runs/log-batch", [bodies])
    began = time.perf_counter()
    points = [len(server.history(run, f"b{number}")) for number in range(4)]
    figures["read"] = (time.perf_counter() - began) / sum(points) * 1e6
    figures["many"] = _many(server, max(3, count // 10))
    each = [_batches(server.new_run(), max(3, count // 10), now) for _ in range(TRAININGS)]
    figures["points of many"] = (
        TRAININGS * len(each[0]) * POINTS / _duration(server, "runs/log-batch", each)
    )
    figures["loaded"] = server.memory()
    return figures


def _batches(run: str, count: int, now: int) -> list[str]:
    """Return bodies of `log-batch`, each with 250 steps of four metrics."""
    return [
        json.dumps(
            {
                "run_id": run,
                "metrics": [
                    {
                        "key": f"b{place % 4}",
                        "value": place * 0.1,
                        "timestamp": now + batch,
                        "step": batch * 250 + place // 4,
                    }
                    for place in range(POINTS)
                ],
            }
        )
        for batch in range(count)
    ]


def _many(server: Server, count: int) -> float:
    """Log single points by many clients at once; return how many a second are answered."""
    bodies = [
        [
            json.dumps(
                {"run_id": run, "key": "m", "value": 0.5, "timestamp": 1 + step, "step": step}
            )
            for step in range(count)
        ]
        for run in (server.new_run() for _ in range(WRITERS))
    ]
    return WRITERS * count / _duration(server, "runs/log-metric", bodies)


def _duration(server: Server, path: str, bodies: list[list[str]]) -> float:
    """Run clients at once, each through its own list.

    Give the seconds until the last has its last answer.
    """

    def work(own: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        for body in own:
            server.ask(path, body, connection)

    threads = [threading.Thread(target=work, args=(own,)) for own in bodies]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.connection.close()  # which nobody used meanwhile: the server may have hung up
    return time.perf_counter() - began


def measure(*, quick: bool = False) -> list[Row]:
    """Ask both servers the same, over the same protocol, with the same client."""
    figures: dict[str, dict[str, float]] = {}
    for name, command, count in (
        ("mlflow", mlflow_server, 20 if quick else 100),
        ("treadle", treadle_server, 300),
    ):
        with tempfile.TemporaryDirectory() as folder:
            arguments, port = command(folder)
            with running(arguments, folder, port) as server:
                figures[name] = calls(server, count)
    with tempfile.TemporaryDirectory(prefix="treadle-pg-") as folder, postgres(folder) as uri:
        arguments, port = treadle_server(folder, uri)
        with running(arguments, folder, port) as server:
            figures["postgresql"] = calls(server, 300)
    theirs, ours, shared = figures["mlflow"], figures["treadle"], figures["postgresql"]
    return [
        Row(
            what="server ready",
            peer="mlflow",
            theirs=theirs["ready"],
            ours=ours["ready"],
            unit="s",
            budget="≤ 0.5 s",
        ),
        Row(
            what="server, idle",
            peer="mlflow",
            theirs=theirs["idle"],
            ours=ours["idle"],
            unit="MB",
            budget="≤ 80 MB",
        ),
        Row(
            what="server, after the load",
            peer="mlflow",
            theirs=theirs["loaded"],
            ours=ours["loaded"],
            unit="MB",
        ),
        Row(
            what="`log-metric` over HTTP",
            peer="mlflow",
            theirs=theirs["call"],
            ours=ours["call"],
            unit="ms",
        ),
        Row(
            what="a point in `log-batch`",
            peer="mlflow",
            theirs=1e6 / theirs["points"],
            ours=1e6 / ours["points"],
            unit="µs",
            budget="≤ 3.3 µs (300,000/s)",
        ),
        Row(
            what=f"a point in `log-batch`, {TRAININGS} clients at once",
            peer="mlflow",
            theirs=1e6 / theirs["points of many"],
            ours=1e6 / ours["points of many"],
            unit="µs",
            budget="≤ 3.3 µs (300,000/s)",
        ),
        Row(
            what=f"`log-metric`, {WRITERS} clients at once",
            peer="mlflow",
            theirs=1e3 / theirs["many"],
            ours=1e3 / ours["many"],
            unit="ms",
        ),
        Row(
            what="a point read in `get-history`",
            peer="mlflow",
            theirs=theirs["read"],
            ours=ours["read"],
            unit="µs",
        ),
        Row(
            what="server on PostgreSQL, ready",
            peer="mlflow, SQLite",
            theirs=theirs["ready"],
            ours=shared["ready"],
            unit="s",
            budget="≤ 0.5 s",
        ),
        Row(
            what="server on PostgreSQL, idle",
            peer="mlflow, SQLite",
            theirs=theirs["idle"],
            ours=shared["idle"],
            unit="MB",
            budget="≤ 80 MB",
        ),
        Row(
            what="server on PostgreSQL, after the load",
            peer="mlflow, SQLite",
            theirs=theirs["loaded"],
            ours=shared["loaded"],
            unit="MB",
        ),
        Row(
            what="`log-metric` over HTTP, on PostgreSQL",
            peer="mlflow, SQLite",
            theirs=theirs["call"],
            ours=shared["call"],
            unit="ms",
        ),
        Row(
            what="a point in `log-batch`, on PostgreSQL",
            peer="mlflow, SQLite",
            theirs=1e6 / theirs["points"],
            ours=1e6 / shared["points"],
            unit="µs",
            budget="≤ 3.3 µs (300,000/s)",
        ),
        Row(
            what=f"a point in `log-batch`, {TRAININGS} clients at once, on PostgreSQL",
            peer="mlflow, SQLite",
            theirs=1e6 / theirs["points of many"],
            ours=1e6 / shared["points of many"],
            unit="µs",
            budget="≤ 3.3 µs (300,000/s)",
        ),
        Row(
            what=f"`log-metric`, {WRITERS} clients at once, on PostgreSQL",
            peer="mlflow, SQLite",
            theirs=1e3 / theirs["many"],
            ours=1e3 / shared["many"],
            unit="ms",
        ),
        Row(
            what="a point read in `get-history`, on PostgreSQL",
            peer="mlflow, SQLite",
            theirs=theirs["read"],
            ours=shared["read"],
            unit="µs",
        ),
    ]
