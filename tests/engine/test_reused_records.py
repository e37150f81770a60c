"""A run's record is the same whether its nodes ran or were reused."""

import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.projects import write_project

import treadle
from treadle import node, pipeline
from treadle.hooks import hook
from treadle.records import RunChange
from treadle.store import locate_store, open_artifacts, open_store
from treadle.store.connect import connect_team_store
from treadle.tracking.active import active_run
from treadle.tracking.node_log import current_log

FACTS = ("status", "experiment", "params", "metrics", "tags")


def read(location, run):
    opened = open_store(location)
    try:
        details = opened.get_run(run)
        points = {one.key: opened.points(run, one.key) for one in details.metrics}
    finally:
        opened.close()
    return details, points


def record(details, points, *, times=True):
    """Return what a run's record says, less what is of the run itself."""
    facts = {name: getattr(details.run, name) for name in FACTS}
    files = [(one.path, one.digest, one.size) for one in details.artifacts]
    rows = {
        key: [(one.step, repr(one.value), one.time if times else 0) for one in series]  # in order
        for key, series in points.items()
    }
    uses = sorted(
        (one.node, one.dataset, one.role == "read", one.type, one.digest)  # written or reused
        for one in details.datasets
    )
    facts["metrics"] = {key: repr(value) for key, value in facts["metrics"].items()}
    return msgspec.to_builtins({"facts": facts, "files": files, "points": rows, "uses": uses})


class Project:
    def __init__(self, location, folder):
        self.location = location
        self.folder = folder / "data"
        self.folder.mkdir()
        self.raw = self.folder / "raw.json"
        self.raw.write_text("[1, 2]")

    def run(self, flow, *, catalog=None, **options):
        made = {
            name: str(self.folder / f"{name}.json")
            for one in pipeline(flow)
            for name in one.outputs
            if name.startswith("saved")
        }
        entries = {"raw": str(self.raw), **made, **(catalog or {})}
        result = treadle.run(flow, catalog=entries, store=self.location.uri, **options)
        return read(self.location, result.id)

    def statuses(self, details):
        return {one.node: one.status for one in details.nodes}


@pytest.fixture
def project(location, tmp_path):
    return Project(location, tmp_path)


@pytest.fixture
def anywhere(address, tmp_path):
    """A project whose runs are kept in each kind of store."""
    return Project(locate_store(address), tmp_path)


def log_metrics(raw):
    for step in range(3):
        treadle.log_metric("loss", 1 / (step + 1))
    treadle.log_metric("given", 5.0, step=7)
    treadle.log_metrics({"val": {"loss": 0.5, "r2": float("nan")}})
    treadle.log_metrics({"val": {"loss": 0.25}}, step=10)
    treadle.log_series("curve", [1.0, float("inf"), -2.5], times=[10.0, 11.0, 12.0])
    return raw


def log_params(raw):
    treadle.log_params({"model": {"depth": 3, "lr": 0.1}, "name": "forest", "none": None})
    treadle.log_param("model.depth", 4)
    treadle.log_param("password", "hunter2")
    return raw


def log_tags(raw):
    treadle.set_tag("stage", "dev")
    treadle.set_tags({"stage": "test", "owner": "ada"})
    return raw


def log_files(raw):
    treadle.log_text("hello", "notes/a.txt")
    treadle.log_dict({"a": 1}, "b.json")
    treadle.log_text("again", "notes/a.txt")
    return raw


