import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle import Pipeline, node, pipeline
from treadle.errors import PipelineError


def step(reads, writes, name=None, **options):
    reads = [reads] if isinstance(reads, str) else list(reads)

    def function(*values): ...

    return node(
        function, reads or None, writes, name=name or f"make_{writes}".replace("@", "_"), **options
    )


@pytest.fixture
def diamond():
    return pipeline(
        [
            step(["left", "right"], "joined", tags="end"),
            step("cleaned", "left", tags="side"),
            step("cleaned", "right", tags="side", namespace="r"),
            step("raw", "cleaned"),
        ]
    )


def names(found):
    return [one.name for one in found.nodes]


def test_order_is_topological_and_otherwise_as_given(diamond):
    assert names(diamond) == ["make_cleaned", "make_left", "r.make_right", "make_joined"]
    assert diamond.inputs() == {"raw"}
    assert diamond.outputs() == {"joined"}
    assert diamond.datasets() == {"raw", "cleaned", "left", "right", "joined"}


def test_algebra(diamond):
    sides = diamond.only_nodes_with_tags("side")
    assert names(diamond - sides) == ["make_joined", "make_cleaned"]
    assert names(diamond & sides) == ["make_left", "r.make_right"]
    assert diamond + sides == diamond
    assert (diamond - sides) | sides == diamond
    assert sum([diamond - sides, sides]) == diamond
    assert hash(diamond) == hash(Pipeline(diamond.nodes))
    assert len(diamond) == 4
    assert "make_left" in diamond
    with pytest.raises(TypeError):
        diamond + 1


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"nodes": ["make_left"]}, ["make_left"]),
        ({"nodes": ["make_right"]}, ["r.make_right"]),
        ({"tags": ["side", "end"]}, ["make_left", "r.make_right", "make_joined"]),
        ({"namespaces": ["r"]}, ["r.make_right"]),
        ({"from_nodes": ["make_left"]}, ["make_left", "make_joined"]),
        ({"to_nodes": ["make_left"]}, ["make_cleaned", "make_left"]),
        (
            {"from_nodes": ["make_cleaned"], "to_nodes": ["r.make_right"]},
            ["make_cleaned", "r.make_right"],
        ),
        ({"from_inputs": ["cleaned"]}, ["make_left", "r.make_right", "make_joined"]),
        ({"to_outputs": ["right"]}, ["make_cleaned", "r.make_right"]),
        ({"to_outputs": ["right"], "tags": ["side"]}, ["r.make_right"]),
        ({}, ["make_cleaned", "make_left", "r.make_right", "make_joined"]),
    ],
)
def test_filter(diamond, conditions, expected):
    assert names(diamond.filter(**conditions)) == expected


def test_shorthands(diamond):
    assert names(diamond.only_nodes("make_left")) == ["make_left"]
    assert names(diamond.only_nodes_with_namespaces("r")) == ["r.make_right"]
    assert names(diamond.from_nodes("make_joined")) == ["make_joined"]
    assert names(diamond.to_nodes("make_cleaned")) == ["make_cleaned"]
    assert names(diamond.from_inputs("left")) == ["make_joined"]
    assert names(diamond.to_outputs("cleaned")) == ["make_cleaned"]
    assert all("x" in one.tags for one in diamond.tag("x").nodes)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"nodes": ["make_lef"]}, 'There is no node "make_lef".\nDid you mean "make_left"?'),
        ({"tags": ["sides"]}, 'No node has the tag "sides".\nDid you mean "side"?'),
        ({"namespaces": ["q"]}, 'There is no namespace "q".\nAvailable: r.'),
        ({"from_inputs": ["clean"]}, 'No node reads "clean".\nDid you mean "cleaned"?'),
        ({"to_outputs": ["rights"]}, 'No node writes "rights".\nDid you mean "right"?'),
        (
            {"nodes": ["make_left"], "tags": ["end"]},
            "No node meets all of: nodes=['make_left'], tags=['end'].\nDrop one of the conditions.",
        ),
    ],
)
def test_a_wrong_selection_names_what_there_is(diamond, conditions, message):
    with pytest.raises(PipelineError) as caught:
        diamond.filter(**conditions)
    assert str(caught.value) == message


