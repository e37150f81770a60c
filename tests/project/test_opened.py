"""A project from Python."""

import datetime as dt
import math

import msgspec
import pytest
from tests.projects import write_project

import treadle
from treadle.config import write_assignments
from treadle.config.overrides import parse_overrides
from treadle.errors import ConfigError, ParameterError, PipelineError, ProjectError
from treadle.tracking.reading import get_run

NODES = """
from treadle import node, param

@node(tags="first")
def halves(raw,
    share: float = param("model.share")) -> list: return [share * value for value in raw]

@node(outputs="total")
def summed(halves, label: str = param("label")) -> dict: return {"sum": sum(halves), "label": label}
"""
FILES = {
    "conf/base/parameters.yml": "model: {share: 0.5, depth: 3}\nlabel: base\n",
    "conf/prod/parameters.yml": "label: prod\n",
    "conf/base/catalog.yml": "raw: raw.json\nhalves: halves.json\ntotal: total.json\n",
    "raw.json": "[2, 4]",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "small"
    write_project(folder, NODES, FILES)
    monkeypatch.syspath_prepend(str(folder / "src"))
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "small"]:
        monkeypatch.delitem(sys.modules, name)
    yield treadle.open_project(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "small"]:
        del sys.modules[name]


def test_what_an_open_project_has(project):
    assert (project.name, project.environment) == ("small", "local")
    assert project.catalog.load("raw") == [2, 4]
    assert project.parameters["model"] == {"share": 0.5, "depth": 3}
    project.parameters["model"]["depth"] = 7
    assert project.parameters["model"]["depth"] == 3
    assert list(project.pipelines) == ["main"]
    assert [node.name for node in project.pipelines["main"]] == ["halves", "summed"]
    assert ("main" in project.pipelines, "nothing" in project.pipelines) == (True, False)
    with pytest.raises(PipelineError, match='no pipeline "mian"'):
        project.pipelines["mian"]
    assert "small" in repr(project)


def test_a_run_from_python_is_what_the_command_line_makes(project, treadle):
    result = project.run(
        "main", params={"model.share": 2, "label": "x, y=3"}, tags={"k": "v"}, name="here"
    )
    assert result.outputs["total"] == {"sum": 12.0, "label": "x, y=3"}
    details = get_run(result.id, store=str(project.folder / ".treadle/treadle.db"))
    assert (details.run.name, details.run.experiment, details.run.kind) == (
        "here",
        "small",
        "pipeline",
    )
    assert details.run.params == {"model.share": 2.0, "label": "x, y=3"}
    assert details.run.tags["k"] == "v"
    request = msgspec.json.decode(details.snapshots["config"])["request"]
    assert (request["target"], request["params"]) == ("main", ["model.share=2", 'label="x, y=3"'])
    done = treadle("reproduce", result.id, cwd=project.folder)
    assert (done.code, "2 of 2" in done.out or "identical" in done.out) == (0, True), done


def test_a_part_of_it(project):
    project.run()
    result = project.run(nodes=["summed"], params={"label": "again"})
    assert result.outputs["total"] == {"sum": 3.0, "label": "again"}
    assert [
        one.node
        for one in get_run(result.id, store=str(project.folder / ".treadle/treadle.db")).nodes
    ] == ["summed"]
    assert list(project.run(node_tags="first").outputs) == ["halves"]
    with pytest.raises(PipelineError, match='no node "sumed"'):
        project.run(nodes=["sumed"])
    with pytest.raises(ParameterError, match=r'"model.share" does not fit float'):
        project.run(params={"model": {"share": "much"}})


def test_a_misspelt_parameter_is_warned_of(project, caplog):
    project.run(params={"modle": {"share": 1}})
    assert 'Did you mean "model.share"?' in caplog.text


def test_environments(project, monkeypatch):
    assert treadle.open_project(project.folder, environment="prod").parameters["label"] == "prod"
    assert treadle.load_parameters(project.folder)["label"] == "base"
    monkeypatch.setenv("TREADLE_ENV", "prod")
    assert treadle.load_parameters(project.folder)["label"] == "prod"
    assert treadle.open_project(project.folder / "src").run().outputs["total"]["label"] == "prod"


def test_parameters_of_a_file(tmp_path):
    (tmp_path / "parameters.yml").write_text("a: 1\nb: ${a}\n")
    assert treadle.load_parameters(tmp_path / "parameters.yml") == {"a": 1, "b": 1}


def test_no_project(tmp_path):
    with pytest.raises(ProjectError, match="is not inside a project"):
        treadle.open_project(tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        1,
        -2.5,
        1e300,
        1e-7,
        True,
        None,
        "plain",
        "x=1,y=2",
        'quo"te',
        "it's",
        "a\nb",
        "ü ✓",
        "3",
        "true",
        "null",
        "",
        "${a}",
        [1, [2, "three, b=4"]],
        [],
        {},
        [{"k": [1, None]}],
        dt.date(2024, 1, 31),
        math.inf,
        -math.inf,
        [1.5, math.inf],
    ],
)
def test_values_come_back_from_assignments(value):
    texts = write_assignments({"a": {"b": value}, "other": 1})
    assert parse_overrides(texts).tree == {"a": {"b": value}, "other": 1}


def test_values_that_configuration_cannot_hold():
    assert math.isnan(parse_overrides(write_assignments({"x": math.nan})).tree["x"])
    with pytest.raises(ConfigError, match='"a.b" is a object'):
        write_assignments({"a": {"b": object()}})
