"""Journals that a disk damaged: what is intact is delivered, what is not is counted and said."""

import contextlib
import subprocess

import pytest
from tests.conftest import start

from treadle.store import JournalReader, Search, open_store

LOG = """
import os, signal, treadle
run = treadle.start_run("r")
treadle.log_params({"depth": 3})
for number in range(20):
    run.log_metric("m", float(number), step=number)
run.flush()
os._exit(9)
"""
AWAY = (
    "import treadle.tracking.delivery as d\nd.Delivery._deliver_batch = lambda self, last: False\n"
)


@pytest.fixture
def journal(tmp_path, location):
    """A journal of a dead process of which the store has nothing, and where its frames end."""
    script = tmp_path / "log.py"
    script.write_text(AWAY + LOG)
    process = start([script], tmp_path)
    process.wait()
    (path,) = location.journals.glob("*.log")
    ends = []
    with path.open("rb") as file:
        reader = JournalReader(file.fileno(), path)
        ends.append(reader.position)
        while reader.read(1):
            ends.append(reader.position)
    return path, ends


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("place", "points", "dropped"),
    [
        ("header length", 20, 0),
        ("header", 20, 0),
        ("start", 20, 1),
        ("length", 19, 1),
        ("sum", 19, 1),
        ("payload", 19, 1),
        ("last", 19, 1),
    ],
)
def test_a_flipped_bit(journal, location, caplog, treadle, place, points, dropped):
    path, ends = journal
    frame = ends[len(ends) // 2]
    at = {
        "header length": 0,
        "header": 20,
        "start": ends[0] + 20,
        "length": frame,
        "sum": frame + 5,
        "payload": frame + 12,
        "last": ends[-1] - 3,
    }
    flip(path, at[place])
    assert "1 left by dead processes; the next command delivers them" in treadle("doctor").out
    with contextlib.closing(open_store(location)) as store:
        (run,) = store.find_runs(Search())
        assert run.dropped == dropped
        details = store.get_run(run.id)
        assert details.metrics[0].count == points
        assert run.params == {"depth": 3}
    aside = location.journals / "damaged" / path.name
    assert aside.is_file()
    assert not path.exists()
    assert (
        "is damaged in 1 place: what is intact was delivered, the rest is lost, and the file is "
        f"kept as {aside}" in (caplog.text)
    )
    told = treadle("doctor")
    assert told.code == 1
    assert f"1 damaged journal is in {aside.parent}" in told.out


def test_a_torn_tail_is_no_damage(journal, location, caplog, treadle):
    path, ends = journal
    with path.open("r+b") as file:
        file.truncate(ends[-1] - 3)
    with contextlib.closing(open_store(location)) as store:
        details = store.get_run("r")
        assert (details.metrics[0].count, details.run.dropped) == (19, 0)
    assert list(location.journals.iterdir()) == []
    assert "damaged" not in caplog.text
    assert treadle("doctor").code == 0


def test_a_damaged_journal_of_a_process_that_lives_is_left_to_it(tmp_path, location):
    script = tmp_path / "log.py"
    script.write_text(AWAY + LOG.replace("run.flush()", "print(flush=True); signal.pause()"))
    process = start([script], tmp_path, stdout=subprocess.PIPE)
    process.stdout.readline()
    (path,) = location.journals.glob("*.log")
    with path.open("r+b") as file:
        file.seek(20)
        file.write(b"\0")
    open_store(location).close()
    assert path.is_file()
    process.kill()
    process.communicate()
    with contextlib.closing(open_store(location)) as store:
        assert store.get_run("r").metrics[0].count == 20
