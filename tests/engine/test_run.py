import logging
import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import treadle
import treadle.catalog
from treadle import DataCatalog, hook, node, param, pipeline
from treadle.errors import (
    ConflictError,
    DataError,
    DataNotFoundError,
    MissingExtraError,
    NodeError,
    ParameterError,
    PipelineError,
    ProjectError,
)


def double(numbers):
    return [2 * number for number in numbers]


def total(numbers):
    return sum(numbers)


CHAIN = pipeline([node(total, "doubled", "total"), node(double, "numbers", "doubled")])


def test_a_run_returns_what_nothing_consumed_and_is_recorded(store):
    result = treadle.run(
        CHAIN, inputs={"numbers": [1, 2, 3]}, name="sums", experiment="e", tags={"k": "v"}
    )
    assert dict(result.outputs) == {"total": 12}
    details = store.get_run(result.id)
    assert (details.run.name, details.run.experiment, details.run.status, details.run.kind) == (
        "sums",
        "e",
        "finished",
        "pipeline",
    )
    assert details.run.tags == {"k": "v"}
    assert [(n.node, n.status) for n in details.nodes] == [
        ("double", "finished"),
        ("total", "finished"),
    ]
    assert all(n.started <= n.ended and n.peak > 0 for n in details.nodes)
    assert set(details.snapshots) >= {"graph", "config", "environment"}
    with pytest.raises(KeyError):
        result.outputs["doubled"]


def test_saved_outputs_are_loaded_when_asked_for(tmp_path, store):
    result = treadle.run(
        CHAIN, inputs={"numbers": [1]}, catalog={"total": "out/total.json", "doubled": "out/d.json"}
    )
    assert (tmp_path / "out" / "total.json").read_text() == "2\n"
    assert result.outputs["total"] == 2
    uses = [(d.node, d.role, d.dataset, d.type) for d in store.get_run(result.id).datasets]
    assert uses == [
        ("double", "written", "doubled", "json"),
        ("total", "read", "doubled", "json"),
        ("total", "written", "total", "json"),
    ]
    digests = {d.dataset: d.digest for d in store.get_run(result.id).datasets}
    assert all(digest.startswith("blake3:") for digest in digests.values())


@dataclass
class Settings:
    factor: int
    offset: float = 0.5


def test_parameters_are_typed_and_recorded(store):
    @node(outputs="scaled")
    def scale(
        numbers, settings: Settings = param("scale"), label: str = param("label", default="none")
    ):
        assert isinstance(settings, Settings)
        return [n * settings.factor + settings.offset for n in numbers], label

    result = treadle.run(
        pipeline(scale), inputs={"numbers": [1]}, params={"scale": {"factor": 3}, "unused": 1}
    )
    assert result.outputs["scaled"] == ([3.5], "none")
    assert store.get_run(result.id).run.params == {"scale.factor": 3, "label": "none"}


def test_annotations_as_text_are_understood(python, store):
    done = python(
        "from __future__ import annotations\n"
        "import treadle\nfrom treadle import node, param, pipeline\n"
        "@node\ndef out(rate: float = param('rate')): return rate\n"
        "print(treadle.run(pipeline(out), params={'rate': 3}).outputs['out'])\n"
        "treadle.run(pipeline(out), params={'rate': 'fast'})\n"
    )
    assert done.out == "3.0\n"
    assert 'the parameter "rate" does not fit float' in done.err


def test_what_a_node_changes_is_its_own():
    def spoil(table):
        table["a"] = 0
        return len(table)

    def look(table):
        return table["a"].tolist()

    def make(frame):
        return frame.assign(b=1)

    given = pd.DataFrame({"a": [1, 2]})
    plan = pipeline(
        [
            node(make, "frame", "table"),
            node(spoil, "table", "x"),
            node(look, "table", "y"),
            node(spoil, "table", "z", name="again"),
        ]
    )
    result = treadle.run(plan, inputs={"frame": given})
    assert result.outputs["y"] == [1, 2]
    assert given["a"].tolist() == [1, 2]

    def twice(frame):
        return frame, frame

    aliased = pipeline(
        [node(twice, "frame", ["p", "q"]), node(spoil, "p", "x"), node(look, "q", "y")]
    )
    assert treadle.run(aliased, inputs={"frame": given}).outputs["y"] == [1, 2]


