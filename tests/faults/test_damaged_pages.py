"""A page in the middle of the database is damaged.

Every command that meets it says so, the server at its start.
"""

import subprocess
import threading

import pytest
from tests.conftest import start

import treadle


@pytest.fixture
def damaged(tmp_path):
    path = tmp_path / "x.db"
    for number in range(40):
        with treadle.start_run(f"r{number}", store=path) as run:
            run.log_params({f"p{one}": "v" * 400 for one in range(5)})
    with path.open("r+b") as file:
        pages = path.stat().st_size // 4096
        file.seek(pages * 2 // 3 * 4096)  # behind what is read at the start
        file.write(b"\xff" * 4096 * (pages // 6))
    return path


def test_a_server_says_that_its_store_is_damaged(tmp_path, damaged):
    process = start(
        ["-m", "treadle", "server", "--store", damaged, "--port", "0"],
        tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    limit = threading.Timer(60, process.kill)
    limit.start()
    try:
        said = process.stderr.readline()
    finally:
        limit.cancel()
        process.terminate()
        process.communicate()
    assert said.startswith("ERROR: The store is damaged: ")
    assert "***" not in said


def test_doctor_says_it_too(damaged, treadle):
    done = treadle("doctor", "--store", damaged)
    assert (done.code, f"{damaged} is damaged: " in done.out, "***" in done.out) == (
        1,
        True,
        False,
    ), done
