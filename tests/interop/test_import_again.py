"""Importing again brings what is new, wherever it is, and leaves what was changed here."""

import json
import math
import os
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.mlruns import RUN, Database, Folder, run_id

from treadle.interop.mlflow.database import DatabaseSource
from treadle.interop.mlflow.folder import FolderSource
from treadle.interop.mlflow.import_store import import_store
from treadle.records import ArtifactOwner, ArtifactRecord
from treadle.store import Search, locate_store, open_artifacts, open_store
from treadle.store.connect import connect_team_store

SOURCES: dict[str, Any] = {"folder": (Folder, FolderSource), "database": (Database, DatabaseSource)}


@pytest.fixture(params=list(SOURCES))
def kind(request):
    return request.param


class Imported:
    """A store of MLflow that is imported into one of ours."""

    def __init__(self, folder, kind):
        made, self._source = SOURCES[kind]
        self.mlflow = made(folder)
        self._path = folder / self.mlflow.name
        self.location = locate_store(folder / "kept.db")

    def again(self):
        source, store = self._source(self._path), connect_team_store(self.location)
        try:
            return import_store(source, store, open_artifacts(self.location.artifacts))
        finally:
            source.close()
            store.close()

    def points(self, run=RUN, key="loss"):
        with closing(open_store(self.location)) as store:
            return [(point.step, point.time, repr(point.value)) for point in store.points(run, key)]

    def change(self, change):
        store = connect_team_store(self.location)
        try:
            return change(store)
        finally:
            store.close()


@pytest.fixture
def imported(tmp_path, kind):
    return Imported(tmp_path, kind)


def test_a_point_of_an_earlier_time_comes_like_any_other(imported):
    points = [(1_700_000_000_000 + step, float(step), step) for step in range(5)]
    imported.mlflow.run(RUN)
    imported.mlflow.points(RUN, "loss", points)
    assert imported.again().points == 5
    imported.mlflow.points(RUN, "loss", [*points, (1_699_999_999_000, 9.9, 7)])
    assert imported.again().points == 1
    assert imported.again().points == 0
    assert sorted(imported.points())[-1] == (7, 1_699_999_999.0, "9.9")
    assert len(imported.points()) == 6
    with closing(open_store(imported.location)) as store:
        assert store.get_run(RUN).run.metrics == {"loss": 9.9}


NUMBERS = st.sampled_from([0.0, 1.5, -2.0, math.nan])
POINTS = st.tuples(st.integers(0, 5), NUMBERS, st.integers(-2, 3))


@pytest.mark.parametrize("kind", list(SOURCES))
@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(POINTS, max_size=6), min_size=1, max_size=4))
def test_a_series_is_that_of_the_source_after_any_imports(kind, parts):
    with tempfile.TemporaryDirectory() as folder:
        imported = Imported(Path(folder), kind)
        imported.mlflow.run(RUN)
        written = []
        for part in parts:
            written += part
            imported.mlflow.points(RUN, "loss", written)
            imported.again()
            expected = {(step, time / 1000, repr(value + 0.0)) for time, value, step in written}
            found = imported.points()
            assert len(found) == len(set(found))
            found = {(step, time, repr(float(value) + 0.0)) for step, time, value in found}
            assert found == expected
        assert imported.again().points == 0


def test_changes_of_the_source_come(imported):
    imported.mlflow.run(RUN, "old", tags={"a": "1", "b": "1"})
    imported.mlflow.run(run_id(2), "two")
    imported.again()
    imported.mlflow.run(RUN, "new", tags={"a": "2", "c": "3"}, params={"p": "1"})
    imported.mlflow.run(run_id(2), "two", stage="deleted")
    imported.mlflow.run(run_id(3), "three")
    imported.again()
    with closing(open_store(imported.location)) as store:
        runs = {run.name: run for run in store.find_runs(Search(lifecycle="all"))}
    assert sorted(runs) == ["new", "three", "two"]
    assert (runs["new"].tags["a"], runs["new"].tags["c"], runs["new"].params) == (
        "2",
        "3",
        {"p": "1"},
    )
    if imported.mlflow.name == "mlflow.db":  # in the folder, the file of the tag is still there
        assert "b" not in runs["new"].tags
    assert runs["two"].deleted


def test_what_was_changed_here_stays(imported, treadle):
    ids = [run_id(number) for number in range(1, 5)]
    for run in ids:
        imported.mlflow.run(run, "name", tags={"a": "1", "b": "1"})
    imported.again()
    renamed, deleted, tagged, gone = ids
    for arguments in (
        ["rename", renamed, "mine"],
        ["delete", deleted],
        ["tag", tagged, "a=mine", "new=1"],
        ["delete", gone],
    ):
        done = treadle("runs", *arguments, "--store", "kept.db")
        assert done.code == 0, done
    imported.change(
        lambda store: (
            store.runs.delete_tag(tagged, "b"),
            store.runs.bin(gone, 1.0),
            store.collect(2.0),
        ),
    )
    done = treadle("experiments", "rename", "trials", "ours", "--store", "kept.db")
    assert done.code == 0, done
    for run in ids:
        imported.mlflow.run(run, "name", tags={"a": "1", "b": "1", "later": "x"})
        imported.mlflow.points(run, "loss", [(1000, 1.0, 0)])
    imported.mlflow.run(run_id(9), "newest")
    for _ in range(2):
        assert imported.again().removed == 1
        with closing(open_store(imported.location)) as store:
            runs = {run.id: run for run in store.find_runs(Search(lifecycle="all"))}
        assert set(runs) == {renamed, deleted, tagged, run_id(9)}
        assert {run.experiment for run in runs.values()} == {"ours"}
        assert runs[renamed].name == "mine"
        assert runs[deleted].deleted
        assert {key: runs[tagged].tags[key] for key in ("a", "new", "later")} == {
            "a": "mine",
            "new": "1",
            "later": "x",
        }
        assert "b" not in runs[tagged].tags
        assert runs[deleted].metrics == {"loss": 1.0}  # what is new comes to a deleted run, too