def log_in_threads(raw):
    def work(number):
        treadle.log_metric(f"thread{number}", number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raw


def log_in_forks(raw):
    context = multiprocessing.get_context("fork")
    process = context.Process(target=work_elsewhere)
    process.start()
    process.join()
    return raw


def work_elsewhere():
    treadle.log_metric("fork", 1.5)
    treadle.log_param("fork", "yes")
    treadle.set_tag("fork", "yes")
    treadle.log_text("fork", "fork.txt")


def log_by_handle(raw):
    run = active_run()
    run.log_metric("handle", 1)
    run.rename("renamed")
    return raw


def log_nothing(raw):
    return raw


KINDS = [
    log_metrics,
    log_params,
    log_tags,
    log_files,
    log_in_threads,
    log_in_forks,
    log_by_handle,
    log_nothing,
]


@pytest.mark.parametrize("function", KINDS, ids=lambda one: one.__name__)
def test_a_reused_node_leaves_what_it_logged(project, function):
    flow = [node(function, "raw", "saved")]
    first, first_points = project.run(flow)
    second, second_points = project.run(flow)
    assert project.statuses(first) == {function.__name__: "finished"}
    assert project.statuses(second) == {function.__name__: "reused"}
    assert record(second, second_points) == record(first, first_points)
    third, points = project.run(flow, fresh=True)
    assert record(third, points, times=False) == record(first, first_points, times=False)
    assert third.reused == first.reused == []
    assert {one.origin for one in second.reused} <= {first.run.id}
    names = {(one.kind, one.name) for one in second.reused}
    assert names == {
        *(("param", name) for name in first.run.params),
        *(("metric", name) for name in first.run.metrics),
        *(("tag", name) for name in first.run.tags),
        *(("artifact", one.path) for one in first.artifacts),
    }


def test_every_kind_of_store_keeps_it(anywhere):
    flow = [
        node(log_metrics, "raw", "saved0"),
        node(log_files, "raw", "saved1"),
        node(log_params, "raw", "saved2"),
        node(log_tags, "raw", "saved3"),
    ]
    first = anywhere.run(flow)
    second = anywhere.run(flow)
    assert set(anywhere.statuses(second[0]).values()) == {"reused"}
    assert record(*second) == record(*first)
    assert {one.kind for one in second[0].reused} == {"metric", "artifact", "param", "tag"}
    assert {one.origin for one in second[0].reused} == {first[0].run.id}
    opened = open_store(anywhere.location)
    try:
        assert b"".join(opened.artifact(second[0].run.id, "notes/a.txt")) == b"again"
    finally:
        opened.close()
    third = anywhere.run(flow)
    assert record(*third) == record(*first)
    assert {one.origin for one in third[0].reused} == {first[0].run.id}


def evaluate(raw):
    return {"accuracy": 0.98, "nested": {"f1": 0.5}}


def draw(raw):
    import matplotlib.figure

    figure = matplotlib.figure.Figure()
    figure.add_subplot().plot(raw)
    return figure


def test_metrics_and_figures_of_the_catalog_come_along(project):
    flow = [node(evaluate, "raw", "scores"), node(draw, "raw", "plot")]
    catalog = {
        "scores": {"type": "metrics", "filepath": str(project.folder / "scores.json")},
        "plot": {"type": "matplotlib", "filepath": str(project.folder / "plot.png")},
    }
    first = project.run(flow, catalog=catalog)
    second = project.run(flow, catalog=catalog)
    assert project.statuses(second[0]) == {"evaluate": "reused", "draw": "reused"}
    assert record(*second) == record(*first)
    assert {(one.kind, one.name) for one in second[0].reused} == {
        ("metric", "accuracy"),
        ("metric", "nested/f1"),
        ("artifact", "figures/plot.png"),
    }


def train(raw):
    from sklearn.linear_model import LinearRegression

    return float(LinearRegression().fit([[1], [2]], raw).coef_[0])


def test_what_autolog_logs_comes_along(project):
    treadle.autolog()
    try:
        first = project.run([node(train, "raw", "saved")])
        second = project.run([node(train, "raw", "saved")])
    finally:
        treadle.autolog(disable=True)
    assert project.statuses(second[0]) == {"train": "reused"}
    assert first[0].run.params
    assert any(one.path.endswith("MLmodel") for one in first[0].artifacts)
    assert record(*second) == record(*first)


def counted_twice(saved0):
    treadle.log_metric("loss", 2.0)
    treadle.log_metrics({"other": 1.0, "loss": 3.0})  # at the step after the last of both
    treadle.log_param("depth", 2)
    treadle.set_tag("stage", "second")
    return saved0


def make_counting(count):
    def count_once(raw):
        for _ in range(count):
            treadle.log_metric("loss", 1.0)
        treadle.log_metric("given", 1.0, step=3)
        treadle.log_param("depth", 1)
        treadle.set_tag("stage", "first")
        return [1]  # the same, so that the node after it is reused

    return count_once


@pytest.mark.parametrize("count", [1, 3])
def test_steps_are_counted_on_and_conflicts_end_as_if_all_had_run(project, count, caplog):
    def flow(count):
        first = node(make_counting(count), "raw", "saved0", name="first")
        return [first, node(counted_twice, "saved0", "saved1", name="second")]

    project.run(flow(2))
    mixed = project.run(flow(count))
    assert project.statuses(mixed[0]) == {"first": "finished", "second": "reused"}
    fresh = project.run(flow(count), fresh=True)
    assert record(*mixed, times=False) == record(*fresh, times=False)
    assert [one.step for one in mixed[1]["loss"]] == list(range(count + 2))
    assert [one.step for one in mixed[1]["other"]] == [count + 1]
    assert mixed[0].run.tags["stage"] == "second"
    assert mixed[0].run.params["depth"] == 1
    origins = {(one.kind, one.name) for one in mixed[0].reused}
    assert ("tag", "stage") in origins
    assert ("param", "depth") not in origins  # the first value stays, and that is of this run


def log_at_one_step(saved0):
    treadle.log_metric("loss", 2.0, step=3)
    return saved0


def test_of_points_at_one_step_that_of_the_later_node_is_the_last_value(project):
    def flow(count):
        def first(raw):
            for _ in range(count):
                treadle.log_metric("loss", 1.0, step=3)
            return [1]

        return [node(first, "raw", "saved0"), node(log_at_one_step, "saved0", "saved1")]

    project.run(flow(1))
    mixed = project.run(flow(2))
    assert project.statuses(mixed[0]) == {"first": "finished", "log_at_one_step": "reused"}
    assert mixed[0].run.metrics["loss"] == 2.0
    assert record(*mixed, times=False) == record(*project.run(flow(2), fresh=True), times=False)


def test_a_tag_that_is_set_anew_does_not_come_from_another_run(project):
    def flow(value):
        def last(saved0):
            treadle.set_tag("stage", value)
            return saved0

        return [node(log_tags, "raw", "saved0", name="first"), node(last, "saved0", "saved1")]

    project.run(flow("one"))
    details, _ = project.run(flow("two"))
    assert project.statuses(details) == {"first": "reused", "last": "finished"}
    assert details.run.tags["stage"] == "two"
    assert {one.name for one in details.reused} == {"owner"}


def start_children(raw):
    for depth in (1, 2):
        with treadle.start_run(f"depth {depth}"):
            treadle.log_metric("score", depth)
    treadle.log_metric("best", 2)
    return raw


def test_runs_that_a_reused_node_had_started_are_named(project):
    first, _ = project.run([node(start_children, "raw", "saved")])
    second, points = project.run([node(start_children, "raw", "saved")])
    children = [one for one in second.reused if one.kind == "run"]
    assert len(children) == 2
    for child in children:
        details, _ = read(project.location, child.name)
        assert details.run.parent == first.run.id == child.origin
    assert set(points) == {"best"}


def test_deleting_the_first_run_takes_nothing_from_the_second(project):
    flow = [node(log_files, "raw", "saved0"), node(log_metrics, "raw", "saved1")]
    first = project.run(flow)
    second = project.run(flow)
    collect(project.location, first[0].run.id)
    assert record(*read(project.location, second[0].run.id)) == record(*first)
    opened = open_store(project.location)
    try:
        assert b"".join(opened.artifact(second[0].run.id, "notes/a.txt")) == b"again"
    finally:
        opened.close()
    third = project.run(flow)
    assert record(*third) == record(*first)


def collect(location, *runs):
    """Delete runs, and all that only they had."""
    opened = connect_team_store(location)
    try:
        for run in runs:
            opened.change_run(run, RunChange(deleted=True), 1.0)
        opened.collect(time.time() + 1, dry=False)
        contents = open_artifacts(location.artifacts)
        contents.sweep(set(opened.contents()), time.time() + 1)
    finally:
        opened.close()


def test_a_node_runs_again_where_its_artifacts_are_gone(project):
    flow = [node(log_files, "raw", "saved0"), node(log_metrics, "raw", "saved1")]
    first = project.run(flow)
    collect(project.location, first[0].run.id)
    again = project.run(flow)
    assert project.statuses(again[0]) == {"log_files": "finished", "log_metrics": "reused"}
    assert [one.reason for one in again[0].nodes if one.node == "log_files"] == [
        "what it logged is not kept"
    ]
    assert record(*again, times=False) == record(*first, times=False)


def log_many(raw):
    treadle.log_series("many", range(50_000))
    return raw


def test_what_is_long_is_kept_beside_the_ledger_and_damage_is_seen(project):
    flow = [node(log_many, "raw", "saved")]
    first = project.run(flow)
    second = project.run(flow)
    assert project.statuses(second[0]) == {"log_many": "reused"}
    assert record(*second) == record(*first)
    (path,) = (project.location.folder / "contents").glob("??/*")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    third = project.run(flow)
    assert project.statuses(third[0]) == {"log_many": "finished"}
    assert record(*third, times=False) == record(*first, times=False)
    assert project.statuses(project.run(flow)[0]) == {"log_many": "reused"}


def test_a_ledger_that_does_not_know_what_was_logged_has_nodes_run_again(project):
    flow = [node(log_tags, "raw", "saved")]
    first = project.run(flow)
    connection = apsw.Connection(str(project.location.folder / "ledger.db"))
    connection.execute(
        "DROP INDEX node_with_log; ALTER TABLE node DROP COLUMN logged; PRAGMA user_version = 2"
    )
    connection.close()
    second = project.run(flow)
    assert project.statuses(second[0]) == {"log_tags": "finished"}
    assert record(*second) == record(*first)
    assert project.statuses(project.run(flow)[0]) == {"log_tags": "reused"}


def lose(raw):
    treadle.log_metric("kept", 1.0)
    active_run()._writer.drop(OSError("the disk is full"))
    return raw


def die_while_logging(raw):
    context = multiprocessing.get_context("fork")
    process = context.Process(target=work_elsewhere)
    process.start()
    process.join()
    (path,) = current_log(active_run().id).folder.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    return raw


@pytest.mark.parametrize("function", [lose, die_while_logging], ids=lambda one: one.__name__)
def test_a_node_whose_log_is_not_whole_runs_again(project, function):
    flow = [node(function, "raw", "saved")]
    project.run(flow)
    again, _ = project.run(flow)
    assert project.statuses(again) == {function.__name__: "finished"}
    assert [one.reason for one in again.nodes] == ["what it logged is not kept"]


def log_in_a_pool(raw):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(log_by_pickled_handle, [active_run()])
    return raw


def log_by_pickled_handle(run):
    run.log_metric("spawned", 2.5)
    run.flush()


def test_what_a_handle_logs_in_another_program_comes_along(project):
    flow = [node(log_in_a_pool, "raw", "saved")]
    first = project.run(flow)
    second = project.run(flow)
    assert project.statuses(second[0]) == {"log_in_a_pool": "reused"}
    assert [one.value for one in second[1]["spawned"]] == [2.5]
    assert record(*second) == record(*first)


class Kill:
    """Ends the process at one point of a run, without any farewell."""

    def __init__(self, point):
        self.point = point

    @hook
    def after_node_run(self, node):
        self.check(f"ran {node.name}")

    @hook
    def after_node_reused(self, node):
        self.check(f"reused {node.name}")

    @hook
    def after_dataset_saved(self, name):
        self.check(f"saved {name}")

    def check(self, point):
        if point == self.point:
            os._exit(9)


@pytest.mark.parametrize("point", ["saved saved0", "ran first", "saved saved1", "reused first"])
def test_a_crash_leaves_all_that_a_node_logged_or_nothing(project, point):
    flow = [
        node(log_tags, "raw", "saved0", name="first"),
        node(log_metrics, "saved0", "saved1", name="second"),
    ]
    if point.startswith("reused"):
        project.run(flow)
    kill = {"hooks": [Kill(point)]}
    process = multiprocessing.get_context("fork").Process(
        target=project.run,
        args=(flow,),
        kwargs=kill,
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    killed, _ = read(project.location, "latest")
    assert killed.run.status == "killed"
    again = project.run(flow)
    fresh = project.run(flow, fresh=True)
    assert record(*again, times=False) == record(*fresh, times=False)


NODES = """
import treadle
from treadle import node, pipeline

def split(raw):
    treadle.log_metric("rows", len(raw))
    treadle.set_tag("kind", "split")
    return raw

def train(parts, depth):
    for step in range(depth):
        treadle.log_metric("loss", 1 / (step + 1))
    treadle.log_text("curve", "curve.txt")
    return {"accuracy": 0.98}

def create_pipeline():
    return pipeline([node(split, "raw", "parts"), node(train, ["parts", "params:depth"], "scores")])
"""
FILES = {
    "data/raw.json": "[1, 2, 3]",
    "conf/base/parameters.yml": "depth: 2\n",
    "conf/base/catalog.yml": (
        "raw: data/raw.json\n"
        "parts: data/parts.json\n"
        "scores: {type: metrics, filepath: data/scores.json}\n"
    ),
}


@pytest.fixture
def command(tmp_path, treadle):
    """Runs a project by the command line."""
    write_project(tmp_path, NODES, FILES)
    location = locate_store(tmp_path / ".treadle" / "treadle.db")

    def run(*arguments):
        done = treadle("run", *arguments)
        assert done.code == 0, done
        return (*read(location, "latest"), done.out)

    return run


def test_the_short_cut_of_an_unchanged_run_has_the_same_record(command, treadle):
    first = command()
    command()
    third = command()
    assert "2 reused" in third[2]
    assert record(*third[:2]) == record(*first[:2])
    assert set(third[0].run.metrics) == {"rows", "loss", "accuracy"}
    assert {one.origin for one in third[0].reused} == {first[0].run.id}
    origin = first[0].run.id[-8:]
    shown = treadle("runs", "show", "latest").out
    for name in ("rows", "loss", "kind", "curve.txt", "accuracy"):
        (line,) = [one for one in shown.splitlines() if one.startswith(f"{name} ")]
        assert line.endswith(origin)
    reused = treadle("runs", "show", "latest", "--json").json["reused"]
    assert {"kind": "metric", "name": "loss", "node": "train", "origin": first[0].run.id} in reused


def test_a_selection_has_the_records_of_its_nodes_only(command):
    first = command()
    part = command("--nodes", "train")
    assert set(part[0].run.metrics) == {"loss", "accuracy"}
    assert part[1] == {name: first[1][name] for name in part[1]}


def test_the_short_cut_is_not_taken_where_an_artifact_is_gone(command, tmp_path):
    first = command()
    command()
    collect(locate_store(tmp_path / ".treadle" / "treadle.db"), *[first[0].run.id, "latest"])
    again = command()
    assert "1 ran, 1 reused" in again[2]
    assert record(*again[:2], times=False) == record(*first[:2], times=False)


def test_a_difference_says_which_run_a_value_comes_from(command, treadle, tmp_path):
    first = command()
    command("--params", "depth=3")
    last = command("--params", "depth=3")
    ids = [one.run.id for one in (first[0], last[0])]
    (loss,) = [
        one for one in treadle("diff", *ids, "--json").json["metrics"] if one["name"] == "loss"
    ]
    assert "old_origins" not in loss
    assert len(loss["new_origins"]) == 1
    assert loss["new_origins"][0] not in ids
    assert f"{loss['new_origins'][0][-8:]}" in treadle("diff", *ids).out


CALLS = st.one_of(
    st.tuples(st.just("log_metric"), st.sampled_from("xy"), st.integers(0, 3)),
    st.tuples(st.just("log_metric"), st.sampled_from("xy"), st.integers(0, 3), st.integers(0, 5)),
    st.tuples(st.just("log_param"), st.sampled_from("pq"), st.integers(0, 2)),
    st.tuples(st.just("set_tag"), st.sampled_from("tu"), st.integers(0, 2)),
    st.tuples(st.just("log_text"), st.sampled_from(["one", "two"]), st.sampled_from(["a", "b/c"])),
)
NODES_OF_A_PROGRAM = st.lists(
    st.tuples(st.lists(CALLS, max_size=3).map(tuple), st.booleans(), st.booleans()),
    min_size=1,
    max_size=5,
)
EDITS = st.lists(st.tuples(st.integers(0, 4), st.lists(CALLS, max_size=3).map(tuple)), max_size=3)


def make_logging(calls, result):
    def work(*values):
        for call, *arguments in calls:
            getattr(treadle, call)(*arguments)
        return [result, *values]

    return work


def make_flow(program):
    flow: list[Any] = []
    for place, (calls, is_saved, follows) in enumerate(program):
        name = f"saved{place}" if is_saved else f"value{place}"
        source = flow[-1].outputs[0] if flow and follows else "raw"
        flow.append(node(make_logging(calls, place), source, name, name=f"n{place}"))
    return flow


@pytest.mark.long
@given(NODES_OF_A_PROGRAM, EDITS)
@settings(max_examples=25, deadline=None)
def test_random_programs_leave_the_records_of_fresh_runs(program, edits):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project = Project(locate_store(root / "store" / "treadle.db"), root)
        for place, calls in [(0, program[0][0]), *edits]:
            program[place % len(program)] = (calls, *program[place % len(program)][1:])
            flow = make_flow(program)
            again = project.run(flow)
            fresh = project.run(flow, fresh=True)
            assert record(*again, times=False) == record(*fresh, times=False)


def make_claiming(name, count):
    def claim(raw):
        for value in range(count):
            treadle.log_metric("loss", value)
        treadle.set_tag("last", name)
        treadle.log_param("first", name)
        return raw

    return claim


def test_nodes_log_in_the_order_of_the_plan_whether_they_run_or_not(project):
    def flow(count):
        return [
            node(make_claiming("a", count), "raw", "saved0", name="a"),
            node(make_claiming("b", 2), "raw", "saved1", name="b"),
            node(make_claiming("c", count), "raw", "saved2", name="c"),
        ]

    project.run(flow(1))
    mixed = project.run(flow(3))
    assert project.statuses(mixed[0]) == {"a": "finished", "b": "reused", "c": "finished"}
    fresh = project.run(flow(3), fresh=True)
    assert record(*mixed, times=False) == record(*fresh, times=False)
    assert [one.value for one in mixed[1]["loss"]] == [0, 1, 2, 0, 1, 0, 1, 2]


def test_what_dead_processes_of_nodes_left_is_removed_after_a_week(project):
    folder = project.location.folder / "node-logs"
    for name in ("old", "new"):
        (folder / name).mkdir(parents=True)
        (folder / name / "1-1").write_bytes(b"x")
    os.utime(folder / "old", (0, 0))
    project.run([node(log_nothing, "raw", "saved")])
    assert [one.name for one in folder.iterdir()] == ["new"]
