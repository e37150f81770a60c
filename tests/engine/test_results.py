"""Results that no entry saves: an unchanged run does not make them again."""

import collections
import dataclasses
import datetime as dt
import json
import threading
import time

import numpy as np
import pandas as pd
import pytest
from tests.projects import write_project
from tests.watching import Watch

import treadle
from treadle import node, pipeline
from treadle.engine.fingerprint import digest_value
from treadle.engine.results import pack_result

LIMIT = 10**6


class Named(list[int]):
    """A list with a name."""

    def __init__(self, values, name):
        super().__init__(values)
        self.name = name

    def __reduce__(self):
        return Named, (list(self), self.name)


class Forgetful:
    """Comes back without what it had."""

    def __init__(self):
        self.value = 3

    def __getstate__(self):
        return {"value": self.value, "now": time.perf_counter_ns()}


@dataclasses.dataclass
class Point:
    x: int
    y: object


def odd_frame():
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["letter", None])
    frame = pd.DataFrame({1: [1.5, np.nan], "t": pd.to_datetime(["2024-01-01", None])}, index=index)
    frame.columns.name = "what"
    frame["c"] = pd.Categorical(["x", "y"], ordered=True)
    return frame


EQUAL = {
    "none": None,
    "plain": {"a": [1, 2.5, "text", b"bytes", None, True], (1, 2): {3, 4}},
    "subclass": Named([1, 2], "small"),
    "counter": collections.Counter("hello"),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "deque": collections.deque([1, 2], maxlen=2),
    "dataclass": Point(1, Point(2, None)),
    "date": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    "array": np.arange(6).reshape(2, 3)[:, ::2],
    "frame": odd_frame(),
    "series": pd.Series([1, None], name=("a", 1), dtype="Int64"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_a_value_that_is_kept_comes_back_equal(name):
    import pickle

    packed = pack_result(EQUAL[name], LIMIT)
    assert not packed.why_not
    back = pickle.loads(packed.content)
    assert type(back) is type(EQUAL[name])
    assert digest_value(back) == digest_value(EQUAL[name])
    if name in ("frame", "series"):
        getattr(pd.testing, f"assert_{name}_equal")(back, EQUAL[name])


def generate():
    yield 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (generate(), "a value of type generator cannot be kept"),
        (iter([1, 2]), "a value of type list_iterator cannot be kept"),
        ({"rows": map(str, [1])}, "a value of type dict cannot be kept"),
        (lambda: 1, "a value of type function cannot be kept"),
        (threading.Lock(), "a value of type lock cannot be kept"),
        (Forgetful(), "a value of type Forgetful does not come back as it was"),
        (bytes(LIMIT), "it is larger than 1 MB"),
        (np.zeros(LIMIT), "it is larger than 1 MB"),
        ([str(number) for number in range(300_000)], "it is larger than 1 MB"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_may_not_come_back_is_not_kept(value, why):
    assert pack_result(value, LIMIT).why_not == why


def test_an_open_file_is_not_kept(tmp_path):
    with (tmp_path / "a").open("w") as file:
        assert pack_result(file, LIMIT).why_not == "a value of type TextIOWrapper cannot be kept"


def test_an_iterator_is_not_used_up_by_the_attempt():
    values = iter([1, 2])
    pack_result({"values": values}, LIMIT)
    assert list(values) == [1, 2]


@pytest.fixture
def run(tmp_path):
    (tmp_path / "raw.json").write_text("[1, 2]")

    def run(flow, **entries):
        watch = Watch()
        catalog = {
            "raw": str(tmp_path / "raw.json"),
            "saved": str(tmp_path / "saved.json"),
            **entries,
        }
        result = treadle.run(flow, catalog=catalog, hooks=[watch], store=tmp_path / "runs.db")
        return watch, result.outputs

    return run


def double(raw):
    return {"values": [2 * one for one in raw]}


def save(doubled):
    return doubled["values"]


def total(doubled):
    doubled["values"].append(100)
    return sum(doubled["values"])


def connect(doubled):
    return threading.Lock()


FLOW = [
    node(double, "raw", "doubled"),
    node(save, "doubled", "saved"),
    node(total, "doubled", "result"),
]


def test_a_run_in_which_nothing_changed_makes_nothing(run):
    first, outputs = run(FLOW)
    assert first.ran == ["double", "save", "total"]
    assert outputs["result"] == 106
    second, outputs = run(FLOW)
    assert second.ran == []
    assert second.reused["total"] == "it is in the cache"
    assert second.reused["double"] == "nothing that runs needs it"
    assert outputs["result"] == 106


def test_values_come_fresh_to_each_node(run, tmp_path):
    run(FLOW)
    (tmp_path / "saved.json").unlink()

    def sum_up(doubled):
        return total(doubled) + 1

    changed = [FLOW[0], node(sum_up, "doubled", "other"), FLOW[1]]
    watch, outputs = run(changed)
    assert sorted(watch.ran) == ["save", "sum_up"]
    assert watch.reused == {"double": "it is in the cache"}
    assert outputs["other"] == 107
    assert json.loads((tmp_path / "saved.json").read_text()) == [2, 4]


def test_what_is_not_kept_runs_again_and_says_why(run):
    flow = [*FLOW, node(connect, "doubled", "lock")]
    run(flow)
    watch, _ = run(flow)
    assert watch.ran == ["connect"]
    assert watch.reused["double"] == "it is in the cache"


def test_nodes_and_entries_may_refuse(run):
    flow = [node(double, "raw", "doubled"), *FLOW[1:]]
    watch, _ = run(flow, doubled={"type": "memory", "cache": False})
    watch, _ = run(flow, doubled={"type": "memory", "cache": False})
    assert watch.ran == ["double", "save", "total"]
    flow[2] = node(total, "doubled", "result", cache=False)
    run(flow)
    watch, _ = run(flow)
    assert watch.ran == ["total"]


def test_an_entry_in_memory_is_a_result_like_any_other(run):
    memory = {"doubled": {"type": "memory"}, "result": {"type": "MemoryDataset"}}
    run(FLOW, **memory)
    watch, outputs = run(FLOW, **memory)
    assert watch.ran == []
    assert outputs["result"] == 106


NODES = """
from treadle import node, pipeline

def split(raw):
    return raw[:1], raw[1:]

def big(left):
    return bytes(1000) * left[0]

def measure(big, right):
    return len(big) + len(right)

def create_pipeline():
    return pipeline([
        node(split, "raw", ["left", "right"]), node(big, "left", "big"),
        node(measure, ["big", "right"], "size"),
    ])
"""
FILES = {"data/raw.json": "[5, 2, 3]", "conf/base/catalog.yml": "raw: data/raw.json\n"}


@pytest.fixture
def project(tmp_path, treadle):
    write_project(tmp_path, NODES, FILES)

    def call(*arguments, code=0):
        done = treadle(*arguments)
        assert done.code == code, done
        return done

    return call


def limit(tmp_path, size):
    path = tmp_path / "pyproject.toml"
    path.write_text(path.read_text() + f'result_size = "{size}"\n')


def test_a_project_without_saved_results_imports_nothing_where_nothing_changed(project, tmp_path):
    project("run")
    assert "0 ran, 3 reused" in project("run").out
    code = tmp_path / "src/small/pipelines/main.py"
    code.write_text(NODES + "print('imported')\n")
    assert "imported" in project("run").out
    assert "imported" not in project("run").out
    assert "0 ran, 3 reused" in project("run").out


def test_what_is_too_large_runs_again_and_plan_says_so(project, tmp_path):
    limit(tmp_path, "1 KB")
    project("run")
    planned = {
        one["name"]: (one["action"], one["reason"]) for one in project("plan", "--json").json
    }
    assert planned["measure"] == ("reuse", "it is in the cache")
    (tmp_path / "src/small/pipelines/main.py").write_text(NODES.replace("len(right)", "1"))
    planned = {
        one["name"]: (one["action"], one["reason"]) for one in project("plan", "--json").json
    }
    assert planned["big"] == (
        "run",
        '"measure" needs its output "big", which is not saved: it is larger than 0.001 MB',
    )
    assert planned["split"] == ("reuse", "it is in the cache")
    assert "2 ran, 1 reused" in project("run").out


def test_nothing_is_kept_with_a_limit_of_nothing(project, tmp_path):
    limit(tmp_path, "0")
    project("run")
    assert "reused" not in project("run").out
    assert not list((tmp_path / ".treadle/contents").glob("??/*"))


def test_a_result_that_went_from_the_cache_is_made_again(project, tmp_path):
    project("run")
    project("run")
    project("gc", "--cache", "0")
    assert "reused" not in project("run").out
    assert "0 ran, 3 reused" in project("run").out


def test_a_catalog_has_no_ledger_after_a_run(tmp_path, caplog):
    (tmp_path / "raw.json").write_text("[1, 2]")
    entries = {"raw": str(tmp_path / "raw.json"), "saved": str(tmp_path / "saved.json")}
    catalog = treadle.DataCatalog(entries)
    for _ in range(2):
        treadle.run(pipeline(FLOW), catalog=catalog, store=tmp_path / "runs.db")
        assert catalog.contents.memory is None
        (tmp_path / "raw.json").write_text("[1, 2] ")
        assert catalog["raw"].digest()
    assert "ledger" not in caplog.text


PLUGIN = """
from treadle.hooks import hook

class Progress:
    @hook
    def after_node_reused(self, node):
        print(f"{node.name} is reused")

progress = Progress()
"""


def test_a_plugin_called_progress_sees_an_unchanged_run(project, tmp_path):
    (tmp_path / "src/small/plugins.py").write_text(PLUGIN)
    path = tmp_path / "pyproject.toml"
    path.write_text(path.read_text() + 'hooks = ["small.plugins:progress"]\n')
    project("run")
    for _ in range(2):
        assert "measure is reused" in project("run").out
