"""Pipelines as they are written for Kedro."""

import copy
import inspect
import pickle
from typing import Any

import kedro.pipeline
import pytest
from tests.projects import write_project

import treadle
from treadle import DataCatalog, Node, Pipeline, node, pipeline
from treadle.errors import CatalogError, DataNotFoundError, ParameterError, PipelineError


def add(left, right):
    return left + right


def double(value):
    return 2 * value


def create_pipeline(**kwargs):
    return Pipeline(
        [
            Node(func=add, inputs=["a", "b"], outputs="sum", name="add_node", tags=["first"]),
            Node(func=double, inputs={"value": "sum"}, outputs=["twice"][0], name="double_node"),
            Node(double, "twice", "fourfold"),
        ],
        tags="all",
    )


def test_nodes_and_pipelines_take_kedros_arguments():
    flow = create_pipeline()
    theirs = kedro.pipeline.Pipeline(
        [
            kedro.pipeline.Node(
                func=add, inputs=["a", "b"], outputs="sum", name="add_node", tags=["first"]
            ),
            kedro.pipeline.Node(
                func=double, inputs={"value": "sum"}, outputs="twice", name="double_node"
            ),
            kedro.pipeline.Node(double, "twice", "fourfold"),
        ],
        tags="all",
    )
    for own, other in zip(flow.nodes, theirs.nodes, strict=True):
        assert (own.inputs, own.outputs, own.tags) == (other.inputs, other.outputs, other.tags)
        assert own.func is other.func
    assert flow.inputs() == theirs.inputs()
    assert flow.outputs() == theirs.outputs()
    assert treadle.run(flow, inputs={"a": 1, "b": 2}).outputs["fourfold"] == 12
    assert flow.nodes[0] == node(add, ["a", "b"], "sum", name="add_node")


def test_pipelines_within_a_pipeline():
    flow = create_pipeline()
    more = Node(double, "fourfold", "eightfold", name="more")
    assert Pipeline(flow) == flow
    assert len(Pipeline([flow, more, pipeline([])])) == 4
    assert len(Pipeline(more)) == 1
    spaced = Pipeline([flow], namespace="n", inputs={"a": "a"}, outputs="fourfold", tags="t")
    theirs = kedro.pipeline.Pipeline(
        [
            kedro.pipeline.node(one.func, one.inputs, one.outputs[0], name=one.name)
            for one in flow.nodes
        ],
        namespace="n",
        inputs={"a": "a"},
        outputs="fourfold",
    )
    assert spaced.inputs() == theirs.inputs() == {"a", "n.b"}
    assert spaced.outputs() == theirs.outputs() == {"fourfold"}
    assert all("t" in one.tags for one in spaced)


def test_a_node_is_a_value():
    one = Node(double, "a", "b", name="x", tags="t", confirms="c", namespace="n", cache=True)
    for other in (
        copy.copy(one),
        copy.deepcopy(one),
        pickle.loads(pickle.dumps(one)),
        one.changed(),
    ):
        assert other == one
        assert (other.name, other.tags, other.confirms, other.cache) == ("n.x", {"t"}, ("c",), True)
    with pytest.raises(AttributeError):
        one.cache = False  # type: ignore[misc]
    assert one.tag("u").tags == {"t", "u"}


def test_a_pipeline_is_described():
    flow = create_pipeline()
    assert flow.describe() == "Inputs: a, b\n\nadd_node\ndouble_node\ndouble\n\nOutputs: fourfold"
    assert "add_node: a, b → sum" in flow.describe(names_only=False)
    assert Pipeline().describe().startswith("Inputs: None")


LINE = r"(?s)is from Kedro.*from treadle import Node, Pipeline, node, pipeline"


def test_what_is_kedros_own_is_refused_with_the_line_to_write(tmp_path):
    theirs = kedro.pipeline.node(double, "a", "b")
    for make in (
        lambda: Pipeline([theirs]),
        lambda: pipeline(kedro.pipeline.Pipeline([theirs])),
        lambda: treadle.run(kedro.pipeline.Pipeline([theirs]), inputs={"a": 1}),
        lambda: Node(theirs, "a", "b"),
        lambda: node(theirs, "a", "b"),
    ):
        with pytest.raises(PipelineError, match=LINE):
            make()
    from kedro.io import DataCatalog as KedrosCatalog

    with pytest.raises(CatalogError, match=r"(?s)DataCatalog is from Kedro.*Give the entries"):
        treadle.run(pipeline([node(double, "a", "b")]), catalog=KedrosCatalog({}))


@pytest.mark.parametrize(
    "text", ["pipeline = Pipeline([{0}])", "def create_pipeline(): return Pipeline([{0}])"]
)
def test_a_project_whose_pipeline_is_kedros_is_told_so(tmp_path, request, text):
    head = "from kedro.pipeline import Pipeline, node\n"
    write_project(tmp_path, head + text.format("node(len, 'a', 'b')"), {})
    done = request.getfixturevalue("treadle")("run", cwd=tmp_path)
    assert done.code != 0
    assert "is from Kedro" in done.err
    assert "from treadle import Node, Pipeline, node, pipeline" in done.err
    assert "Traceback" not in done.err


def test_a_dataset_of_kedro_in_python_is_loaded_and_not_held_as_a_value(tmp_path):
    from kedro_datasets.json import JSONDataset

    catalog = DataCatalog({"x": JSONDataset(filepath=str(tmp_path / "x.json"))})
    catalog.save("x", [1])
    assert (tmp_path / "x.json").exists()
    assert catalog.load("x") == [1]


