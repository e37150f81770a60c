"""Commands about runs that are there already, and about what is thrown away."""

import contextlib
import csv
import json
import os
import tempfile
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.servers import serving

import treadle as library
from treadle.cli import export
from treadle.errors import DataError
from treadle.records import DatasetInputRecord, MetricLogged, ModelUseRecord
from treadle.store import Search, locate_store
from treadle.store.connect import connect_team_store
from treadle.store.sql.sqlite import SqliteStore


@pytest.fixture
def logged(location):
    for name in ("one", "two"):
        with library.start_run(name):
            library.log_metric("m", 1.0)
            library.log_text(f"only of {name}", "own.txt")
            library.log_text("of both", "same.txt")
    return location


def blobs(location):
    return [path for path in Path(location.artifacts).rglob("*") if path.is_file()]


def names(done):
    return sorted(run["name"] for run in done.json)


def test_runs_are_changed(logged, treadle):
    assert treadle("runs", "rename", "one", "first").code == 0
    assert "team=a" in treadle("runs", "tag", "first", "team=a", "gone=b").out
    assert treadle("runs", "tag", "first", "gone-").out.strip() == "team=a"
    assert treadle("runs", "note", "first", "what it was about").code == 0
    assert treadle("runs", "move", "first", "two", "--experiment", "moved").code == 0
    (first,) = treadle("runs", "--where", "name = 'first' and experiment = 'moved'", "--json").json
    assert first["tags"] == {"team": "a", "mlflow.note.content": "what it was about"}
    assert treadle("runs", "tag", "first", "nonsense").code == 2
    assert treadle("runs", "rename", "nothing", "x").code == 8


@pytest.mark.parametrize("status", ["killed", "failed", "finished"])
@pytest.mark.parametrize("kind", ["file", "server", "postgresql"])
def test_runs_whose_processes_are_gone_are_ended(request, tmp_path, treadle, kind, status):
    """As MLflow's client leaves them: begun, logged to, and never ended."""
    place = tmp_path / "x.db"
    store = request.getfixturevalue("postgres") if kind == "postgresql" else str(place)
    opened = connect_team_store(locate_store(store))
    opened.runs.create("a" * 32, "0", name="left", started=5.0, user="", command="", parent="")
    opened.write([MetricLogged("a" * 32, "m", 0, 9.0, 1.0)])
    opened.close()
    with contextlib.ExitStack() as stack:
        used = stack.enter_context(serving(place)) if kind == "server" else store
        done = treadle("runs", "end", "left", "--status", status, "--store", used)
        assert done.code == 0, done.err
        assert done.out.strip() == f"{'a' * 32} (left) is {status}."
        again = treadle("runs", "end", "left", "--store", used)
        assert again.code == 9
        assert "has ended already" in again.err
    opened = connect_team_store(locate_store(store))
    run = opened.get_run("left").run
    opened.close()
    assert (run.status, run.started, run.ended) == (status, 5.0, 9.0)


def test_experiments_are_listed_and_changed(location, treadle):
    with (
        library.start_run("outer", experiment="first"),
        library.start_run("inner", experiment="first"),
    ):
        pass
    assert treadle("experiments", "note", "first", "what it is about\nand more").code == 0
    assert treadle("experiments", "tag", "first", "team=a", "gone=b").code == 0
    assert "team=a" in treadle("experiments", "tag", "first", "gone-").out
    assert (
        treadle("experiments", "rename", "first", "renamed").out.strip()
        == "first is called renamed now."
    )
    lines = treadle("experiments").out.splitlines()
    assert lines[0].split() == ["id", "name", "runs", "newest", "run", "note"]
    assert lines[1].split()[:3] == ["1", "renamed", "2"]
    assert lines[1].endswith("what it is about")
    assert treadle("experiments", "delete", "renamed").code == 0
    assert names(treadle("runs", "--json")) == []
    assert [
        one["experiment"]["name"] for one in treadle("experiments", "--deleted", "--json").json
    ] == ["renamed"]
    assert treadle("experiments", "restore", "1").code == 0
    assert names(treadle("runs", "--json")) == ["inner", "outer"]
    assert treadle("experiments", "--deleted").out.strip() == "No experiment is deleted."
    assert treadle("experiments", "rename", "renamed", "default").code == 9
    done = treadle("experiments", "delete", "renamd")
    assert (done.code, 'Did you mean "renamed"?' in done.err) == (8, True)
    done = treadle("experiments", "shwo", "x")
    assert (done.code, 'There is no command "experiments shwo".' in done.err) == (2, True)


