"""Digests of values: equal for equal ones, in every process; different for different ones."""

import collections
import datetime as dt
import decimal
import enum
import os
import pathlib
import re
import subprocess
import sys
import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from treadle.engine.fingerprint import IndigestibleError, digest_value

SOURCE = """
import collections, datetime as dt, decimal, pathlib, re, enum
import numpy as np, pandas as pd, polars as pl, pyarrow as pa
VALUES = [
    None, True, 1, 1.0, "1", b"1", 1j, (1,), [1], {1}, frozenset([1]), {"a": 1}, {"b": 1}, range(3), ...,
    {"x", "y", "z"}, {("a", 1), ("b", 2)}, decimal.Decimal("1.0"), dt.date(2020, 1, 1), dt.datetime(2020, 1, 1),
    dt.timedelta(1), pathlib.PurePosixPath("a/b"), re.compile("a+"), re.compile("a+", re.I), collections.deque([1]),
    float("nan"), float("inf"), -0.0, "\\ud800", [[1], [2]], [[1, 2]], {"a": {"b": [1, {2, 3}]}},
    np.arange(3), np.arange(3.0), np.arange(4).reshape(2, 2), np.arange(4).reshape(4, 1), np.float32(1),
    np.array(["a", "b"], dtype=object), np.array([{"x", "y"}], dtype=object),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pd.DataFrame({"a": [1, 2], "c": ["x", "y"]}),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[5, 6]), pd.Series([1.0, None]), pd.Series([1, 2], name="s"),
    pd.Index([1, 2]), pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1.0, 2.0]}), pl.Series("a", [3]),
    pa.table({"a": [1, 2]}), pa.table({"a": [1, None]}),
]
"""
PRINT = "from treadle.engine.fingerprint import digest_value\nprint([digest_value(one) for one in VALUES])"


def test_digests_are_the_same_in_every_process_and_differ_for_different_values():
    printed = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SOURCE + PRINT], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        printed.add(done.stdout)
    assert len(printed) == 1
    digests = eval(printed.pop())
    assert len(set(digests)) == len(digests) > 45


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: object = None


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


Pair = collections.namedtuple("Pair", "a b")  # noqa: PYI024 - what people write


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Colour.RED, Colour.BLUE), (Point(1), Point(2)), (Point(1, [1]), Point(1, [2])), (Plain(a=1), Plain(a=2)),
        (Pair(1, 2), Pair(2, 1)), (Pair(1, 2), (1, 2)), ([1, [2]], [[1], 2]), ("ab", ["a", "b"]), (1, True), (0, None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 2, tzinfo=dt.UTC)), (pathlib.PurePath("a"), "a"),
        (re.compile("a"), re.compile("a", re.DOTALL)),
    ],
)  # fmt: skip
def test_different_values_differ(one, other):
    assert digest_value(one) != digest_value(other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Point(1, {"a": {1, 2}}), lambda: Plain(a=[1], b=Plain()), lambda: Pair("x", np.arange(3)),
        lambda: pd.DataFrame({"a": pd.Categorical(["x", "y"]), "t": pd.date_range("2020", periods=2, tz="UTC")}),
        lambda: pl.DataFrame({"a": [[1, 2], [3]], "b": [{"x": 1}, {"x": 2}]}),
        lambda: pa.chunked_array([[1], [2]]).combine_chunks(), lambda: np.random.default_rng(3).normal(size=(50, 3)),
    ],
)  # fmt: skip
def test_equal_values_are_equal(make):
    assert digest_value(make()) == digest_value(make())


def test_an_array_is_told_by_its_content_and_not_by_how_it_lies():
    array = np.arange(12).reshape(3, 4)
    assert digest_value(array.T) == digest_value(np.ascontiguousarray(array.T)) != digest_value(array)
    assert digest_value(pa.table({"a": pa.chunked_array([[1], [2]])})) == digest_value(pa.table({"a": [1, 2]}))


def test_a_value_that_holds_itself():
    value: list[object] = [1]
    value.append(value)
    other: list[object] = [2]
    other.append(other)
    assert digest_value(value) == digest_value(value) != digest_value(other)


def test_a_fitted_model():
    from sklearn.linear_model import LinearRegression

    models = [LinearRegression().fit([[0.0], [1.0]], [0.0, slope]) for slope in (1.0, 1.0, 2.0)]
    one, same, other = map(digest_value, models)
    assert one == same != other


@pytest.mark.parametrize(
    "make", [lambda: iter([1]), lambda: (one for one in [1]), threading.Lock], ids=["iterator", "generator", "lock"]
)
def test_what_has_no_content_to_compare(make):
    with pytest.raises(IndigestibleError):
        digest_value(make())


def test_a_file_has_no_content_to_compare(tmp_path):
    with (tmp_path / "file").open("w") as file, pytest.raises(IndigestibleError):
        digest_value(file)


def test_what_is_nested_too_deeply():
    value: list[object] = []
    for _ in range(500):
        value = [value]
    with pytest.raises(IndigestibleError, match="nested"):
        digest_value(value)