def test_a_catalog_is_read_like_a_dict(tmp_path):
    catalog = DataCatalog({"a": [1], "b": "b.json", "{n}_x": "{n}.csv"}, root=tmp_path)
    assert catalog.keys() == ["a", "b"]
    assert [one.describe().type for one in catalog.values()] == ["memory", "json"]
    assert [name for name, _ in catalog.items()] == ["a", "b"]
    assert dict(catalog)["a"] is catalog["a"]


def test_a_version_is_loaded_by_name(tmp_path):
    catalog = DataCatalog(
        {"x": {"filepath": "x.json", "versioned": True}, "y": "y.json"}, root=tmp_path
    )
    catalog.save("x", 1)
    catalog.save("x", 2)
    dataset: Any = catalog["x"]
    first, second = dataset.versions()
    assert (catalog.load("x", version=first), catalog.load("x", second), catalog.load("x")) == (
        1,
        2,
        2,
    )
    with pytest.raises((CatalogError, DataNotFoundError), match="2020"):
        catalog.load("x", version="2020-01-31T12.00.00.000Z")


def test_parameters_are_loaded_from_a_projects_catalog(tmp_path, monkeypatch):
    write_project(tmp_path, "", {"conf/base/parameters.yml": "model: {depth: 3}\n"})
    catalog = treadle.load_catalog(tmp_path)
    assert catalog.load("params:model.depth") == 3
    assert catalog.load("parameters") == {"model": {"depth": 3}}
    assert treadle.load_catalog(tmp_path, params=["model.depth=4"]).load("params:model") == {
        "depth": 4
    }
    with pytest.raises(ParameterError, match="model.dept"):
        catalog.load("params:model.dept")
    with pytest.raises(CatalogError, match="params:x"):
        DataCatalog({}).load("params:x")


def _names_of(function: Any) -> set[str]:
    return {name for name in inspect.signature(function).parameters if name != "self"}


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        (Node.__init__, kedro.pipeline.Node.__init__),
        (node, kedro.pipeline.node),
        (pipeline, kedro.pipeline.pipeline),
        (Pipeline.filter, kedro.pipeline.Pipeline.filter),
    ],
    ids=["Node", "node", "pipeline", "filter"],
)
def test_every_argument_of_kedro_is_known(own, theirs):
    assert _names_of(theirs) <= _names_of(own)


def test_every_method_of_kedros_pipeline_is_here():
    missing = {name for name in dir(kedro.pipeline.Pipeline) if name[0] != "_"} - set(dir(Pipeline))
    assert missing == {"to_json", "group_nodes_by"}  # for Kedro-Viz and for deployments
    nodes = {name for name in dir(kedro.pipeline.Node) if name[0] != "_"} - set(dir(Node))
    assert nodes == {"preview", "namespace_prefixes"}


@pytest.mark.parametrize("make", [Node, node])
def test_a_preview_is_taken_and_said_to_have_no_effect(make, caplog):
    made = make(double, "a", "b", name="x", preview_fn=lambda: "text", tags=None, namespace=None)
    assert made == Node(double, "a", "b", name="x")
    assert 'Node "x": its preview_fn has no effect' in caplog.text


def test_a_pipeline_is_given_under_its_old_name_and_only_once():
    flow = create_pipeline()
    assert pipeline(pipe=flow) == pipeline(nodes=[flow], tags=None, namespace=None) == flow
    for call in (pipeline, lambda: pipeline(flow, pipe=flow)):
        with pytest.raises(PipelineError, match="A pipeline is made of nodes"):
            call()


def test_a_namespace_of_nodes_alone():
    def make(kind: Any) -> Any:
        one = kind.node(double, ["params:p"], "mid", name="one")
        two = kind.node(double, ["mid"], "end", name="two")
        names = {"outputs": {"end": "last"}, "prefix_datasets_with_namespace": False}
        return kind.Pipeline([one, two], namespace="n", **names)

    own, theirs = make(treadle), make(kedro.pipeline)
    assert [(one.name, one.inputs, one.outputs, one.namespace) for one in own.nodes] == [
        (one.name, one.inputs, one.outputs, one.namespace) for one in theirs.nodes
    ]
    assert own.only_nodes_with_namespaces(["n"]) == own.filter(node_namespaces=["n"]) == own


def test_parts_are_chosen_as_in_kedro():
    def make(kind: Any) -> Any:
        return kind.Pipeline(
            [
                kind.node(double, "a", "b", name="one", tags="t"),
                kind.node(add, ["b", "a"], "c", name="two"),
                kind.node(double, "b", "d", name="three"),
            ]
        )

    own, theirs = make(treadle), make(kedro.pipeline)
    for choose in (
        lambda flow: flow.only_nodes_with_inputs("b"),
        lambda flow: flow.only_nodes_with_outputs("c", "d"),
        lambda flow: flow.filter(tags=["t"]),
        lambda flow: flow.filter(node_names=["one", "two"], tags=None),
    ):
        assert {one.name for one in choose(own)} == {one.name for one in choose(theirs).nodes}
    assert own.all_inputs() == theirs.all_inputs()
    assert own.all_outputs() == theirs.all_outputs()
    groups = [{one.name for one in group} for group in own.grouped_nodes]
    assert groups == [{one.name for one in group} for group in theirs.grouped_nodes]
    needed = {
        one.name: {other.name for other in found} for one, found in own.node_dependencies.items()
    }
    assert needed == {"one": set(), "two": {"one"}, "three": {"one"}}
    with pytest.raises(PipelineError, match='No node reads "e"'):
        own.only_nodes_with_inputs("e")


def test_a_node_is_run_by_itself():
    one = Node(add, ["a", "b"], "c", namespace="n")
    assert (one.run({"a": 1, "b": 2}), one.short_name) == ({"c": 3}, "add")
    with pytest.raises(PipelineError, match=r"(?s)was run with a\.\nIts inputs are: a, b\."):
        one.run({"a": 1})
