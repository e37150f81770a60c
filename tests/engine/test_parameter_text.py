"""Texts of parameters: other ones for other values and types, and readable."""

import datetime as dt
import decimal
import enum
import pathlib
import zoneinfo
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.engine.parameter_text import flatten_parameters, show_parameter, write_parameter


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Model:
    depth: int
    on: dt.date | None = None


class Record(msgspec.Struct):
    sizes: set[str]


class Own:
    def __init__(self, value):
        self.value = value


DAY = dt.date(2024, 1, 31)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (float("inf"), float("nan")),
        (float("inf"), None),
        (float("inf"), float("-inf")),
        (float("nan"), "nan"),
        (DAY, "2024-01-31"),
        (DAY, dt.date(2024, 1, 30)),
        (DAY, dt.datetime(2024, 1, 31, tzinfo=dt.UTC)),
        (
            dt.datetime(2024, 1, 31, tzinfo=dt.UTC),
            dt.datetime(2024, 1, 31, tzinfo=zoneinfo.ZoneInfo("UTC")),
        ),
        ({1: "a"}, {"1": "a"}),
        ({True: "a"}, {"true": "a"}),
        ({1: "a"}, {1.0: "a"}),
        (1, 1.0),
        (1, True),
        (1, "1"),
        (decimal.Decimal("1.0"), 1.0),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        ([1], (1,)),
        ({1}, [1]),
        (pathlib.PurePosixPath("a"), "a"),
        (Colour.RED, Colour.BLUE),
        (Colour.RED, "RED"),
        (b"a", "a"),
        (10**30, 10**30 + 1),
        (10**30, 1e30),
        (Model(1), Model(2)),
        (Model(1, DAY), Model(1)),
        (None, "null"),
        (Record({"a", "b"}), Record({"a", "c"})),
        (Own(1), Own(2)),
        ({"!date": "2024-01-31"}, DAY),
        ({"!!date": "a"}, {"!date": "a"}),
        ({"a": {}}, {"a": []}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_other_values_have_other_texts(one, other):
    assert write_parameter("params:a", one) != write_parameter("params:a", other)
    assert write_parameter("params:a", [one]) != write_parameter("params:a", [other])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner)
        | st.tuples(inner)
    ),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_two_values_have_one_text_only_if_they_are_one(one, other):
    is_one = repr(one) == repr(other)
    assert (write_parameter("params:a", one) == write_parameter("params:a", other)) == is_one


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        ("a", '"a"'),
        (DAY, "2024-01-31 (date)"),
        (float("inf"), "inf (float)"),
        ({1: "a"}, '[[1,"a"]] (dict)'),
        (Colour.RED, "RED (Colour)"),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_a_text_can_be_read(value, shown):
    assert show_parameter(write_parameter("params:a", value)) == shown


def test_a_tree_is_taken_apart_down_to_values():
    texts = {
        "params:model": write_parameter(
            "params:model", {"depth": 1, "on": DAY, "!odd": {"a": 1}, "none": {}}
        )
    }
    assert {name: show_parameter(text) for name, text in flatten_parameters(texts).items()} == {
        "model.depth": "1",
        "model.on": "2024-01-31 (date)",
        "model.!odd.a": "1",
        "model.none": "{}",
    }


@pytest.mark.parametrize("value", ["hunter2", 12345, DAY, {"a": "hunter2"}])
def test_a_secret_is_not_in_its_text(value):
    text = write_parameter("params:db.password", value)
    assert str(value) not in text
    assert "hunter2" not in text
    assert text != write_parameter("params:db.password", "another")
