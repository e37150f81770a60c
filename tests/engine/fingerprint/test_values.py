"""Digests of values: equal for equal ones, in every process; different for different ones."""

import collections
import contextvars
import datetime as dt
import decimal
import enum
import functools
import itertools
import os
import pathlib
import re
import subprocess
import sys
import threading
import types
import zoneinfo
from dataclasses import dataclass

import msgspec
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
    None, True, 1, 1.0, "1", b"1", 1j, (1,), [1], {1}, frozenset([1]), {"a": 1}, {"b": 1}, range(3),
    ...,
    {"x", "y", "z"}, {("a", 1), ("b", 2)}, decimal.Decimal("1.0"), dt.date(2020, 1, 1),
    dt.datetime(2020, 1, 1),
    dt.timedelta(1), pathlib.PurePosixPath("a/b"), re.compile("a+"), re.compile("a+", re.I),
    collections.deque([1]),
    float("nan"), float("inf"), -0.0, "\\ud800", [[1], [2]], [[1, 2]], {"a": {"b": [1, {2, 3}]}},
    np.arange(3), np.arange(3.0), np.arange(4).reshape(2, 2), np.arange(4).reshape(4, 1),
    np.float32(1),
    np.array(["a", "b"], dtype=object), np.array([{"x", "y"}], dtype=object),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pd.DataFrame({"a": [1, 2], "c": ["x", "y"]}),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[5, 6]), pd.Series([1.0, None]),
    pd.Series([1, 2], name="s"),
    pd.Index([1, 2]), pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1.0, 2.0]}), pl.Series("a",
        [3]),
    pa.table({"a": [1, 2]}), pa.table({"a": [1, None]}),
]
"""
PRINT = (
    "from treadle.engine.fingerprint import digest_value\n"
    "print([digest_value(one) for one in VALUES])"
)


def test_digests_are_the_same_in_every_process_and_differ_for_different_values():
    printed = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SOURCE + PRINT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
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


class Metres(float):
    pass


class Count(int):
    pass


class Name(str):  # noqa: SLOT000 - with attributes
    pass


class Raw(bytes):
    pass


class Stack(list[object]):
    pass


class Table(dict[str, object]):
    pass


class Bag(set[object]):
    pass


class Frozen(frozenset[object]):
    pass


class Both(tuple[object, ...]):  # noqa: SLOT001
    pass


class Holder(collections.UserDict[str, object]):
    pass


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b=None):
        self.a, self.b = a, b


class Record(msgspec.Struct):
    a: object
    b: object = None


class Fault(ValueError):  # noqa: N818
    pass


@dataclass(frozen=True, slots=True)
class Fixed:
    a: object


class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


class Measured(pd.DataFrame):
    _metadata = ["unit"]

    @property
    def _constructor(self):
        return Measured


def first(value):
    return value


def second(value):
    return value


def with_attributes(value, **attributes):
    for name, one in attributes.items():
        setattr(value, name, one)
    return value


def variable(value):
    made: contextvars.ContextVar[object] = contextvars.ContextVar("made")
    made.set(value)
    return made


def shared(depth):
    value: object = [1]
    for _ in range(depth):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Colour.RED, Colour.BLUE),
        (Point(1), Point(2)),
        (Point(1, [1]), Point(1, [2])),
        (Plain(a=1), Plain(a=2)),
        (Pair(1, 2), Pair(2, 1)),
        (Pair(1, 2), (1, 2)),
        ([1, [2]], [[1], 2]),
        ("ab", ["a", "b"]),
        (1, True),
        (0, None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 2, tzinfo=dt.UTC)),
        (pathlib.PurePath("a"), "a"),
        (re.compile("a"), re.compile("a", re.DOTALL)),
        (Metres(2.5), Metres(3.5)),
        (Metres(2.5), 2.5),
        (Count(1), Count(2)),
        (Name("a"), Name("b")),
        (Raw(b"a"), Raw(b"b")),
        (Stack([1]), Stack([2])),
        (Stack([1]), [1]),
        (Table(a=1), Table(a=2)),
        (Bag({1}), Bag({2})),
        (Frozen({1}), Frozen({2})),
        (Both((1,)), Both((2,))),
        (Holder(a=1), Holder(a=2)),
        (with_attributes(Metres(1), unit="m"), with_attributes(Metres(1), unit="km")),
        (with_attributes(Stack([1]), unit="m"), with_attributes(Stack([1]), unit="km")),
        (with_attributes(Bag({1}), unit="m"), with_attributes(Bag({1}), unit="km")),
        (with_attributes(Table(a=1), unit="m"), with_attributes(Table(a=1), unit="km")),
        (with_attributes(Point(1), b=5), with_attributes(Point(1), b=6)),
        (Point(1), with_attributes(Point(1), b=6)),
        (collections.defaultdict(int, a=1), collections.defaultdict(float, a=1.0)),
        (collections.defaultdict(int), collections.defaultdict(int, a=1)),
        (collections.deque([1], maxlen=2), collections.deque([1], maxlen=3)),
        (collections.Counter("ab"), collections.Counter("aab")),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.ChainMap({"a": 1}), collections.ChainMap({"a": 2})),
        (Slotted(1), Slotted(2)),
        (Slotted(1, 2), Slotted(1)),
        (Record(1), Record(2)),
        (Fixed(1), Fixed(2)),
        (Record({"a": first}), Record({"a": second})),
        (functools.partial(first, 1), functools.partial(first, 2)),
        (functools.partial(first), functools.partial(second)),
        ("a".upper, "b".upper),
        ("a".upper, "a".lower),
        (Fault("a"), Fault("b")),
        (with_attributes(Fault("a"), code=1), with_attributes(Fault("a"), code=2)),
        (Right.READ, Right.READ | Right.WRITE),
        (variable(1), variable(2)),
        (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2)),
        (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})),
        (slice(1), slice(2)),
        (
            dt.time(1, tzinfo=zoneinfo.ZoneInfo("UTC")),
            dt.time(1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        ),
        (zoneinfo.ZoneInfo("UTC"), zoneinfo.ZoneInfo("Europe/Berlin")),
        (list[int], list[str]),
        (int | str, int | float),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, tzinfo=dt.UTC, fold=1)),
        ([10**5000], [10**5001]),
        ({1: "a"}, {"1": "a"}),
        ({1: "a"}, {True: "a"}),
        ({1: "a"}, {1.0: "a"}),
        (bytearray(b"a"), b"a"),
        (0.0, -0.0),
        (first, second),
        (int, float),
        (np.add, np.subtract),
        (np.dtype("i4"), np.dtype("i8")),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[0, 0])),
        (np.array([1]).view(np.recarray), np.array([1])),
        (
            np.array([(1, 2)], dtype=[("a", int), ("b", int)]),
            np.array([(1, 2)], dtype=[("a", int), ("c", int)]),
        ),
        (np.random.default_rng(1), np.random.default_rng(2)),
        (pd.Series([1, "1"], dtype=object), pd.Series(["1", 1], dtype=object)),
        (pd.Series([Point(1)]), pd.Series([Point(2)])),
        (pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020")),
        (
            pd.Series(pd.Categorical(["a"], ["a", "b"])),
            pd.Series(pd.Categorical(["a"], ["a", "c"])),
        ),
        (pd.Series(pd.Categorical(["a"], ordered=True)), pd.Series(pd.Categorical(["a"]))),
        (
            pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])),
            pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 3)])),
        ),
        (
            with_attributes(Measured({"a": [1]}), unit="m"),
            with_attributes(Measured({"a": [1]}), unit="km"),
        ),
        (Measured({"a": [1]}), pd.DataFrame({"a": [1]})),
        (pl.col("a"), pl.col("b")),
        (pl.LazyFrame({"a": [1]}), pl.LazyFrame({"a": [2]})),
        (pa.array([1]), pa.array([2])),
        (pa.int8(), pa.int16()),
    ],
)
def test_different_values_differ(one, other):
    assert digest_value(one) == digest_value(one)
    assert digest_value(one) != digest_value(other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Point(1, {"a": {1, 2}}),
        lambda: Plain(a=[1], b=Plain()),
        lambda: Pair("x", np.arange(3)),
        lambda: pd.DataFrame(
            {"a": pd.Categorical(["x", "y"]), "t": pd.date_range("2020", periods=2, tz="UTC")}
        ),
        lambda: pl.DataFrame({"a": [[1, 2], [3]], "b": [{"x": 1}, {"x": 2}]}),
        lambda: Record({"a", "b"}, Slotted({"x", "y"})),
        lambda: Fault({"a", "b"}),
        lambda: shared(60),
        lambda: [10**5000],
        lambda: np.random.default_rng(1),
        lambda: np.random.RandomState(1),
        lambda: pd.DataFrame({"a": [{"x", "y"}]}),
        lambda: Bag({"a", "b"}),
        lambda: contextvars.ContextVar("a", default=1),
        lambda: pa.chunked_array([[1], [2]]).combine_chunks(),
        lambda: np.random.default_rng(3).normal(size=(50, 3)),
    ],
)
def test_equal_values_are_equal(make):
    assert digest_value(make()) == digest_value(make())


def test_an_array_is_told_by_its_content_and_not_by_how_it_lies():
    array = np.arange(12).reshape(3, 4)
    assert (
        digest_value(array.T) == digest_value(np.ascontiguousarray(array.T)) != digest_value(array)
    )
    assert digest_value(pa.table({"a": pa.chunked_array([[1], [2]])})) == digest_value(
        pa.table({"a": [1, 2]})
    )


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
    "make",
    [
        lambda: iter([1]),
        lambda: (one for one in [1]),
        threading.Lock,
        itertools.count,
        lambda: [threading.Lock()],
        lambda: Plain(lock=threading.Lock()),
        lambda: lambda: 1,
        lambda: [lambda: 1],
    ],
    ids=[
        "iterator",
        "generator",
        "lock",
        "count",
        "list of a lock",
        "object with a lock",
        "lambda",
        "lambdas",
    ],
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


def test_a_value_in_which_one_part_is_in_many_places_is_digested_once():
    seen: list[object] = []
    digest_value(shared(60), seen.append)
    assert len(seen) == 61


def test_a_cycle_that_is_entered_at_another_place_is_another_value():
    one, other = Plain(name="one"), Plain(name="other")
    one.__dict__["other"], other.__dict__["other"] = other, one
    assert digest_value([one, other]) == digest_value([one, other]) != digest_value([other, one])
