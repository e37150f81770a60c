"""A server whose disk is full.

It says so, stays up, loses nothing that it acknowledged, and goes on afterwards.
"""

import json
import os
import subprocess
import sys

import pytest

# Runs in a name space of its own, on a small disk of its own, and prints what it found as JSON.
PROGRAM = """
import contextlib, http.client, json, os, pathlib, sys, threading
sys.path.insert(0, sys.argv[1])
from tests.servers import serving
from treadle.store import locate_store
from treadle.store.sql.sqlite import SqliteStore

disk = pathlib.Path(sys.argv[2])
found = {"statuses": {}, "messages": [], "acknowledged": 0}

def ask(address, path, body, method="POST", kind="application/json"):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request(method, path, body, {"content-type": kind})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    found["statuses"][response.status] = found["statuses"].get(response.status, 0) + 1
    if response.status != 200:
        found["messages"].append(json.loads(content)["message"])
    return response.status, content

def points(address, run, step):
    metrics = [{"key": "m", "value": step * 1000.0 + n, "timestamp": 1,
        "step": step * 1000 + n} for n in range(1000)]
    return ask(address, "/api/2.0/mlflow/runs/log-batch", json.dumps({"run_id": run,
        "metrics": metrics}))[0]

with serving(disk / "store.db", artifacts=str(disk / "artifacts")) as address:
    _, content = ask(address, "/api/2.0/mlflow/runs/create", json.dumps({"experiment_id": "0"}))
    run = json.loads(content)["run"]["info"]["run_id"]
    step = 0
    while points(address, run, step) == 200 and step < 2000:
        step += 1
    found["acknowledged"] = step
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/big.bin"
    found["artifact"] = ask(address, path, os.urandom(3 << 20), "PUT",
        "application/octet-stream")[0]
    found["still reads"] = ask(address, f"/api/2.0/mlflow/runs/get?run_id={run}", None, "GET")[0]
    (disk / "ballast").unlink()
    found["afterwards"] = points(address, run, step)
    found["artifact afterwards"] = ask(address, path, b"small", "PUT",
        "application/octet-stream")[0]
with SqliteStore(locate_store(disk / "store.db")) as store:
    found["damage"] = store.check()
    series = store.runs.series(run, "m")
    found["kept"] = [len(series.values), list(series.steps) == list(range(len(series.steps)))]
    found["left"] = [path.name for path in (disk / "artifacts" / "blobs").glob(".*")]
print(json.dumps(found))
"""


def test_a_server_on_a_disk_that_is_full(tmp_path, repository):
    script, disk = tmp_path / "program.py", tmp_path / "disk"
    script.write_text(PROGRAM)
    disk.mkdir()
    command = (
        f"mount -t tmpfs -o size=6m none {disk} && head -c 2097152 /dev/zero > {disk}/ballast"
        f" && exec {sys.executable} {script} {repository} {disk}"
    )
    separate = ["unshare", "-rm", "--propagation", "private", "bash", "-c"]
    if subprocess.run([*separate, "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk of their own")
    done = subprocess.run(
        [*separate, command],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["acknowledged"] > 3
    assert any("disk" in message and "full" in message for message in found["messages"]), found
    assert found["artifact"] == 429
    assert (found["still reads"], found["afterwards"], found["artifact afterwards"]) == (
        200,
        200,
        200,
    )
    assert found["damage"] == []
    # Every acknowledged point, once, and the last batch that came when there was room again.
    assert found["kept"] == [(found["acknowledged"] + 1) * 1000, True]
    assert found["left"] == []