def test_what_is_recorded_of_a_run_is_shown(location, treadle):
    with library.start_run("outer [b] \x1b[2J") as outer:
        library.log_metric("loss[val]", 1.0)
        library.log_param("a[0]", "[red]x[/] \x1b[2J")
        for number in range(25):
            with library.start_run(f"inner{number}"):
                pass
    with SqliteStore(locate_store(location.database)) as store:
        data = DatasetInputRecord(
            name="rows",
            digest="d1",
            source_type="local",
            source="file:///x.csv",
            tags={"mlflow.data.context": "train"},
        )
        store.runs.add_inputs(
            outer.id, [data], [ModelUseRecord(model="m-1", role="output", step=3)]
        )
    shown = treadle("runs", "show", outer.id).out
    for expected in (
        "loss[val]",
        "a[0]",
        "[red]x[/] ␛[2J",
        "outer [b]  [2J",
        "rows",
        "file:///x.csv",
        "m-1",
    ):
        assert expected in shown
    assert shown.count("inner") == 20
    assert f"treadle runs --where \"parent = '{outer.id}'\"" in shown
    assert "\x1b[2J" not in treadle("runs").out
    assert "loss[val]" in treadle("runs").out


def test_what_is_deleted_goes_for_good_after_a_while(logged, treadle):
    assert treadle("runs", "delete", "one").code == 0
    assert names(treadle("runs", "--json")) == ["two"]
    assert names(treadle("runs", "--deleted", "--json")) == ["one"]
    assert treadle("runs", "restore", "one").code == 0
    assert treadle("runs", "delete", "one").code == 0
    assert len(blobs(logged)) == 3
    assert "Removed 0 runs" in treadle("gc").out  # it is younger than 30 days
    past = time.time() - 40 * 86400
    with SqliteStore(locate_store(logged.database)) as store:
        (run,) = store.find_runs(Search(lifecycle="deleted"))
        store.runs.bin(run.id, past)
    for path in blobs(logged):
        os.utime(path, (past, past))
    assert "Would remove 1 runs" in treadle("gc", "--dry-run").out
    assert len(blobs(logged)) == 3
    assert "Removed 1 runs, 0 experiments, 0 models, and 1 files" in treadle("gc").out
    assert sorted(path.read_text() for path in blobs(logged)) == ["of both", "only of two"]
    assert names(treadle("runs", "--deleted", "--json")) == []
    assert treadle("gc", "--older-than", "soon").code == 2


def test_a_content_that_is_used_again_is_not_swept(logged):
    from treadle.store import ArtifactStore

    contents = ArtifactStore(Path(logged.artifacts))
    past = time.time() - 40 * 86400
    for path in blobs(logged):
        os.utime(path, (past, past))
    digest, _ = contents.put_bytes(b"of both")  # of a run whose record is on its way
    assert contents.sweep(set(), time.time() - 86400)[0] == 2
    assert contents.locate(digest).exists()


def test_runs_of_a_server_are_changed(tmp_path, treadle):
    with serving(tmp_path / "served.db") as address:
        with library.start_run("far", store=address):
            library.log_metric("m", 1.0)
        there = {"TREADLE_STORE": address}
        assert treadle("runs", "rename", "far", "farther", environment=there).code == 0
        assert treadle("runs", "delete", "farther", environment=there).code == 0
        assert treadle("runs", "--json", environment=there).json == []
        assert treadle("runs", "restore", "farther", environment=there).code == 0
        assert names(treadle("runs", "--json", environment=there)) == ["farther"]
        assert "needs a database" in treadle("server", environment=there).err


