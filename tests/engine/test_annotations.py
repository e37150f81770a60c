"""Parameters that are nearly what the annotation of a node says."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional  # noqa: UP035 - as projects write it

import pytest
from tests.projects import write_project

import treadle
from treadle import node, param, pipeline
from treadle.config import Parameters
from treadle.engine import create_plan
from treadle.errors import ParameterError


@dataclass
class Model:
    depth: int


@pytest.fixture
def command(request):
    return request.getfixturevalue("treadle")


def takes(kind):
    def look(value):
        return value

    look.__annotations__ = {"value": kind}
    return pipeline([node(look, "params:value", "seen")])


def plan(kind, value, *, warns):
    parameters = Parameters({"value": value})
    parameters.warns = warns
    return create_plan(takes(kind), treadle.DataCatalog({}), parameters)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Dict[str, str], {"a": 1}),  # noqa: UP006
        (Dict[str, str], [{"a": "b"}]),  # noqa: UP006
        (str, ["a"]),
        (Optional[str], 3),  # noqa: UP045
        (List[str], "a"),  # noqa: UP006
        (str, None),
        (float, "high"),
        (range, 3),
    ],
)
def test_a_misfit_is_an_error_or_where_a_project_says_so_a_warning(kind, value):
    with pytest.raises(ParameterError) as caught:
        plan(kind, value, warns=False)
    planned = plan(kind, value, warns=True)
    assert planned.steps[0].constants == {"params:value": value}
    assert planned.warnings == [caught.value.message]


@pytest.mark.parametrize("kind", [Model, list[Model], Optional[Model]])  # noqa: UP045
def test_what_is_built_of_a_parameter_must_fit(kind):
    with pytest.raises(ParameterError, match='"value'):
        plan(kind, {"depth": "deep"}, warns=True)


@pytest.mark.parametrize("kind", [any, Any])
def test_any_takes_anything(kind):
    assert plan(kind, [1], warns=False).steps[0].constants == {"params:value": [1]}


def test_null_is_taken_where_the_default_is_none():
    def with_default(value: float = None): ...  # type: ignore[assignment]  # noqa: RUF013

    def marked(value: float = param("value", default=None)): ...

    def required(value: float): ...

    for func in (with_default, marked):
        nodes = pipeline([node(func, "params:value", "seen")])
        for value in (None, 1.5):
            planned = create_plan(nodes, treadle.DataCatalog({}), Parameters({"value": value}))
            assert planned.steps[0].constants == {"params:value": value}
        with pytest.raises(ParameterError, match="does not fit"):
            create_plan(nodes, treadle.DataCatalog({}), Parameters({"value": "x"}))
    with pytest.raises(ParameterError, match=r"Expected `float`, got `null`"):
        create_plan(
            pipeline([node(required, "params:value", "seen")]),
            treadle.DataCatalog({}),
            Parameters({"value": None}),
        )


def test_a_project_says_that_misfits_are_warnings(tmp_path, command):
    nodes = (
        "from treadle import node, param\n"
        "@node(outputs='out')\n"
        "def f(n: int = param('n')): return n\n"
    )
    files = {"conf/base/parameters.yml": "n: many\n", "conf/base/catalog.yml": "out: out.json\n"}
    write_project(tmp_path, nodes, files)
    refused = command("run", cwd=tmp_path)
    assert refused.code == 3
    assert 'conf/base/parameters.yml:1: the parameter "n" does not fit int' in refused.err
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text() + 'parameter_types = "warn"\n')
    for _ in range(2):
        done = command("run", cwd=tmp_path)
        assert done.code == 0, done.err
        assert 'WARNING: conf/base/parameters.yml:1: the parameter "n" does not fit int' in done.err
    project.write_text(project.read_text().replace('"warn"', '"ignore"'))
    assert (
        "[tool.treadle] is wrong: Invalid enum value 'ignore'" in command("run", cwd=tmp_path).err
    )


def test_a_parameter_that_is_missing_beside_numbers_as_keys_is_named():
    flow = pipeline([node(lambda a, b: a, ["params:m", "params:zz"], "o", name="n")])
    with pytest.raises(ParameterError, match='There is no parameter "zz"'):
        treadle.run(flow, params={"m": {1: "low", None: 2}})
