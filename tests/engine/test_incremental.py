"""What is reused is what would have been computed: random pipelines, edited at random."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watching import Watch

import treadle
from treadle import node, param, pipeline
from treadle.catalog import MemoryDataset

OPERATIONS = {
    "sum": lambda values, constant: sum(values) + constant,
    "max": lambda values, constant: max([*values, constant]),
    "even": lambda values, constant: (sum(values) + constant) % 2,
}


def make(operation, constant):
    def compute(*values):
        return OPERATIONS[operation](values, constant), max(values) * constant

    return compute


KEPT = ["in memory", "in a file", "in memory and the cache", "in a file and the cache"]


@st.composite
def programs(draw):
    count = draw(st.integers(1, 6))
    nodes = []
    for place in range(count):
        names = [
            "raw0",
            "raw1",
            "params:p",
            *(f"n{one}{end}" for one in range(place) for end in "ab"),
        ]
        inputs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        nodes.append(
            [
                draw(st.sampled_from(sorted(OPERATIONS))),
                draw(st.integers(0, 3)),
                inputs,
                draw(st.sampled_from(KEPT)),
                draw(st.sampled_from(KEPT)),
            ]
        )
    edit = st.one_of(
        st.tuples(st.just("constant"), st.integers(0, count - 1), st.integers(0, 3)),
        st.tuples(st.just("raw"), st.integers(0, 1), st.integers(0, 3)),
        st.tuples(st.just("param"), st.just(0), st.integers(0, 2)),
        st.tuples(
            st.sampled_from(
                ["delete", "damage", "nothing", "fresh", "spoil the cache", "clear the cache"]
            ),
            st.integers(0, count - 1),
            st.just(0),
        ),
    )
    return nodes, draw(st.lists(edit, max_size=5))


def expected(nodes, raw, p):
    known = {"raw0": raw[0], "raw1": raw[1], "params:p": p}
    for place, (operation, constant, inputs, *_) in enumerate(nodes):
        known[f"n{place}a"], known[f"n{place}b"] = make(operation, constant)(
            *[known[name] for name in inputs]
        )
    return known


def run_once(nodes, p, folder, *, fresh=False):
    catalog: dict[str, object] = {
        "raw0": str(folder / "raw0.json"),
        "raw1": str(folder / "raw1.json"),
    }
    made = []
    for place, (operation, constant, inputs, *saved) in enumerate(nodes):
        outputs = [f"n{place}a", f"n{place}b"]
        for name, how in zip(outputs, saved, strict=True):
            file = (
                {"filepath": str(folder / f"{name}.json")} if "file" in how else {"type": "memory"}
            )
            if how != "in memory":
                catalog[name] = file | ({"cache": "store"} if "cache" in how else {})
        made.append(node(make(operation, constant), inputs, outputs, name=f"n{place}"))
    watch = Watch()
    result = treadle.run(
        pipeline(made),
        catalog=catalog,
        params={"p": p},
        hooks=[watch],
        store=folder / "runs.db",
        fresh=fresh,
    )
    return (
        result,
        watch,
        {name for name in catalog if name.startswith("n") and "filepath" in catalog[name]},
    )


@pytest.mark.long
@given(programs())
@settings(max_examples=60, deadline=None)
def test_what_is_reused_is_what_would_have_been_computed(program):
    nodes, edits = program
    folder = Path(tempfile.mkdtemp())
    raw, p = [1, 2], 1
    try:
        for kind, place, value in [("nothing", 0, 0), *edits, ("nothing", 0, 0)]:
            if kind == "constant":
                nodes[place][1] = value
            elif kind == "raw":
                raw[place] = value
            elif kind == "param":
                p = value
            elif kind in ("delete", "damage"):
                path = folder / f"n{place}a.json"
                if path.exists():
                    path.unlink() if kind == "delete" else path.write_text("-99")
            elif kind == "clear the cache":
                shutil.rmtree(folder / "contents", ignore_errors=True)
            elif kind == "spoil the cache":
                for path in (folder / "contents").glob("??/*"):
                    path.write_bytes(path.read_bytes()[:-1] + b"x")
            for number, content in enumerate(raw):
                if not (folder / f"raw{number}.json").exists() or kind == "raw":
                    (folder / f"raw{number}.json").write_text(json.dumps(content))
            result, watch, saved = run_once(nodes, p, folder, fresh=kind == "fresh")
            right = expected(nodes, raw, p)
            assert {name: json.loads((folder / f"{name}.json").read_text()) for name in saved} == {
                name: right[name] for name in saved
            }
            assert dict(result.outputs) == {name: right[name] for name in result.outputs}
            if kind == "fresh":
                assert not watch.reused
        if saved and all(name in saved for name in result.outputs):
            assert watch.ran == []
    finally:
        shutil.rmtree(folder)


def numbers():
    return [1, 2, 3]


def test_a_node_without_inputs_runs_unless_it_says_that_it_is_pure(tmp_path):
    for cache, ran in ((None, ["numbers"]), (True, []), (False, ["numbers"])):
        flow, catalog = (
            pipeline([node(numbers, None, "out", cache=cache)]),
            {"out": str(tmp_path / f"{cache}.json")},
        )
        for _ in range(2):
            watch = Watch()
            treadle.run(flow, catalog=catalog, hooks=[watch])
        assert watch.ran == ran


def noisy(raw):
    import random

    return [random.random() for _ in raw]


@pytest.mark.parametrize(("cache", "times"), [(None, 3), (True, 1), (False, 3)])
def test_a_node_without_outputs_runs_for_what_it_does(tmp_path, cache, times):
    (tmp_path / "raw.json").write_text("[1]")
    told: list[list[int]] = []
    catalog = {"raw": str(tmp_path / "raw.json"), "out": str(tmp_path / "out.json")}
    made = [
        node(lambda raw: [*raw, 2], "raw", "out", name="made"),
        node(told.append, "out", None, name="told", cache=cache),
    ]
    for _ in range(3):
        watch = Watch()
        treadle.run(pipeline(made), catalog=catalog, hooks=[watch], store=tmp_path / "runs.db")
    assert told == [[1, 2]] * times
    assert "made" in watch.reused


def test_chance_begins_with_the_seed_of_the_node_and_the_program_keeps_its_own(tmp_path):
    import random

    (tmp_path / "raw.json").write_text("[1, 2]")
    catalog = {"raw": "raw.json", "a": "a.json", "b": "b.json"}
    flow = pipeline([node(noisy, "raw", "a", name="a"), node(noisy, "raw", "b", name="b")])
    made = []
    random.seed(5)
    before = random.getstate()
    for seed in (0, 0, 1):
        treadle.run(flow, catalog=catalog, fresh=True, seed=seed)
        made.append([(tmp_path / f"{name}.json").read_text() for name in "ab"])
    assert random.getstate() == before
    assert made[0] == made[1] != made[2]
    assert made[0][0] != made[0][1]


class Fitted:
    """A model of the project, whose behaviour is in its class."""

    def __init__(self, value):
        self.value = value


def fit(raw):
    return Fitted(sum(raw))


def apply(model):
    return {"value": model.value}


def worth(model):
    return 2 * model.value


@pytest.mark.parametrize("saved", [{"model": "model.pkl"}, {}], ids=["in a file", "in memory"])
def test_an_object_is_told_by_its_content_and_the_code_of_its_class(tmp_path, monkeypatch, saved):
    (tmp_path / "raw.json").write_text("[1, 2]")
    catalog = {"raw": "raw.json", "out": "out.json", **saved}

    def run(function):
        watch = Watch()
        flow = [node(function, "raw", "model", name="fit"), node(apply, "model", "out")]
        treadle.run(pipeline(flow), catalog=catalog, hooks=[watch])
        return watch.ran

    def fit_otherwise(raw):
        return Fitted(sum(raw) + 0)  # the same, by other code

    def fit_in_another_way(raw):
        fitted = Fitted(0)
        fitted.value = sum(raw)
        return fitted

    assert run(fit) == ["fit", "apply"]
    assert run(fit_otherwise) == ["fit"]
    assert run(fit_in_another_way) == ["fit"]
    monkeypatch.setattr(Fitted, "worth", worth, raising=False)
    assert run(fit_otherwise) == ["fit", "apply"]
    assert run(fit_otherwise) == []


def total(values, weight: int = param("weight")):
    return {"total": sum(values) * weight}


@pytest.mark.parametrize(
    ("data", "same"),
    [([1, 2], [1, 2]), ({"a": {3, 1}}, {"a": {1, 3}}), ((1.5, float("nan")), (1.5, float("nan")))],
    ids=["list", "set", "nan"],
)
def test_values_in_memory_are_told_by_their_content(tmp_path, data, same):
    def size(values):
        return {"size": len(values)}

    flow, catalog = pipeline([node(size, "values", "out")]), {"out": "out.json"}
    ran = []
    for given_data in (data, same, [*data, 9]):
        watch = Watch()
        treadle.run(flow, inputs={"values": given_data}, catalog=catalog, hooks=[watch])
        ran.append(watch.ran)
    assert ran == [["size"], [], ["size"]]


def test_what_cannot_be_compared_is_never_reused(tmp_path):
    def size(stream):
        return {"size": 1}

    flow = pipeline([node(size, "stream", "out")])
    for _ in range(2):
        watch = Watch()
        given_stream = MemoryDataset((one for one in [1]), copy_mode="assign")
        treadle.run(flow, catalog={"out": "out.json", "stream": given_stream}, hooks=[watch])
        assert watch.ran == ["size"]


def test_a_changed_input_during_the_run_is_not_remembered(tmp_path):
    raw = tmp_path / "raw.json"
    raw.write_text("[1]")

    def careless(raw):
        Path("raw.json").write_text("[1, 2]")
        return {"sum": sum(raw)}

    flow, catalog = pipeline([node(careless, "raw", "out")]), {"raw": "raw.json", "out": "out.json"}
    treadle.run(flow, catalog=catalog)
    raw.write_text("[1]")
    watch = Watch()
    treadle.run(flow, catalog=catalog, hooks=[watch])
    assert watch.ran == ["careless"]


def test_the_record_says_what_was_reused_and_why(tmp_path):
    (tmp_path / "raw.json").write_text("[1, 2]")
    flow = pipeline([node(total, "raw", "out")])
    catalog = {"raw": "raw.json", "out": "out.json"}
    first = treadle.run(flow, catalog=catalog, params={"weight": 2})
    second = treadle.run(flow, catalog=catalog, params={"weight": 2})
    third = treadle.run(flow, catalog=catalog, params={"weight": 3})
    runs = [treadle.get_run(one.id).nodes[0] for one in (first, second, third)]
    assert [one.status for one in runs] == ["finished", "reused", "finished"]
    assert [one.reason for one in runs] == [
        "it was not run before",
        f"unchanged since run {first.id[-8:]}",
        'parameter "weight": 2 → 3',
    ]
    assert runs[0].key == runs[1].key != runs[2].key
    assert second.outputs["out"] == {"total": 6} or third.outputs["out"] == {"total": 9}


def test_a_table_counts_by_the_version_that_is_declared(tmp_path):
    table = {
        "type": "sql_query",
        "sql": "SELECT 1 AS one",
        "credentials": {"con": f"sqlite:///{tmp_path}/x.db"},
    }
    flow = pipeline([node(len, "table", "count", name="count")])
    ran = []
    for version in (None, None, "2026-01", "2026-01", "2026-02"):
        entry = {**table, "version": version} if version else table
        watch = Watch()
        treadle.run(
            flow, catalog={"table": entry, "count": str(tmp_path / "count.json")}, hooks=[watch]
        )
        ran.append(watch.ran)
    assert ran == [["count"], ["count"], ["count"], [], ["count"]]
    run = treadle.get_run("latest")
    assert "table" in run.nodes[0].reason
