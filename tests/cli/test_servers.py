"""The commands that answer requests, as one starts them."""

import contextlib
import os
import signal
import socket
import subprocess
import urllib.request

import psutil
import pytest
from tests.conftest import start

import treadle as library

BODY = (
    b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nhost: localhost\r\n"
    b"content-type: application/json\r\ncontent-length: 100\r\n\r\n{"
)


@pytest.mark.parametrize(
    "arguments", [["ui", "--no-browser"], ["server", "--port", "0"]], ids=lambda one: one[0]
)
def test_a_server_is_started_looked_at_and_ended(tmp_path, arguments):
    with library.start_run("shown"):
        library.log_metric("loss", 0.25)
    process = start(["-m", "treadle", *arguments], tmp_path, stdout=subprocess.PIPE)
    try:
        line = next(line for line in process.stdout if "http://" in line)
        address = next(word for word in line.split() if word.startswith("http://"))
        with contextlib.closing(urllib.request.urlopen(f"{address}/", timeout=30)) as page:
            assert b"shown" in page.read()
        with contextlib.closing(urllib.request.urlopen(f"{address}/health", timeout=30)) as page:
            assert page.read() == b"OK"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
    assert process.returncode in (0, -signal.SIGINT)


def test_a_port_that_is_taken(treadle, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = treadle("server", "--port", str(taken.getsockname()[1]))
    assert (done.code, "cannot listen at" in done.err, "--port" in done.err) == (8, True, True)


def test_an_empty_file_is_said_to_be_a_new_store(tmp_path):
    place = tmp_path / "runs.db"
    place.touch()
    os.utime(place, (1.0, 1.0))
    command = ["-m", "treadle", "server", "--port", "0", "--store", str(place)]
    process = start(command, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert any("http://" in line for line in process.stdout)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert f"{place} is empty: a new store is created in it." in said


def test_several_workers_need_a_database_to_share(treadle):
    done = treadle("server", "--port", "0", "--workers", "2")
    assert (done.code, "they can share" in done.err) == (8, True)


def find_workers(process):
    """Return the workers of a server, once each has got its settings from it."""
    while True:
        children = psutil.Process(process.pid).children()
        workers = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
        if len(workers) == 2 and all(one.num_threads() > 1 for one in workers):
            return workers


def suspend(process):
    process.suspend()
    while process.status() != psutil.STATUS_STOPPED:
        pass


@contextlib.contextmanager
def only(worker, server, workers):
    """Leave one worker to accept connections; the server ends those that do not answer it."""
    halted = [server, *(one for one in workers if one != worker)]
    try:
        for one in halted:
            suspend(one)
        yield
    finally:
        for one in reversed(halted):
            one.resume()


def test_each_of_several_workers_ends_what_trickles(postgres, tmp_path):
    options = ["--workers", "2", "--store", postgres, "--request-timeout", "0.3"]
    process = start(
        ["-m", "treadle", "server", "--port", "0", *options],
        tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        line = next(line for line in process.stdout if "http://" in line)
        host, port = line.split("http://")[1].split()[0].split(":")
        server, workers = psutil.Process(process.pid), find_workers(process)
        for worker in workers:
            with only(worker, server, workers), contextlib.ExitStack() as opened:
                slow = []
                for begun in (b"", b"GET /health HTTP/1.1\r\n", BODY):
                    one = opened.enter_context(socket.create_connection((host, int(port)), 60))
                    one.sendall(begun)
                    slow.append(one)
                with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=60) as answer:
                    assert answer.read() == b"OK"  # others are answered meanwhile
                for one in slow:
                    with one.makefile("rb") as said:
                        assert said.read().startswith(b"HTTP/1.1 408")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


def test_several_workers_on_postgresql(postgres, tmp_path):
    process = start(
        ["-m", "treadle", "server", "--port", "0", "--workers", "2", "--store", postgres],
        tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        line = next(line for line in process.stdout if "http://" in line)
        address = next(word for word in line.split() if word.startswith("http://"))
        for number in range(4):
            with library.start_run(f"r{number}", store=address) as run:
                run.log_series("m", range(100))
        assert (
            len(
                library.search_runs("count(metrics.m) = 100 and status = 'finished'", store=address)
            )
            == 4
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