def test_values_are_let_go_when_nothing_needs_them():
    import gc
    import weakref

    class Big(dict[str, int]): ...

    alive = []

    def make(seed):
        big = Big(a=seed)
        alive.append(weakref.ref(big))
        return big

    def use(big):
        return big["a"]

    def check(used):
        gc.collect()
        return alive[0]() is None

    made = pipeline(
        [node(make, "seed", "big"), node(use, "big", "used"), node(check, "used", "gone")]
    )
    assert treadle.run(made, inputs={"seed": 1}).outputs["gone"]


def test_generators_append(tmp_path, store):
    def rows(n):
        for number in range(n):
            yield pd.DataFrame({"n": [number]})

    def pairs(n):
        for number in range(n):
            yield {"even": [2 * number], "odd": [2 * number + 1]}

    made = pipeline(
        [
            node(rows, "n", "table"),
            node(pairs, "n", {"even": "evens", "odd": "odds"}),
            node(rows, "n", "frame", name="again"),
        ]
    )
    result = treadle.run(made, inputs={"n": 3}, catalog={"table": "t.csv", "odds": "o.json"})
    assert (tmp_path / "t.csv").read_text() == "n\n0\n1\n2\n"
    assert result.outputs["evens"] == [0, 2, 4]
    assert result.outputs["odds"] == [1, 3, 5]
    assert result.outputs["frame"]["n"].tolist() == [0, 1, 2]
    assert {d.dataset for d in store.get_run(result.id).datasets} == {"table", "odds"}


def test_a_generator_that_fails_commits_nothing(tmp_path, store):
    (tmp_path / "t.csv").write_text("n\n7\n")

    def rows(n):
        yield pd.DataFrame({"n": [1]})
        raise ValueError("halfway")

    with pytest.raises(NodeError, match='Node "rows" failed: ValueError: halfway'):
        treadle.run(pipeline(node(rows, "n", "table")), inputs={"n": 1}, catalog={"table": "t.csv"})
    assert (tmp_path / "t.csv").read_text() == "n\n7\n"
    assert store.get_run("latest").run.status == "failed"


def test_a_failing_node_is_named_and_the_way_on_is_right(tmp_path, store):
    def fail(total):
        raise ValueError("no such thing")

    made = CHAIN + pipeline([node(fail, "total", "last")])
    with pytest.raises(NodeError) as caught:
        treadle.run(made, inputs={"numbers": [1]}, catalog={"doubled": "d.json"})
    assert 'Node "fail" failed: ValueError: no such thing\n  at ' in str(caught.value)
    assert "test_run.py:" in str(caught.value)
    assert "2 of 3 nodes had run" in str(caught.value)
    # "total" lives in memory only, so it has to be made again; "doubled" is saved.
    assert str(caught.value).endswith("or: treadle resume")
    assert isinstance(caught.value.__cause__, ValueError)
    details = store.get_run("latest")
    assert details.run.status == "failed"
    assert [(n.node, n.status) for n in details.nodes] == [
        ("double", "finished"),
        ("total", "finished"),
        ("fail", "failed"),
    ]
    assert details.nodes[2].error.kind == "ValueError"
    assert "no such thing" in details.nodes[2].error.traceback


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt(), "killed"), (SystemExit(1), "failed"), (SystemExit(0), "failed")],
)
def test_other_ways_out_of_a_node(store, error, status):
    def leave(numbers):
        raise error

    with pytest.raises((KeyboardInterrupt, NodeError)):
        treadle.run(pipeline(node(leave, "numbers", "x")), inputs={"numbers": 1})
    details = store.get_run("latest")
    assert (details.run.status, details.nodes[0].status) == (status, status)


