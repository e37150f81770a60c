"""Nodes that are not selected run again where a selected one needs what nothing keeps."""

import shutil

import pytest
from tests.projects import write_project

NODES = """
from treadle import node, param

@node
def clean(raw): return [abs(value) for value in raw]

@node(outputs=["train_set", "test_set"])
def split(clean): return [clean[1:], clean[:1]]

@node
def model(train_set, weight: int = param("weight")): return {"sum": sum(train_set) * weight}

@node
def score(model, test_set): return {"score": model["sum"] + sum(test_set)}
"""


@pytest.fixture
def project(tmp_path, treadle):
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/parameters.yml": "weight: 2\n",
            "conf/base/catalog.yml": "raw: raw.json\n"
            "clean: clean.json\n"
            "model: model.json\n"
            "score: score.json\n",
            "raw.json": "[1, -2, 3]",
        },
    )

    def call(*arguments):
        return treadle(*arguments, cwd=tmp_path)

    assert call("run").code == 0
    return call


def reasons(done):
    assert done.code == 0, done
    return {one["name"]: (one["action"], one["reason"]) for one in done.json}


@pytest.mark.parametrize(
    "selection", [["--from-nodes", "score"], ["--nodes", "score"], ["--from-inputs", "test_set"]]
)
def test_what_lives_in_memory_is_made_again_for_a_part(project, tmp_path, selection):
    (tmp_path / "score.json").write_text("{}")
    planned = reasons(project("plan", *selection, "--json"))
    assert planned["split"] == ("reuse", "it is in the cache")
    shutil.rmtree(tmp_path / ".treadle" / "contents")
    planned = reasons(project("plan", *selection, "--json"))
    assert planned["split"] == ("run", '"score" needs its output "test_set", which is not saved')
    assert set(planned) == {"split", "score"}  # what made "clean" is saved
    done = project("run", *selection)
    assert done.code == 0, done
    assert "2 nodes; with what they need: split" in done.out
    assert (tmp_path / "score.json").read_text() == '{\n  "score": 11\n}\n'


def test_it_does_not_run_where_nothing_needs_it(project):
    done = project("run", "--from-nodes", "score")
    assert "0 ran, 2 reused" in done.out, done


def test_why_says_which_run_changed_an_output(project):
    assert project("run", "--params", "weight=3").code == 0
    other = project("runs", "--json").json[0]["id"][-8:]
    reason = (
        f'its output "model" is of run {other}, which made it of something else (parameter '
        '"weight": 2 → 3)'
    )
    assert reason in project("why", "model").out
    assert reasons(project("plan", "--json"))["model"] == ("run", reason)


MAKING = """
from treadle import node

@node
def clean(raw): return [abs(value) for value in raw]

@node(outputs="train_set")
def split(clean): return clean[1:]

@node
def unrelated(raw): raise RuntimeError("not needed")
"""
USING = """
from treadle import node

@node(outputs="model")
def fit(train_set): return {"sum": sum(train_set)}

@node(outputs="score")
def rate(model): return model["sum"] + 1
"""


def _several(
    tmp_path, treadle, modules, catalog="raw: raw.json\nmodel: model.json\nscore: score.json\n"
):
    files = {"conf/base/catalog.yml": catalog, "raw.json": "[1, -2, 3]"}
    write_project(tmp_path, MAKING, files)
    folder = next((tmp_path / "src").iterdir()) / "pipelines"
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    making = next(path.stem for path in folder.iterdir() if path.stem not in {*modules, "__init__"})
    return making, lambda *arguments: treadle(*arguments, cwd=tmp_path)


@pytest.mark.parametrize("selection", [[], ["--nodes", "fit"], ["--to-outputs", "model"]])
def test_what_another_pipeline_makes_in_memory_is_made_again(tmp_path, treadle, selection):
    _, call = _several(tmp_path, treadle, {"using": USING})
    planned = reasons(call("plan", "using", *selection, "--json"))
    assert list(planned) == ["clean", "split", "fit", *([] if selection else ["rate"])]
    done = call("run", "using", *selection)
    assert done.code == 0, done
    assert "with what they need: split, clean" in done.out
    assert (tmp_path / "model.json").read_text() == '{\n  "sum": 5\n}\n'


