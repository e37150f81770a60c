"""A server that takes connections and never answers costs a run a few seconds, once."""

import socket
import time

import pytest

from treadle.store import locate_store


@pytest.fixture
def silent():
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_never_answers(silent, treadle, tmp_path):
    (tmp_path / "flow.py").write_text("from treadle import node\n@node\ndef a(): return 1\n")
    begun = time.monotonic()
    done = treadle("run", "flow.py", environment={"TREADLE_STORE": silent})
    assert (done.code, "does not answer" in done.err) == (0, True), done
    assert (
        time.monotonic() - begun < 12
    )  # five seconds at the start, one at the end, and what a slow machine adds
    assert len(list(locate_store(silent, tmp_path).journals.glob("*.log"))) == 1