def test_a_result_of_the_wrong_form(store):
    with pytest.raises(NodeError, match="returned int, but declares 2 outputs"):
        treadle.run(pipeline(node(total, "numbers", ["a", "b"])), inputs={"numbers": [1]})


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {},
            PipelineError,
            '"numbers", read by "double". There are none.|"numbers", read by "double". Available',
        ),
        (
            {"inputs": {"number": 1}},
            PipelineError,
            'no free input "number".\nDid you mean "numbers"',
        ),
        (
            {"catalog": {"numbers": "missing.json"}},
            DataNotFoundError,
            'An input has no data: "numbers" (.*missing.json)',
        ),
        (
            {"catalog": {"numbers": {"type": "nope", "filepath": "x"}}},
            treadle.TreadleError,
            'no dataset type "nope"',
        ),
    ],
)
def test_what_stops_a_run_before_it_starts(store, options, kind, message):
    with pytest.raises(kind, match=message):
        treadle.run(CHAIN, **options)
    with pytest.raises(treadle.TreadleError):
        store.get_run("latest")  # nothing was recorded, because nothing began


def test_all_wrong_parameters_are_reported_at_once():
    def use(a, b, c): ...

    made = pipeline(node(use, ["params:a", "params:x.y", "params:z"], "out"))
    with pytest.raises(ParameterError) as caught:
        treadle.run(made, params={"a": 1})
    assert "2 mistakes were found" in str(caught.value)
    assert 'no parameter "x.y"' in str(caught.value)
    assert 'no parameter "z"' in str(caught.value)


def test_a_missing_library_stops_before_the_first_node(monkeypatch):
    ran = []

    def first():
        ran.append(1)
        return 1

    made = pipeline([node(first, None, "a"), node(total, "a", "out")])
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(MissingExtraError, match="polars"):
        treadle.run(made, catalog={"out": {"type": "csv", "filepath": "x.csv", "engine": "polars"}})
    assert not ran


def test_a_misspelt_output_is_reported(caplog):
    catalog = {"totals": "t.json", "numbers": [1]}
    result = treadle.run(CHAIN, catalog=catalog)
    assert (
        'Output "total" of node "total" is neither in the catalog nor read by a node: it is not '
        'saved. Did you mean "totals"?' in caplog.text
    )
    assert result.outputs["total"] == 2


def test_none_is_no_data(store):
    with pytest.raises(DataError, match='Dataset "out".*the value is None'):
        treadle.run(
            pipeline(node(lambda x: None, "x", "out", name="n")),
            inputs={"x": 1},
            catalog={"out": "o.json"},
        )


def test_metrics_and_figures_of_the_catalog_are_logged(store):
    from matplotlib.figure import Figure

    made = pipeline(
        [
            node(lambda x: {"r2": x, "deep": {"mae": np.float64(2)}}, "x", "scores", name="m"),
            node(lambda x: Figure(), "x", "plot", name="p"),
        ]
    )
    catalog = {
        "scores": {"type": "metrics", "filepath": "m.json"},
        "plot": {"type": "matplotlib", "filepath": "p.png"},
    }
    result = treadle.run(made, inputs={"x": 0.5}, catalog=catalog)
    details = store.get_run(result.id)
    assert details.run.metrics == {"r2": 0.5, "deep/mae": 2.0}
    assert [a.path for a in details.artifacts] == ["figures/p.png"]


def test_nodes_log_to_their_run(store):
    log = logging.getLogger("nodes")
    log.setLevel(logging.INFO)

    def train(x):
        log.info("training")
        for step in range(3):
            treadle.log_metric("loss", 1.0 / (step + 1))
        treadle.log_param("found", 5)
        return x

    result = treadle.run(pipeline(node(train, "x", "y")), inputs={"x": 1})
    details = store.get_run(result.id)
    assert details.metrics[0].count == 3
    assert details.run.params == {"found": 5}
    assert "training" in [line.text for line in details.logs]
    assert treadle.active_run() is None


def test_runs_inside_runs_are_children(store):
    def inner(x):
        return treadle.run(CHAIN, inputs={"numbers": x}, name="child").outputs["total"]

    result = treadle.run(pipeline(node(inner, "x", "y")), inputs={"x": [1]}, name="outer")
    assert result.outputs["y"] == 2
    assert store.get_run("child").run.parent == result.id