def test_a_part_that_needs_nothing_of_another_pipeline_leaves_it_alone(tmp_path, treadle):
    _, call = _several(tmp_path, treadle, {"using": USING})
    assert call("run", "using").code == 0
    assert list(reasons(call("plan", "using", "--nodes", "rate", "--json"))) == ["rate"]


def test_of_two_pipelines_that_make_an_input_one_has_to_be_named(tmp_path, treadle):
    other = "from treadle import node\n@node(outputs='train_set')\ndef other(raw): return raw\n"
    making, call = _several(tmp_path, treadle, {"using": USING, "another": other})
    done = call("run", "using")
    assert done.code == 4
    first, second = sorted([making, "another"])
    assert (
        f'"train_set" lives in memory only, and the pipelines {first} and {second} make it.'
        in done.err
    )
    assert f"treadle run {first},using" in done.err
    assert call("run", "another,using").code == 0


def write_nodes(*nodes):
    """Return a module of nodes; each is written as what it makes and what it reads."""
    lines = [
        "from treadle import node, pipeline",
        "def add(*values): return sum(values)",
        "def two(*values): return [sum(values)] * 2",
    ]
    made = []
    for outputs, inputs in nodes:
        function = "two" if isinstance(outputs, list) else "add"
        made.append(
            f"node({function}, {inputs!r}, {outputs!r}, "
            f"name={'-'.join([*outputs, 'of', *inputs])!r})"
        )
    return "\n".join([*lines, f"pipeline = pipeline([{', '.join(made)}])\n"])


LOOPS = {
    "what it makes itself": (
        {
            "a": write_nodes(("x", ["raw"]), ("result", ["y"])),
            "b": write_nodes(("y", ["x"])),
            "c": write_nodes(("x", ["raw"])),
        },
        ["x-of-raw", "y-of-x", "r-e-s-u-l-t-of-y"],
    ),
    "what an added node makes": (
        {
            "a": write_nodes(("result", ["y", "z"])),
            "b": write_nodes((["y", "z"], ["raw"])),
            "c": write_nodes(("z", ["raw"])),
        },
        ["y-z-of-raw", "r-e-s-u-l-t-of-y-z"],
    ),
    "what an added node makes, later": (
        {
            "a": write_nodes(("result", ["v", "w"])),
            "b": write_nodes(("w", ["y", "z"]), (["y", "v"], ["z"]), ("z", ["raw"])),
            "c": write_nodes(("v", ["raw"])),
        },
        ["z-of-raw", "y-v-of-z", "w-of-y-z", "r-e-s-u-l-t-of-v-w"],
    ),
}


@pytest.mark.parametrize("kind", LOOPS)
def test_what_is_made_already_has_no_other_maker(tmp_path, treadle, kind):
    modules, names = LOOPS[kind]
    catalog = "raw: raw.json\nresult: result.json\n"
    _, call = _several(tmp_path, treadle, modules, catalog)
    (tmp_path / "raw.json").write_text("2")
    for _ in range(2):  # sets have another order in each process
        planned = call("plan", "a", "--json")
        assert planned.code == 0, planned
        assert [one["name"] for one in planned.json] == names
    done = call("run", "a")
    assert done.code == 0, done
    assert call("run", "a,b").code == 0


def test_a_pipeline_that_cannot_be_searched_is_named(tmp_path, treadle):
    using = "from treadle import node\n@node\ndef fit(nowhere): return 1\n"
    _, call = _several(tmp_path, treadle, {"using": using, "broken": "import not_there\n"})
    done = call("run", "using")
    assert done.code == 4
    assert '"nowhere", read by "fit"' in done.err
    assert 'The pipeline "broken" cannot be searched for what makes inputs' in done.err
