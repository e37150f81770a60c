import functools
from collections.abc import Callable

import pytest

from treadle import node, param
from treadle.errors import PipelineError


def join(left, right, *, how="inner"):
    return (left, right, how)


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ("a", "b", (["a"], ["b"])),
        (["a", "params:x.y"], "c", (["a", "params:x.y"], ["c"])),
        ({"left": "a", "right": "b"}, ["c", "d"], (["a", "b"], ["c", "d"])),
        ({"left": "a", "right": "b"}, {"x": "c"}, (["a", "b"], ["c"])),
        (["parameters", "a"], None, (["parameters", "a"], [])),
        (None, "made", ([], ["made"])),
    ],
)
def test_takes_the_forms_of_kedro(inputs, outputs, expected):
    functions: dict[int, Callable[..., object]] = {
        0: lambda: 1,
        1: lambda left: left,
        2: lambda left, right: (left, right),
    }
    count = 1 if isinstance(inputs, str) else len(inputs or [])
    made = node(functions[count], inputs, outputs, name="n")
    assert (made.inputs, made.outputs) == expected


def test_decorator_reads_the_names_of_the_function():
    @node
    def clean(raw, lookup): ...

    @node(outputs=["train", "test"], tags="model", name="cut")
    def split(features, share: float = param("split.share", default=0.5), flag=True): ...

    @node
    def report(table) -> None: ...

    assert (clean.name, clean.inputs, clean.outputs) == ("clean", ["raw", "lookup"], ["clean"])
    assert (split.name, split.inputs, split.outputs) == (
        "cut",
        ["features", "params:split.share"],
        ["train", "test"],
    )
    assert split.tags == {"model"}
    assert report.outputs == []


def test_a_decorated_function_is_still_a_function():
    @node
    def scale(value, factor: int = param("factor", default=3)):
        return value * factor

    @node
    def shift(value, by: int = param("by")):
        return value + by

    assert scale(2) == 6
    assert scale(2, factor=5) == 10
    assert shift(1, 2) == 3
    with pytest.raises(
        PipelineError, match=r'shift\(\) was called without "by", which is the parameter "by"'
    ):
        shift(1)


def test_a_parameter_default_is_bound_beside_kedro_inputs():
    def fit(data, rate=param("rate")): ...

    assert node(fit, "table", "model").inputs == ["table", "params:rate"]
    assert node(fit, ["table", "params:other"], "model").inputs == ["table", "params:other"]


async def fetch(url): ...


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: node(fetch, "a", "b"), 'Node "fetch" is an async function'),
        (
            lambda: node(join, "a", "b"),
            r'Node "join": the inputs \(a\) do not fit the function\'s arguments',
        ),
        (lambda: node(join, ["a", "b", "c"], "d"), "do not fit the function's arguments"),
        (
            lambda: node(join, {"left": "a", "wrong": "b"}, "d"),
            "do not fit the function's arguments",
        ),
        (lambda: node(lambda x: x, "a", "b"), "A lambda has no name of its own"),
        (lambda: node(join, ["a", "b"], "a"), 'reads and writes "a"'),
        (lambda: node(join, ["a@x", "b"], "a@y"), 'reads and writes "a"'),
        (lambda: node(join, ["a", "b"], ["c", "c"]), 'writes "c" twice'),
        (lambda: node(join, ["a", "b"], "params:c"), 'writes "params:c"'),
        (lambda: node(lambda: 1, None, None, name="n"), "no inputs and no outputs"),
        (lambda: node(join, ["a", ""], "b"), 'Node "join": "" is not a dataset name'),
        (lambda: node(join, ["a", "b@c@d"], "e"), '"b@c@d" is not a dataset name'),
        (lambda: node(join, ["a", 3], "e"), r"a dataset name is a text, not int \(3\)"),  # type: ignore[list-item]
        (lambda: node(join, ["a", "b"], "c", name="no spaces"), '"no spaces" is not a node name'),
        (
            lambda: node("join", "a", "b"),  # type: ignore[call-overload]
            "A node is made of a function, not of str",
        ),
        (
            lambda: node(lambda *rows: rows, outputs="b", name="n"),
            r'behind "\*rows" cannot be read',
        ),
        (
            lambda: node(join, 5, "b"),  # type: ignore[call-overload]
            "inputs are a text, a list, a dict or None, not int",
        ),
        (
            lambda: node(lambda x: x, "a", 5, name="n"),  # type: ignore[call-overload]
            "outputs are a text, a list, a dict or None, not int",
        ),
    ],
)
def test_names_that_do_not_fit_are_refused(make, message):
    with pytest.raises(PipelineError, match=message):
        make()


def test_call_and_unpack():
    both = node(join, {"left": "a", "right": "b"}, ["x", "y", "z"])
    assert both.unpack(both.call({"a": 1, "b": 2})) == {"x": 1, "y": 2, "z": "inner"}
    keyed = node(lambda a: a, "a", {"k": "x"}, name="n")
    assert keyed.unpack({"k": 5}) == {"x": 5}
    assert node(lambda a: a, "a", "x", name="n").unpack([1, 2]) == {"x": [1, 2]}
    assert node(lambda a: None, "a", None, name="n").unpack(None) == {}


@pytest.mark.parametrize(
    ("outputs", "result", "message"),
    [
        (["x", "y"], [1], "returned list of 1, but declares 2 outputs: x, y"),
        (["x", "y"], 5, "returned int, but declares 2 outputs"),
        ({"k": "x"}, {"other": 1}, "returned other, but declares a dict with the keys k"),
        ({"k": "x"}, 5, "returned int, but declares a dict"),
        (None, 5, "returned int, but declares no outputs"),
    ],
)
def test_a_result_of_another_form_is_refused(outputs, result, message):
    with pytest.raises(PipelineError, match=message):
        node(lambda a: a, "a", outputs, name="n").unpack(result)


def test_partials_and_generators():
    def chunks(rows, size):
        yield rows[:size]

    made = node(functools.partial(chunks, size=2), "rows", "parts")
    assert made.name == "chunks"
    assert made.is_streaming
    assert not node(join, ["a", "b"], "c").is_streaming


def test_equality_and_text():
    one, same = node(join, ["a", "b"], "c"), node(join, ["a", "b"], "c")
    assert one == same
    assert hash(one) == hash(same)
    assert one != node(join, ["a", "b"], "d")
    assert repr(one) == "node(join, ['a', 'b'], ['c'], name='join')"
    assert str(one.tag(["t"])) == "join: a, b → c"


def test_functions_in_c_that_do_not_say_their_arguments():
    made = node(str, "number", "text")
    assert made.unpack(made.call({"number": 5})) == {"text": "5"}
    with pytest.raises(PipelineError, match="cannot be read from the function"):
        node(str)
