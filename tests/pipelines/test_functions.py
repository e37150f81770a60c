"""What a node knows of its function."""

import functools

import pytest

from treadle.pipelines import Node, unwrap
from treadle.pipelines.functions import function_name


def train(rate, rows):
    return rate * rows


class Repeat:
    """A decorator that holds its function, without its name."""

    def __init__(self, func):
        self.func = func

    def __call__(self, *args):
        return self.func(*args)


@pytest.mark.parametrize(
    ("func", "name"),
    [
        (train, "train"),
        (functools.partial(train, 2), "train"),
        (functools.partial(functools.partial(train, 2), 3), "train"),
        (Repeat(train), "Repeat"),
        (Repeat(functools.partial(train, 2)), "Repeat"),
    ],
    ids=["function", "partial", "partial of a partial", "object", "object with a partial"],
)
def test_the_function_inside_is_found_and_a_node_has_the_name_of_what_it_calls(func, name):
    assert unwrap(func) is train
    assert function_name(func) == name


def test_a_generator_streams_also_inside_a_partial():
    def chunks(first, last):
        yield from range(first, last)

    assert Node(chunks, ["a", "b"], "c").is_streaming
    assert Node(functools.partial(chunks, 1), "b", "c").is_streaming
    assert not Node(train, ["a", "b"], "c").is_streaming