def test_runs_are_exported(logged, treadle, tmp_path):
    with library.start_run("=cmd()"):
        library.log_params({"depth": 3, "mixed": "x"})
        library.log_series("m", [1.0, float("nan"), float("inf")])
    with library.start_run("last"):
        library.log_params({"depth": 0.5, "mixed": 7})
    assert "4 runs" in treadle("export", "runs.csv", "--sort", "started").out
    rows = list(csv.DictReader((tmp_path / "runs.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == ["one", "two", "'=cmd()", "last"]
    assert rows[0]["metrics.m"] == "1.0"
    assert treadle("export", "runs.json", "--where", "name = '=cmd()'").code == 0
    (found,) = json.loads((tmp_path / "runs.json").read_text())
    assert (found["name"], found["params.depth"], found["metrics.m"]) == ("=cmd()", 3, "Infinity")
    assert treadle("export", "runs.parquet").code == 0
    frame = pd.read_parquet(tmp_path / "runs.parquet")
    assert set(frame["params.depth"].dropna()) == {3.0, 0.5}
    assert set(frame["params.mixed"].dropna()) == {"x", "7"}
    assert "5 points" in treadle("export", "points.parquet", "--points").out
    points = pd.read_parquet(tmp_path / "points.parquet")
    assert list(points.columns) == ["run", "key", "step", "time", "value"]
    assert (
        treadle("export", "points.csv", "--points").code
        == treadle("export", "points.json", "--points").code
        == 0
    )
    assert (tmp_path / "points.csv").read_text().splitlines()[0] == "run,key,step,time,value"
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 6
    rows = json.loads((tmp_path / "points.json").read_text())
    (last,) = {row["run"] for row in rows if row["value"] == "NaN"}
    assert [row["value"] for row in rows if row["run"] == last] == [1.0, "NaN", "Infinity"]
    assert (
        "0 points"
        in treadle("export", "none.parquet", "--points", "--where", "name = 'nobody'").out
    )
    assert list(pd.read_parquet(tmp_path / "none.parquet").columns) == [
        "run",
        "key",
        "step",
        "time",
        "value",
    ]
    assert treadle("export", "runs.xls").code == 2
    assert treadle("export", "no/folder/at/all/runs.csv").code == 0
    (tmp_path / "file").write_text("")
    assert treadle("export", "file/runs.csv").code in (6, 8)


def test_columns_of_any_page_are_exported_with_one_type_each(location, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_PAGE", 2)
    logged: list[dict[str, object]] = [
        {"n": 1},
        {"n": 2, "b": True},
        {"n": 2**70, "b": False},
        {"x": 0.5},
        {"x": 3, "b": True, "none": None},
    ]
    for number, params in enumerate(logged):
        with library.start_run(f"run{number}"):
            library.log_params(params)
    for file in ("runs.parquet", "runs.csv"):
        done = CliRunner().invoke(
            export.command,
            [str(tmp_path / file), "--sort", "started", "--store", str(location)],
            catch_exceptions=False,
        )
        assert done.output.endswith("has 5 runs.\n")
    columns = pq.read_table(tmp_path / "runs.parquet").to_pydict()
    assert [name for name in columns if name.startswith("params.")] == [
        f"params.{key}" for key in ("b", "n", "none", "x")
    ]
    assert columns["params.n"] == ["1", "2", str(2**70), None, None]
    assert columns["params.b"] == [None, True, False, None, True]
    assert columns["params.x"] == [None, None, None, 0.5, 3.0]
    assert columns["params.none"] == [None] * 5
    rows = list(csv.DictReader((tmp_path / "runs.csv").read_text().splitlines()))
    assert [row["params.x"] for row in rows] == ["", "", "", "0.5", "3"]


def test_without_room_for_temporary_files_nothing_is_exported(logged, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    done = CliRunner().invoke(export.command, [str(tmp_path / "runs.csv"), "--store", str(logged)])
    assert isinstance(done.exception, DataError)
    assert "missing does not keep the runs" in done.exception.message
    assert not (tmp_path / "runs.csv").exists()


def test_nothing_is_exported_as_nothing(treadle, tmp_path):
    assert "0 runs" in treadle("export", "none.csv").out
    assert (tmp_path / "none.csv").read_text().startswith("id,name")
    assert treadle("export", "none.json").code == treadle("export", "none.parquet").code == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []
