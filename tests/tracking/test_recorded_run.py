"""Runs that Treadle starts and ends itself: what is recorded before anything runs."""

import logging

import msgspec
import pytest

from treadle.errors import StoreError
from treadle.records.texts import encode_json
from treadle.tracking import active_run
from treadle.tracking.recorded_run import RecordedRun, Recording


def recording(folder, **changes):
    return msgspec.structs.replace(
        Recording(
            kind="script",
            name="first",
            experiment="trial",
            command="treadle run script.py",
            params={"depth": 3, "token": "hunter2"},
            tags={"k": "v"},
            folder=folder,
            code=(folder / "script.py",),
            configuration={"request": {"target": "script.py"}},
        ),
        **changes,
    )


def test_all_of_it_is_recorded_before_anything_runs(tmp_path, location, store):
    (tmp_path / "script.py").write_text("x = 1\n")
    with RecordedRun(location, recording(tmp_path), run_id="0" * 31 + "1") as run:
        assert active_run() is run
        run.flush()
        before = store.get_run(run.id)
        logging.getLogger("theirs").warning("of the run")
    assert active_run() is None
    details = store.get_run("0" * 31 + "1")
    assert before.run.status == "running"
    assert (details.run.status, details.run.kind, details.run.name) == (
        "finished",
        "script",
        "first",
    )
    assert (details.run.experiment, details.run.command) == ("trial", "treadle run script.py")
    assert before.run.params == {"depth": 3, "token": "***"}
    assert before.run.tags["k"] == "v"
    assert sorted(before.snapshots) == ["config", "environment", "git"]
    assert bytes(before.snapshots["config"]) == encode_json({"request": {"target": "script.py"}})
    assert [artifact.path for artifact in before.artifacts] == ["code/untracked.tar"]
    assert [line.text for line in details.logs] == ["of the run"]


def test_a_program_whose_log_is_elsewhere(tmp_path, location, store):
    with RecordedRun(location, recording(tmp_path, has_logs=False)) as run:
        logging.getLogger("ours").warning("of this process")
    assert store.get_run(run.id).logs == []


def test_a_child_of_another_run(tmp_path, location, store):
    with (
        RecordedRun(location, recording(tmp_path)) as outer,
        RecordedRun(location, recording(tmp_path), parent=outer) as inner,
    ):
        assert active_run() is inner
    assert store.get_run(inner.id).run.parent == outer.id


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("no"), "failed"), (KeyboardInterrupt(), "killed"), (SystemExit(0), "finished")],
)
def test_what_ends_the_block_ends_the_run(tmp_path, location, store, error, status):
    with pytest.raises(type(error)), RecordedRun(location, recording(tmp_path)) as run:
        raise error
    found = store.get_run(run.id).run
    assert found.status == status
    if status == "failed":
        assert (found.error.kind, found.error.message) == ("ValueError", "no")
        assert found.error.traceback.count('File "') == 1  # this file: no frame of ours


def test_a_run_whose_start_cannot_be_recorded_has_failed(tmp_path, location, store):
    wrong = recording(tmp_path, tags={"": "no key"})
    with pytest.raises(StoreError), RecordedRun(location, wrong, run_id="0" * 31 + "2"):
        pytest.fail("It must not begin.")
    assert active_run() is None
    assert store.get_run("0" * 31 + "2").run.status == "failed"