def test_runs_in_threads_do_not_meet(store):
    results = {}

    def work(number):
        def slow(x):
            for step in range(50):
                treadle.log_metric("m", x * step)
            return x

        results[number] = treadle.run(
            pipeline(node(slow, "x", "y")), inputs={"x": number}, name=f"r{number}"
        )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(6))
    for number, result in results.items():
        assert result.outputs["y"] == number
        assert [p.value for p in store.points(result.id, "m")] == [
            number * step for step in range(50)
        ]


def test_hooks_see_everything_in_order():
    seen: list[object] = []

    class Watch:
        @hook
        def before_pipeline_run(self, plan):
            seen.append(("begin", [step.node.name for step in plan.steps]))

        @hook
        def before_node_run(self, node):
            seen.append(("node", node.name))

        @hook
        def after_dataset_loaded(self, name, data):
            seen.append(("loaded", name, data))

        @hook
        def before_dataset_saved(self, name, data):
            seen.append(("saving", name, data))

        @hook
        def after_dataset_saved(self, name):
            seen.append(("saved", name))

        @hook
        def after_node_run(self, node, timing):
            seen.append(("done", node.name, timing.ended >= timing.started))

        @hook
        def after_pipeline_run(self, outputs):
            seen.append(("end", dict(outputs)))

    treadle.run(CHAIN, catalog={"numbers": [1], "total": "t.json"}, hooks=[Watch()])
    assert seen == [
        ("begin", ["double", "total"]),
        ("loaded", "numbers", [1]),
        ("node", "double"),
        ("done", "double", True),
        ("node", "total"),
        ("saving", "total", 2),
        ("saved", "total"),
        ("done", "total", True),
        ("end", {"total": 2}),
    ]


def test_hooks_see_errors():
    seen: list[object] = []

    class Watch:
        @hook
        def on_node_error(self, node, error):
            seen.append((node.name, type(error)))

        @hook
        def on_pipeline_error(self, error):
            seen.append(type(error))

    with pytest.raises(NodeError):
        treadle.run(CHAIN, inputs={"numbers": 5}, hooks=[Watch()])
    assert seen == [("double", NodeError), NodeError]


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (
            type("Wrong", (), {"no_such_hook": hook(lambda self: None)})(),
            "The plugin Wrong cannot be used.*no_such_hook",
        ),
        (type("Wrong", (), {"before_node_run": hook(lambda self, wrong: None)})(), "wrong"),
        (type("Wrong", (), {}), "The plugin Wrong is a class"),
    ],
)
def test_a_wrong_plugin_is_refused(plugin, message):
    with pytest.raises(ProjectError, match="(?s)" + message):
        treadle.run(CHAIN, inputs={"numbers": [1]}, hooks=[plugin])


def test_a_hook_may_refuse_a_save(tmp_path):
    class Guard:
        @hook
        def before_dataset_saved(self, name, data):
            raise DataError("not today")

    with pytest.raises(DataError, match="not today"):
        treadle.run(CHAIN, inputs={"numbers": [1]}, catalog={"total": "t.json"}, hooks=[Guard()])
    assert not (tmp_path / "t.json").exists()


def test_two_runs_never_write_the_same_data_at_once(tmp_path, store):
    def nested(numbers):
        return treadle.run(CHAIN, inputs={"numbers": numbers}, catalog={"total": "t.json"}).id

    made = pipeline([node(nested, "numbers", "total")])
    with pytest.raises(
        ConflictError, match=r"t\.json is being written by run [0-9a-f]{32} \(process \d+ on"
    ):
        treadle.run(made, inputs={"numbers": [1]}, catalog={"total": "t.json"})
    assert not list((tmp_path / ".treadle" / "writing").glob("*.json"))
    treadle.run(CHAIN, inputs={"numbers": [1]}, catalog={"total": "t.json"})


def test_variants_are_converted_through_the_catalog(tmp_path):
    def write(n):
        return pd.DataFrame({"n": [n]})

    def read(table):
        return type(table).__module__.partition(".")[0]

    made = pipeline([node(write, "n", "table@pandas"), node(read, "table@polars", "library")])
    assert (
        treadle.run(made, inputs={"n": 1}, catalog={"table": "t.parquet"}).outputs["library"]
        == "polars"
    )


