"""The n-th call to the system fails, once or for good: nothing is lost that was not counted.

The training goes on. From n = 1 until the run passes untouched. What SQLite calls is in
``test_disk``.
"""

import json

import pytest

# Every round is a fork, so that its process is dead when one looks at what it left.
PROGRAM = '''
import errno, json, os, sys
import treadle
from treadle.errors import DataError, TreadleError
from treadle.store import locate_store, open_store
from treadle.tracking import writer

CALLS = ("open", "write", "fsync", "ftruncate", "replace", "unlink")
POINTS = 40
error, for_good = getattr(errno, sys.argv[1]), sys.argv[2] == "for good"
writer._ROTATE = 600  # so that journals are made and taken away, too
writer._PATIENCE = {"sqlite": 0.3}
real = {name: getattr(os, name) for name in CALLS}
at = seen = 0

def wrap(name):
    def call(*arguments, **options):
        global seen
        if at:
            seen += 1
            if seen == at or (for_good and seen > at):
                raise OSError(error, os.strerror(error))
        return real[name](*arguments, **options)
    return call

def train(store):
    """Train as a user does; say which file was kept, and whether the fault came at all."""
    kept = False
    with treadle.start_run("r", store=store, capture_output=False) as run:
        for step in range(POINTS):
            treadle.log_metric("m", float(step), step)
            if step % 10 == 0:
                run.flush(durable=True)
        try:
            treadle.log_text("looks fine", "notes.txt")
            kept = True
        except DataError as error:
            assert "cannot be stored" in str(error)
    return kept, seen

def one_round(number):
    global at
    os.mkdir(str(number))
    store = f"{number}/store.db"
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        for name in CALLS:
            setattr(os, name, wrap(name))
        at = number
        try:
            outcome = train(store)
        except TreadleError as error:  # there is no place for a run at all: said at its start
            outcome = False, seen
        at = 0
        real["write"](write, json.dumps(outcome).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        kept, count = json.loads(pipe.read())
    assert os.wait()[1] == 0
    with open_store(locate_store(store)) as opened:  # with what the journals have
        assert opened.check() == []
        runs = opened.find_runs(treadle.store.Search())
        found = {"number": number, "came": count >= number, "kept": kept, "points": [],
            "dropped": 0, "files": [], "status": ""}
        if runs:
            details = opened.get_run(runs[0].id)
            found |= {
                "points": [point.step for point in opened.points(runs[0].id, "m")],
                "dropped": details.run.dropped,
                "files": [artifact.path for artifact in details.artifacts],
                "status": details.run.status,
            }
    return found

import treadle.store
rounds = [one_round(1)]
while rounds[-1]["came"]:
    rounds.append(one_round(len(rounds) + 1))
print(json.dumps(rounds))
'''


@pytest.mark.parametrize("for_good", ["once", "for good"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_the_nth_call_fails(python, error, for_good):
    # Git is asked for the code in processes of its own, which are not what fails here.
    done = python(PROGRAM, error, for_good, environment={"TREADLE_RECORD_CODE": "false"})
    assert done.code == 0, done
    *rounds, untouched = json.loads(done.out.splitlines()[-1])
    assert len(rounds) > 60
    assert (untouched["points"], untouched["files"], untouched["status"]) == (
        list(range(40)),
        ["notes.txt"],
        "finished",
    )
    for one in rounds:
        # Once each. Journals that are made in the same millisecond are delivered in any order.
        assert sorted(one["points"]) == sorted(set(one["points"])), one
        assert set(one["files"]) <= {"notes.txt"}
        if for_good == "once":
            # What is missing was counted. Of a run that could not even begin there is nothing, and
            # its start said so.
            assert one["status"] == "finished", one
            assert len(one["points"]) + one["dropped"] >= 40, one
            assert one["dropped"] <= 2, one
            assert one["files"] or not one["kept"] or one["dropped"], one
