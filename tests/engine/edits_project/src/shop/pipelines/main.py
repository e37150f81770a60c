"""The pipeline."""

from functools import partial

import packaging.version

from shop import helpers
from shop.constants import NAMES, TABLE
from shop.helpers import scale
from shop.shapes import Level, Settings, Square, Tool
from shop.text import shout
from shop.tools import doubled, remembered, show
from treadle import node, param, pipeline

SETTINGS = Settings(factor=3)
START = 5


def helped(raw):
    """Scale all."""
    return [scale(value) for value in raw]


def shaped(raw):
    squares = [Square.make(value) for value in raw]
    return [square.area + square.perimeter() for square in squares]


def power(values, exponent):
    return [value**exponent for value in values]


def make_adder(amount):
    def add(raw):
        return [value + amount for value in raw]

    return add


@doubled
def decorated(raw):
    return raw


def rated(raw, rate: int = param("rate"), depth: int = param("model.depth")):
    return [value * rate + depth for value in raw]


def chosen(raw, method: str = param("method")):
    return [getattr(helpers, method)(value) for value in raw]


def defaulted(raw, start=START):
    return [value + start for value in raw]


def partial_sums(raw):
    return [sum(raw[: place + 1]) for place in range(len(raw))]


def summed(partial_sums):
    return {"sum": sum(partial_sums)}


def late(raw):
    from shop.later import later

    return [later(value) for value in raw]


def attributed(raw):
    return [helpers.double(value) for value in raw]


def configured(raw):
    return {"value": TABLE["x"]["y"][0], "factor": SETTINGS.factor, "names": sorted(NAMES)}


def described(names):
    return [shout(name) for name in names]


def first(raw):
    return [abs(value) for value in raw]


def second(first):
    return [value + 1 for value in first]


def third(second, raw):
    return [value + 1 for value in second]


def dispatched(raw):
    return [show(value) for value in raw]


def deep(raw):
    def inner(value):
        return [helper_of_inner(item) for item in [value]]

    return [inner(value) for value in raw]


def helper_of_inner(value):
    return value * 7


def cached(raw):
    return [remembered(value) for value in raw]


def enumerated(raw):
    return [Level.HIGH.value * value for value in raw]


def depended(raw):
    return [str(packaging.version.Version(str(abs(value)))) for value in raw]


def annotated(raw: list, factor: int = 4) -> list:
    return [value * factor for value in raw]


def nested(raw):
    scale = 3  # not the helper of this name
    return [value * scale for value in raw]


def create_pipeline():
    return pipeline(
        [
            node(helped),
            node(shaped),
            node(partial(power, exponent=2), "raw", "powered", name="powered"),
            node(lambda raw: [value - 4 for value in raw], "raw", "shortened", name="shortened"),
            node(make_adder(3), "raw", "added", name="added"),
            node(decorated, "raw", "decorated"),
            node(rated),
            node(chosen),
            node(defaulted),
            node(partial_sums),
            node(summed),
            node(late),
            node(attributed),
            node(configured),
            node(described),
            node(first),
            node(second),
            node(third),
            node(dispatched),
            node(Tool(6), "raw", "bound", name="bound"),
            node(deep),
            node(cached),
            node(enumerated),
            node(depended),
            node(annotated),
            node(nested),
        ]
    )
