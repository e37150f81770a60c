"""Runs killed at any instant.

What is there is whole, what was recorded is true, and the next run works.
"""

import random
import subprocess
import time

import pytest
from tests.conftest import start

from treadle import DataCatalog

FLOW = """
from treadle import node

catalog = {
    "flat": "data/flat.json",
    "versioned": {"filepath": "data/versioned.json", "versioned": True},
    "parts": {"type": "partitioned", "path": "data/parts", "dataset": "text",
        "filename_suffix": ".txt"},
    "streamed": "data/streamed.txt",
}

@node
def flat(): return ["x" * 100] * 20_000

@node
def versioned(flat): return flat

@node
def parts(versioned): return {f"p{n}": f"{n}" * 200_000 for n in range(5)}

@node
def streamed(parts):
    for name in parts:
        yield parts[name]()
    yield "end"
"""
CATALOG = {
    "flat": "data/flat.json",
    "versioned": {"filepath": "data/versioned.json", "versioned": True},
    "parts": {
        "type": "partitioned",
        "path": "data/parts",
        "dataset": "text",
        "filename_suffix": ".txt",
    },
    "streamed": "data/streamed.txt",
}


def check(folder):
    """Everything that is there must be whole."""
    catalog = DataCatalog(CATALOG, root=folder)
    if catalog.exists("flat"):
        assert len(catalog.load("flat")) == 20_000
    if catalog.exists("versioned"):
        assert len(catalog.load("versioned")) == 20_000
    if catalog.exists("parts"):
        assert {name: len(load()) for name, load in catalog.load("parts").items()} == {
            f"p{n}": 200_000 for n in range(5)
        }
    if catalog.exists("streamed"):
        assert len(catalog.load("streamed")) == 1_000_003


def test_a_run_killed_at_any_instant(tmp_path, store, treadle):
    (tmp_path / "flow.py").write_text(FLOW)
    seed = random.randrange(2**32)
    print("seed", seed)
    rounds = random.Random(seed)
    killed = 0
    whole = 0.0  # seconds from the first line to the end, on this machine
    for number in range(10):
        process = start(
            ["-m", "treadle", "run", "flow.py", "--fresh", "--name", f"r{number}"],
            tmp_path,
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        begin = time.monotonic()
        try:
            process.wait(rounds.uniform(0.0, whole) if number else None)
            whole = whole or time.monotonic() - begin
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        process.stdout.close()
        check(tmp_path)
        details = store.get_run(f"r{number}")
        if (
            process.returncode == 0 or details.run.status == "finished"
        ):  # or killed just after its end
            assert [one.status for one in details.nodes] == ["finished"] * 4
            assert details.run.status == "finished"
        else:
            assert details.run.status == "killed"
        # A node is recorded as finished only when what it wrote is committed.
        done = {one.node for one in details.nodes if one.status == "finished"}
        catalog = DataCatalog(CATALOG, root=tmp_path)
        assert all(catalog.exists(name) for name in done)
    assert killed
    assert treadle("run", "flow.py").code == 0
    check(tmp_path)
    assert not list((tmp_path / ".treadle" / "journal").iterdir())
    with pytest.raises(StopIteration):
        next((tmp_path / ".treadle" / "writing").glob("*.json"))
