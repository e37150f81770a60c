"""A parameter that was taken for an input is named, with what to write."""

import inspect

import pytest

from treadle import DataCatalog, Pipeline, node
from treadle.config import Parameters
from treadle.engine import create_plan
from treadle.errors import PipelineError

PARAMETERS = {"n": 3, "model": {"depth": 6}, "rate": 0.1}


def plan(function, **options):
    made = node(function, outputs="out", **options)
    create_plan(Pipeline([made]), DataCatalog({"table": "t.csv"}), Parameters(PARAMETERS))


def exact(n: int):
    pass


def nested(depth):
    pass


def near(rat: float):
    pass


def a_dataset(tabel):
    pass


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (exact, 'There is a parameter of that name: write n: int = param("n").'),
        (nested, 'There is a parameter "model.depth": write depth = param("model.depth").'),
        (near, 'Did you mean the parameter "rate"? Then write rat: float = param("rate").'),
        (a_dataset, 'Did you mean "table"?'),
    ],
)
def test_what_is_meant_by_an_unknown_input(function, said):
    with pytest.raises(PipelineError) as refused:
        plan(function, inputs=list(inspect.signature(function).parameters))
    assert said in str(refused.value)
    assert ("Add it to the catalog" in str(refused.value)) is (function is a_dataset)


def test_a_node_that_names_its_inputs():
    with pytest.raises(PipelineError, match='write "params:rate" in its place'):
        plan(nested, inputs="rate")