def test_a_catalog_object_may_be_shared():
    catalog = DataCatalog({"numbers": [1, 2]})
    assert treadle.run(CHAIN, catalog=catalog).outputs["total"] == 6
    assert treadle.run(CHAIN, catalog=catalog, inputs={"numbers": [5]}).outputs["total"] == 10
    assert catalog.load("numbers") == [1, 2]


def test_a_run_inside_a_run_is_kept_where_that_is(tmp_path):
    from treadle.store import Search, locate_store, open_store

    def inner(x):
        with treadle.start_run("deeper"):
            pass
        return treadle.run(CHAIN, inputs={"numbers": x}, name="child").outputs["total"]

    treadle.run(
        pipeline([node(inner, "x", "y")]),
        inputs={"x": [1]},
        name="outer",
        store=tmp_path / "other.db",
    )
    opened = open_store(locate_store(tmp_path / "other.db"))
    assert {run.name for run in opened.find_runs(Search())} == {"outer", "child", "deeper"}
    opened.close()


class ShoutFormat(treadle.catalog.EngineFormat):
    name = "shout"

    def load(self, path, options):
        return path.read_text()

    def save(self, data, path, options):
        path.write_text(data.upper())


def test_a_plugin_offers_a_format(tmp_path):
    class Plugin:
        @hook
        def register_formats(self):
            return {"shout": f"{__name__}:ShoutFormat"}

    made = pipeline([node(lambda x: x, "x", "y", name="n")])
    treadle.run(
        made,
        inputs={"x": "hey"},
        catalog={"y": {"type": "shout", "filepath": "y.txt"}},
        hooks=[Plugin()],
    )
    assert (tmp_path / "y.txt").read_text() == "HEY"


def test_plugins_are_called_the_last_registered_first(tmp_path):
    seen = []

    class One:
        def __init__(self, name):
            self.name = name

        @hook
        def before_node_run(self, node):
            seen.append(self.name)

    treadle.run(
        pipeline([node(total, "numbers", "out")]),
        inputs={"numbers": [1]},
        hooks=[One(n) for n in range(5)],
    )
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("bad", ["first", "second"])
def test_the_outputs_of_a_node_are_committed_together(tmp_path, store, bad):
    catalog = {
        "first": "f.json",
        "second": "s.json",
        "versioned": {"filepath": "v.json", "versioned": True},
    }

    def make(x):
        values = {"first": x, "second": x, "versioned": x}
        return values if x == 1 else {**values, bad: object()}

    made = pipeline([node(make, "x", {name: name for name in catalog})])
    treadle.run(made, inputs={"x": 1}, catalog=catalog)
    with pytest.raises(DataError, match=f'Dataset "{bad}": .* cannot be saved'):
        treadle.run(made, inputs={"x": 2}, catalog=catalog)
    assert [(tmp_path / name).read_text() for name in ("f.json", "s.json")] == ["1\n", "1\n"]
    assert len(list((tmp_path / "v.json").iterdir())) == 1
    assert not [use for use in store.get_run("latest").datasets if use.role == "written"]


def test_a_database_that_refuses_keeps_the_files_beside_it_back(tmp_path):
    catalog = {
        "file": "f.json",
        "table": {
            "type": "sql_table",
            "table_name": "t",
            "credentials": {"con": f"sqlite:///{tmp_path}/x.db"},
        },
    }
    made = pipeline(
        [node(lambda x: {"file": 1, "table": x}, "x", {"file": "file", "table": "table"}, name="n")]
    )
    with pytest.raises(DataError, match='Dataset "table"'):
        treadle.run(made, inputs={"x": pd.DataFrame({"a": [object()]})}, catalog=catalog)
    assert not (tmp_path / "f.json").exists()
    treadle.run(made, inputs={"x": pd.DataFrame({"a": [1]})}, catalog=catalog)
    assert (tmp_path / "f.json").exists()
