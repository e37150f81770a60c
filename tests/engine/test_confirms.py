"""What nodes confirm: nothing is lost, nothing is worked through twice, and plan and run agree."""

import itertools
import json
import os
import subprocess
import sys

import pytest
from tests.projects import write, write_project

import treadle
from treadle import node, pipeline
from treadle.errors import ConflictError, DataError, NodeError, PipelineError

CATALOG = """
events: {type: partitions.IncrementalDataset, path: events, dataset: json, filename_suffix: .json}
seen: {type: json, filepath: seen.json}
log: {type: text, filepath: log.txt, fs_args: {open_args_save: {mode: a}}}
"""
ONE = """
from treadle import node

@node(inputs="events", outputs=["seen", "log"], confirms="events")
def collect(events):
    return sorted(events), "".join(f"{name} " for name in sorted(events))
"""
CHAIN = """
from treadle import node, pipeline

def collect(events):
    return sorted(events)

def store(batch):
    return batch, "".join(f"{name} " for name in batch)

pipeline = pipeline([
    node(collect, "events", "batch"),
    node(store, "batch", ["seen", "log"], confirms="events"),
])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("TREADLE_STORE", "TREADLE_LEDGER"):
        monkeypatch.delenv(name, raising=False)

    def make(nodes):
        write_project(tmp_path, nodes, {"conf/base/catalog.yml": CATALOG})
        (tmp_path / "events").mkdir()
        return tmp_path

    return make


def arrive(folder, *names):
    for name in names:
        (folder / f"events/{name}.json").write_text(json.dumps(name))


def treadle_command(folder, *arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "treadle", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def decisions(folder, *options):
    found = json.loads(treadle_command(folder, "plan", "--json", *options))
    return {one["name"]: (one["action"], one["reason"]) for one in found}


@pytest.mark.parametrize("nodes", [ONE, CHAIN])
def test_each_partition_is_worked_through_once(project, nodes):
    folder = project(nodes)
    last = "collect" if nodes is ONE else "store"
    arrive(folder, "a", "b")
    assert decisions(folder)[last][0] == "run"
    treadle_command(folder, "run")
    assert (folder / "log.txt").read_text() == "a b "
    assert (folder / "events/CHECKPOINT").read_text() == "b"

    action, reason = decisions(folder)[last]
    assert (action, reason) == ("reuse", 'there are no new partitions in "events"')
    assert reason in treadle_command(folder, "why", last)
    treadle_command(folder, "run")
    assert (folder / "log.txt").read_text() == "a b "
    assert json.loads((folder / "seen.json").read_text()) == ["a", "b"]

    arrive(folder, "c")
    assert decisions(folder)[last][0] == "run"
    treadle_command(folder, "run")
    assert (folder / "log.txt").read_text() == "a b c "
    assert json.loads((folder / "seen.json").read_text()) == ["c"]
    assert (folder / "events/CHECKPOINT").read_text() == "c"

    write(
        folder,
        {"src/small/pipelines/main.py": nodes.replace("sorted(events)", "sorted(events)[:]")},
    )
    assert decisions(folder)[last] == ("reuse", 'there are no new partitions in "events"')
    treadle_command(folder, "run")
    assert json.loads((folder / "seen.json").read_text()) == ["c"], "not replaced by nothing"

    (folder / "seen.json").unlink()
    assert decisions(folder)[last][0] == "run"
    treadle_command(folder, "run")
    assert json.loads((folder / "seen.json").read_text()) == []


KILLED = """
import os, sys
{patch}
from treadle.cli import cli
cli(["run"])
"""
BEFORE_THE_LEDGER = """
from treadle.engine.ledger import Ledger
Ledger.add = lambda self, *_: os._exit(9)
"""
BEFORE_THE_CHECKPOINT = """
from treadle.catalog.incremental import Checkpoint
Checkpoint.move = lambda self, names: os._exit(9)
"""


@pytest.mark.parametrize(
    ("patch", "again"), [(BEFORE_THE_LEDGER, True), (BEFORE_THE_CHECKPOINT, False)]
)
def test_a_process_that_dies_between_saving_and_confirming_loses_nothing(project, patch, again):
    folder = project(ONE)
    arrive(folder, "a", "b")
    code = KILLED.format(patch=patch)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=False, capture_output=True
    )
    assert done.returncode == 9, done.stderr
    assert not (folder / "events/CHECKPOINT").exists()
    assert (folder / "log.txt").read_text() == "a b "
    assert decisions(folder)["collect"][0] == ("run" if again else "reuse")
    treadle_command(folder, "run")
    assert (folder / "events/CHECKPOINT").read_text() == "b"
    assert json.loads((folder / "seen.json").read_text()) == ["a", "b"]
    assert (folder / "log.txt").read_text() == ("a b a b " if again else "a b ")
    arrive(folder, "c")
    treadle_command(folder, "run")
    assert json.loads((folder / "seen.json").read_text()) == ["c"]


def test_a_node_that_fails_confirms_nothing(project):
    folder = project(ONE.replace("return", "assert len(events) < 2\n    return"))
    arrive(folder, "a", "b")
    treadle_command(folder, "run", code=1)
    assert not (folder / "events/CHECKPOINT").exists()


def events(tmp_path, **options):
    folder = tmp_path / "events"
    folder.mkdir(exist_ok=True)
    for name in "ab":
        (folder / f"{name}.json").write_text(json.dumps(name))
    given = {"path": str(folder), "dataset": "json", "filename_suffix": ".json", **options}
    return {"type": "incremental", **given}


def test_a_reader_that_fails_after_the_confirming_node_keeps_partitions_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path), "out": "out.json"}

    def fail(events):
        raise ValueError("no")

    both = pipeline(
        [
            node(sorted, "events", "out", name="collect", confirms="events"),
            node(fail, "events", "never", name="last"),
        ]
    )
    with pytest.raises(NodeError):
        treadle.run(both, catalog=catalog)
    assert (tmp_path / "out.json").exists()
    assert not (tmp_path / "events/CHECKPOINT").exists()
    treadle.run(both.only_nodes("collect"), catalog=catalog)
    assert (tmp_path / "events/CHECKPOINT").read_text() == "b", "what is reused is confirmed, too"


def test_what_is_in_memory_only_is_not_confirmed_before_it_is_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path), "out": "out.json"}
    broken = [True]

    def store(batch):
        if broken:
            raise ValueError("no")
        return batch

    flow = pipeline(
        [
            node(sorted, "events", "batch", name="collect", confirms="events"),
            node(store, "batch", "out", cache=False),
        ]
    )
    with pytest.raises(NodeError):
        treadle.run(flow, catalog=catalog)
    assert not (tmp_path / "events/CHECKPOINT").exists()
    broken.clear()
    assert treadle.run(flow, catalog=catalog).outputs["out"] == ["a", "b"]
    assert (tmp_path / "events/CHECKPOINT").read_text() == "b"


def test_what_arrives_during_a_run_stays_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path), "out": "out.json"}

    def collect(events):
        (tmp_path / "events/c.json").write_text('"c"')
        return sorted(events)

    flow = pipeline([node(collect, "events", "out", confirms="events")])
    assert treadle.run(flow, catalog=catalog).outputs["out"] == ["a", "b"]
    assert (tmp_path / "events/CHECKPOINT").read_text() == "b"
    assert treadle.run(flow, catalog=catalog).outputs["out"] == ["c"]


def test_nothing_is_confirmed_that_no_node_of_the_run_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path), "batch": "batch.json", "out": "out.json"}
    flow = pipeline(
        [
            node(sorted, "events", "batch", name="collect"),
            node(len, "batch", "out", name="count", confirms="events"),
        ]
    )
    treadle.run(flow.only_nodes("collect"), catalog=catalog)
    (tmp_path / "events/c.json").write_text('"c"')
    treadle.run(flow.only_nodes("count"), catalog=catalog)
    assert not (tmp_path / "events/CHECKPOINT").exists()
    treadle.run(flow, catalog=catalog)
    assert (tmp_path / "out.json").read_text().strip() == "3"
    assert (tmp_path / "events/CHECKPOINT").read_text() == "c"


def test_what_cannot_be_confirmed_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran: list[object] = []
    flow = lambda name: pipeline([node(ran.append, "events", None, name="n", confirms=name)])  # noqa: E731
    for name, message in (
        ("evnts", 'not in the catalog.*(?s:.*)"events"'),
        ("x", "cannot be confirmed"),
    ):
        with pytest.raises(PipelineError, match=message):
            treadle.run(flow(name), catalog={"events": events(tmp_path), "x": "x.json"})
    assert ran == []
    with pytest.raises(PipelineError, match='"a" and "b" both confirm "events"'):
        pipeline([node(len, "events", name, name=name, confirms="events") for name in "ab"])


def test_a_namespace_renames_what_is_confirmed():
    flow = pipeline([node(len, "events", "out", confirms=["events"])])
    assert [one.confirms for one in pipeline(flow, namespace="day")] == [("day.events",)]
    kept = pipeline(flow, namespace="day", inputs={"events": "events"})
    assert [one.confirms for one in kept] == [("events",)]


def test_partitions_that_a_node_of_the_pipeline_makes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry = events(tmp_path)
    for path in (tmp_path / "events").iterdir():
        path.unlink()
    catalog = {"names": "names.json", "events": entry, "out": "out.json"}
    (tmp_path / "names.json").write_text('["a", "b"]')

    def spread(names):
        return {name: name for name in names}

    flow = pipeline(
        [node(spread, "names", "events"), node(sorted, "events", "out", confirms="events")]
    )
    for names, out in ((["a", "b"], ["a", "b"]), (["a", "b"], ["a", "b"]), (["c"], ["c"])):
        (tmp_path / "names.json").write_text(json.dumps(names))
        treadle.run(flow, catalog=catalog)
        assert json.loads((tmp_path / "out.json").read_text()) == out


def test_two_runs_do_not_confirm_one_dataset_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path)}
    inner = pipeline([node(len, "events", "count", confirms="events")])

    def collect(events):
        with pytest.raises(ConflictError, match="CHECKPOINT"):
            treadle.run(inner, catalog=catalog)

    treadle.run(pipeline([node(collect, "events", None, confirms="events")]), catalog=catalog)


def test_a_checkpoint_that_cannot_be_written_fails_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mark").mkdir()
    catalog = {"events": events(tmp_path, checkpoint={"filepath": str(tmp_path / "mark")})}
    with pytest.raises(DataError, match=r'"events"'):
        treadle.run(pipeline([node(len, "events", "n", confirms="events")]), catalog=catalog)


def test_a_class_of_kedro_is_confirmed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {**events(tmp_path), "type": "kedro_datasets.partitions.IncrementalDataset"}
    given["dataset"] = "kedro_datasets.json.JSONDataset"
    flow = pipeline([node(sorted, "events", "names", confirms="events")])
    assert treadle.run(flow, catalog={"events": given}).outputs["names"] == ["a", "b"]
    assert (tmp_path / "events/CHECKPOINT").read_text() == "b"


def test_a_long_chain_of_values_in_memory_has_nothing_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"events": events(tmp_path), "out": "out.json"}
    names = ["events", *(f"v{number}" for number in range(1200)), "out"]

    def chain(step):
        steps = [
            node(step, *pair, name=f"make_{pair[1]}") for pair in itertools.pairwise(names[:-1])
        ]
        return pipeline([*steps, node(step, names[-2], "out", name="last", confirms="events")])

    def first(value):
        return sorted(value)

    def second(value):
        return sorted(value)[:1]

    treadle.run(chain(first), catalog=catalog)
    treadle.run(chain(second), catalog=catalog)
    assert json.loads((tmp_path / "out.json").read_text()) == ["a", "b"]