def test_a_cycle_is_walked():
    with pytest.raises(
        PipelineError, match="The nodes form a cycle: make_a → make_b → make_c → make_a"
    ):
        pipeline([step("c", "a"), step("a", "b"), step("b", "c"), step("c", "end")])


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            [step("a", "x"), step("b", "x", "other")],
            'The nodes "make_x" and "other" both write "x"',
        ),
        ([step("a", "x@p"), step("b", "x@q", "other")], 'both write "x"'),
        ([step("a", "x", "same"), step("b", "y", "same")], 'Two nodes are called "same"'),
        (
            [step("a", "x@p"), step("x", "y")],
            'The node "make_y" uses "x", the node "make_x_p" uses "x@p"',
        ),
        (["text"], r"made of nodes and pipelines, not of str \('text'\)"),
    ],
)
def test_nodes_that_do_not_go_together(nodes, message):
    with pytest.raises(PipelineError, match=message):
        pipeline(nodes)


def test_one_function_may_serve_several_nodes_without_names():
    def load(path): ...

    made = pipeline([node(load, "a", "x"), node(load, "b", "y")])
    assert names(made) == ["load__x", "load__y"]


def test_variants_are_one_dataset():
    made = pipeline([step("raw", "table@pandas", "first"), step("table@polars", "end", "second")])
    assert names(made) == ["first", "second"]
    assert made.inputs() == {"raw"}
    assert made.outputs() == {"end"}


def fit(data, model): ...


def test_namespace_prefixes_what_is_not_mapped():
    base = pipeline(
        [node(fit, ["data", "params:model"], "fitted"), step(["fitted", "parameters"], "report")]
    )
    day = pipeline(base, namespace="day", inputs="data", outputs={"report": "day_report"})
    assert names(day) == ["day.fit", "day.make_report"]
    assert day.inputs() == {"data", "params:day.model", "parameters"}
    assert day.outputs() == {"day_report"}
    kept = pipeline(
        base, namespace="day", parameters={"model": "shared.model"}, inputs={"data": "table"}
    )
    assert kept.inputs() == {"table", "params:shared.model", "parameters"}
    nested = pipeline(day, namespace="year", inputs={"data"})
    assert names(nested) == ["year.day.fit", "year.day.make_report"]
    assert "params:year.day.model" in nested.inputs()


def test_mapping_a_base_name_maps_its_variants():
    base = pipeline([step("raw", "table@pandas", "a"), step("table@polars", "end", "b")])
    assert pipeline(base, namespace="n", outputs={"table": "shared"}).datasets() == {
        "n.raw",
        "shared@pandas",
        "shared@polars",
        "n.end",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": "dat"}, 'no input "dat" to map.\nDid you mean "data"?'),
        ({"outputs": {"fit": "x"}}, 'no output "fit" to map.\nDid you mean "fitted"?'),
        (
            {"parameters": "modle"},
            'no parameter "params:modle" to map.\nDid you mean "params:model"?',
        ),
    ],
)
def test_mapping_what_is_not_there(options, message):
    with pytest.raises(PipelineError) as caught:
        pipeline([node(fit, ["data", "params:model"], "fitted")], namespace="n", **options)
    assert message in str(caught.value)


@st.composite
def graphs(draw):
    """Random acyclic graphs, their nodes given in random order."""
    size = draw(st.integers(1, 12))
    nodes = []
    for index in range(size):
        reads = draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set()
        nodes.append(step(sorted(f"d{one}" for one in reads) or ["raw"], f"d{index}"))
    return draw(st.permutations(nodes))


@given(graphs())
def test_every_order_runs_each_node_after_what_it_needs(nodes):
    ordered = pipeline(nodes).nodes
    assert sorted(ordered, key=str) == sorted(nodes, key=str)
    made = {"raw"}
    for one in ordered:
        assert set(one.inputs) <= made
        made.update(one.outputs)


@given(graphs(), st.data())
def test_slices_up_and_down_meet_the_definition(nodes, data):
    whole = pipeline(nodes)
    chosen = data.draw(st.sampled_from(names(whole)))
    up, down = set(names(whole.to_nodes(chosen))), set(names(whole.from_nodes(chosen)))
    for one in whole.nodes:
        parents = {p.name for p in whole.nodes if set(p.outputs) & set(one.inputs)}
        assert (one.name in down) == (one.name == chosen or bool(parents & down))
        if one.name in up:
            assert parents <= up
    assert whole.filter(from_nodes=[chosen], to_nodes=[chosen]) == whole.only_nodes(chosen)


@given(graphs())
def test_algebra_of_sets(nodes):
    whole = pipeline(nodes)
    half = pipeline(whole.nodes[: len(whole) // 2])
    assert (whole - half) + half == whole
    assert whole & half == half
    assert len((whole - half) & half) == 0


def test_a_long_chain_does_not_recurse():
    chain = pipeline([step(f"d{index}", f"d{index + 1}") for index in reversed(range(20_000))])
    assert names(chain)[:2] == ["make_d1", "make_d2"]
    assert len(chain.to_nodes("make_d20000")) == 20_000