def test_an_experiment_that_was_deleted_here_stays_deleted(imported, treadle):
    imported.mlflow.run(RUN)
    imported.again()
    assert treadle("experiments", "delete", "trials", "--store", "kept.db").code == 0
    imported.mlflow.run(run_id(2))
    imported.again()
    experiments = imported.change(lambda store: store.experiments.all())
    assert [one.deleted is None for one in experiments] == [True, False]
    with closing(open_store(imported.location)) as store:
        assert store.find_runs(Search()) == []
        assert len(store.find_runs(Search(lifecycle="all"))) == 2


def test_a_run_that_goes_on_ends_here_when_it_ends_there(tmp_path):
    imported = Imported(tmp_path, "folder")
    folder = imported.mlflow.run(RUN, status=1)
    (folder / "metrics").mkdir()
    (folder / "metrics/loss").write_text("1000 0.25 0\n2000 0.1")  # half a line: 0.125 1
    imported.again()
    assert imported.points() == [(0, 1.0, "0.25")]
    (folder / "metrics/loss").write_text("1000 0.25 0\n2000 0.125 1\n")
    imported.mlflow.run(RUN, status=3)
    imported.again()
    assert imported.points() == [(0, 1.0, "0.25"), (1, 2.0, "0.125")]
    with closing(open_store(imported.location)) as store:
        assert store.get_run(RUN).run.status == "finished"


def test_artifacts_that_were_changed_or_deleted_here_stay_so(tmp_path):
    imported = Imported(tmp_path, "folder")
    files = imported.mlflow.run(RUN) / "artifacts"
    files.mkdir()
    for name in ("kept", "changed", "deleted"):
        (files / name).write_text(name)
    assert imported.again().artifacts == 3
    imported.change(lambda store: store.artifacts.delete(ArtifactOwner("run", RUN), "deleted"))
    changed = ArtifactRecord(path="changed", digest="d" * 64, size=1, time=1.0)
    imported.change(lambda store: store.artifacts.put(ArtifactOwner("run", RUN), changed))
    (files / "changed").write_text("another")
    (files / "new").write_text("new")
    (files / "kept").write_text("newer")
    assert imported.again().artifacts == 2
    assert imported.again().artifacts == 0
    with closing(open_store(imported.location)) as store:
        artifacts = {one.path: one for one in store.get_run(RUN).artifacts}
        assert sorted(artifacts) == ["changed", "kept", "new"]
        assert artifacts["changed"].digest == "d" * 64
        assert b"".join(store.artifact(RUN, "kept")) == b"newer"


READING = """
import json, sys, time

clock = time.time_ns
time.time_ns = lambda: clock() + 10**10  # within a tick of its clock, a file may change unseen
opened = []
sys.addaudithook(lambda event, row: opened.append(str(row[0])) if event == "open" else None)

from treadle.cli import run_command_line

sys.argv = ["treadle", "import", "mlflow", "mlruns", "--store", "kept.db"]
assert run_command_line() == 0
json.dump(opened, open("opened.json", "w"))
"""


def test_a_file_that_is_unchanged_is_not_read_again(tmp_path, python):
    imported = Imported(tmp_path, "folder")
    files = imported.mlflow.run(RUN) / "artifacts"
    files.mkdir()
    for name in ("kept", "changed"):
        (files / name).write_text(name)

    def read():
        done = python(READING)
        assert done.code == 0, done
        paths = {Path(path) for path in json.loads((tmp_path / "opened.json").read_text())}
        return {path.name for path in paths if path.parent.name == "artifacts"}

    assert read() == {"kept", "changed"}
    assert read() == set()
    stat = (files / "changed").stat()
    (files / "changed").write_text("CHANGED")  # of the same size
    os.utime(files / "changed", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert read() == {"changed"}
    with closing(open_store(imported.location)) as store:
        assert b"".join(store.artifact(RUN, "changed")) == b"CHANGED"


def test_infinities_and_nan_are_known_again(tmp_path):
    imported = Imported(tmp_path, "folder")
    imported.mlflow.run(RUN)
    imported.mlflow.points(RUN, "loss", [(1, math.inf, 0), (2, -math.inf, 1), (3, math.nan, 2)])
    assert [imported.again().points for _ in range(2)] == [3, 0]
    assert [value for _, _, value in imported.points()] == ["inf", "-inf", "nan"]
