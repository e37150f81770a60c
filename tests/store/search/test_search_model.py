"""Searches, orders and pages against the same in plain Python, whichever way the database goes."""

import math
import random
from functools import cmp_to_key
from typing import Any

import msgspec
import pytest

from treadle.records import DatasetUsed, MetricLogged, ParamsLogged, RunEnded, RunStarted, TagsSet
from treadle.store import Search, identify, parse, parse_sort
from treadle.store.search.tree import And, Comparison, Field, Not, Or, Sort

PARAMS = (1, 2.5, -3, 2.5, "a", "b", "c", None)
METRICS = (0.5, 1.5, -2.0, math.nan, None)
TAGS = ("x", "y", "z", None)
LEAVES = [
    *(
        Comparison(Field("params", "p"), op, (value,))
        for op in ("=", "<", ">=", "!=")
        for value in (1, 2.5)
    ),
    *(
        Comparison(Field("params", "p"), op, (value,))
        for op in ("=", "!=", ">")
        for value in ("a", "b")
    ),
    Comparison(Field("params", "p"), "in", (1, -3)),
    Comparison(Field("params", "p"), "in", ("a", "c")),
    Comparison(Field("params", "p"), "null"),
    Comparison(Field("params", "q"), "like", ("%",)),
    *(
        Comparison(Field("metrics", "m"), op, (value,))
        for op in ("<", ">", "=", "!=")
        for value in (0.5, 1.0)
    ),
    Comparison(Field("metrics", "m"), "null"),
    Comparison(Field("metrics", "n", "max"), ">=", (1.5,)),
    *(Comparison(Field("metrics", "k", "min"), op, (0.5,)) for op in ("<", ">=", "=", "!=")),
    Comparison(Field("metrics", "k", "max"), "in", (0.5, 1.5)),
    Comparison(Field("metrics", "k", "max"), "<", (1.0,)),
    Comparison(Field("metrics", "k", "mean"), ">", (0.5,)),
    *(Comparison(Field("tags", "t"), "=", (value,)) for value in "xy"),
    Comparison(Field("tags", "t"), "ilike", ("Z",)),
    Comparison(Field("tags", "t"), "like", ("x%",)),
    Comparison(Field("params", "p"), "like", ("a%",)),
    Comparison(Field("datasets", "name"), "=", ("u",)),
    Comparison(Field("datasets", "name"), "null"),
    Comparison(Field("datasets", "digest"), "=", ("dv",)),
    Comparison(Field("attribute", "name"), "in", ("even", "odd")),
    Comparison(Field("attribute", "name"), "like", ("ev%",)),
    Comparison(Field("attribute", "name"), "!=", ("even",)),
    *(Comparison(Field("attribute", "status"), "=", (value,)) for value in ("running", "failed")),
    *(Comparison(Field("attribute", "user"), "=", (value,)) for value in ("ada", "eve")),
    *(Comparison(Field("attribute", "parent"), "=", (value,)) for value in ("", "one")),
    Comparison(Field("attribute", "parent"), "in", ("", "one")),
    Comparison(Field("attribute", "kind"), "=", ("pipeline",)),
    *(
        Comparison(Field("attribute", "experiment"), op, (value,))
        for op in ("=", "!=", "like")
        for value in "efg"
    ),
    Comparison(Field("attribute", "experiment"), "in", ("f", "g")),
    *(Comparison(Field("attribute", "started"), op, (7.0,)) for op in ("<", ">=", "=")),
    *(Comparison(Field("attribute", "ended"), op, (12.0,)) for op in ("<=", ">")),
    *(Comparison(Field("attribute", "duration"), op, (3.0,)) for op in ("<", "=")),
]
FIELDS = [
    Field("params", "p"),
    Field("params", "q"),
    Field("metrics", "m"),
    Field("metrics", "n", "max"),
    Field("tags", "t"),
    Field("metrics", "k", "min"),
    Field("metrics", "k", "max"),
    Field("metrics", "k", "mean"),
    Field("metrics", "k"),
    Field("datasets", "name"),
    Field("datasets", "digest"),
    Field("attribute", "started"),
    Field("attribute", "name"),
    Field("attribute", "duration"),
    Field("attribute", "status"),
    Field("attribute", "user"),
    Field("attribute", "experiment"),
    Field("attribute", "ended"),
    Field("attribute", "kind"),
]


class Row:
    """A run as the model sees it."""

    def __init__(self, chance, number):
        self.number = number
        self.params = {key: value for key in "pq" if (value := chance.choice(PARAMS)) is not None}
        self.metrics = {
            key: [value] for key in "mn" if (value := chance.choice(METRICS)) is not None
        }
        if curve := chance.choices(METRICS[:-1], k=chance.randrange(4)):
            self.metrics["k"] = curve
        self.datasets = chance.sample(("u", "v", "w"), chance.choice((0, 1, 2)))
        self.tags = {"t": value} if (value := chance.choice(TAGS)) is not None else {}
        self.experiment = chance.choice("eeef")
        self.began_in = chance.choice(
            (self.experiment, self.experiment, "e", "f")
        )  # before it was moved
        self.is_late = chance.random() < 0.2  # its points come before it is announced
        self.facts: dict[str, Any] = {
            "name": "even" if number % 2 == 0 else "odd",
            "status": "running",
            "started": float(number // 3),
            "experiment": self.experiment,
            "user": chance.choice(("ada", "ada", "bob")),
            "kind": chance.choice(("code", "code", "pipeline")),
            "parent": chance.choice(("", "", "one")),
        }
        if chance.random() < 0.5:
            duration = float(chance.choice((1, 3, 5)))
            self.facts |= {
                "status": "failed",
                "ended": self.facts["started"] + duration,
                "duration": duration,
            }

    @property
    def run(self):
        return f"{self.number:032x}"

    def store(self, store):
        run = self.run
        entries: list[Any] = [
            RunStarted(
                run,
                self.began_in,
                self.facts["name"],
                self.facts["started"],
                self.facts["kind"],
                "",
                identify(),
                self.facts["user"],
                self.facts["parent"],
            ),
            *([RunEnded(run, "failed", self.facts["ended"])] if "ended" in self.facts else []),
            ParamsLogged(run, self.params),
            TagsSet(run, self.tags),
            *(
                DatasetUsed(run, "n", name, "read", "csv", "here", "", f"d{name}", 1, 1.0)
                for name in self.datasets
            ),
        ]
        points: list[Any] = [
            MetricLogged(run, key, step, 1.0, value)
            for key, values in self.metrics.items()
            for step, value in enumerate(values)
        ]
        parts = [points, entries] if self.is_late and points else [entries + points]
        sent = 0
        for part in parts:
            store.apply(f"w{self.number}", sent + 1, part)
            sent += len(part)

    def value(self, field, *, as_text):
        if field.family == "datasets":
            return min(
                (f"d{name}" if field.key == "digest" else name for name in self.datasets),
                default=None,
            )
        if field.family == "attribute":
            return self.facts.get(field.key)
        if field.family == "metrics":
            return self.summary(field)
        found = getattr(self, field.family).get(field.key)
        if field.family == "params" and found is not None:
            return str(found) if as_text else found if isinstance(found, float | int) else None
        return found

    def summary(self, field):
        values = self.metrics.get(field.key, [])
        numbers = [value for value in values if not math.isnan(value)]
        if field.summary == "last":
            return None if not values or math.isnan(values[-1]) else values[-1]
        if field.summary == "mean":
            return sum(numbers) / len(numbers) if numbers else None
        return (min if field.summary == "min" else max)(numbers, default=None)

    def is_nan(self, field):
        is_last = (field.family, field.summary) == ("metrics", "last")
        return is_last and field.key in self.metrics and math.isnan(self.metrics[field.key][-1])

    def fulfils(self, tree):
        if isinstance(tree, And | Or):
            return (all if isinstance(tree, And) else any)(
                self.fulfils(part) for part in tree.parts
            )
        if isinstance(tree, Not):
            return not self.fulfils(tree.part)
        if tree.field.family == "datasets":
            own = {f"d{name}" if tree.field.key == "digest" else name for name in self.datasets}
            return not own if tree.operator == "null" else bool(set(tree.values) & own)
        if tree.operator == "null":
            return tree.field.key not in getattr(self, tree.field.family)
        value = self.value(tree.field, as_text=isinstance(tree.values[0], str))
        if value is None:
            return tree.operator == "!=" and self.is_nan(tree.field)
        wanted = tree.values[0]
        return {
            "=": lambda: value == wanted,
            "!=": lambda: value != wanted,
            "<": lambda: value < wanted,
            "<=": lambda: value <= wanted,
            ">": lambda: value > wanted,
            ">=": lambda: value >= wanted,
            "in": lambda: value in tree.values,
            "like": lambda: value.startswith(wanted.rstrip("%")),
            "ilike": lambda: value.lower() == wanted.lower(),
        }[tree.operator]()


def compare(sorts):
    """Return the order of two rows.

    Numbers, then texts, then what lacks the value, whichever the direction.
    """

    def rank(row, sort):
        value = row.value(sort.field, as_text=False)
        if value is None and sort.field.family == "params":
            value = row.value(sort.field, as_text=True)
        if value is None:
            return 2 if row.is_nan(sort.field) else 3, value
        return 1 if isinstance(value, str) else 0, value

    def order(one, other):
        for sort in sorts:
            (kind, value), (kind2, value2) = rank(one, sort), rank(other, sort)
            if kind != kind2:
                return kind - kind2
            if value != value2:
                return (-1 if value < value2 else 1) * (-1 if sort.descending else 1)
        # Equal ones come in the direction of the first field, or the newest first where they have
        # no value of it.
        is_down = not sorts or sorts[0].descending or rank(one, sorts[0])[1] is None
        return other.number - one.number if is_down else one.number - other.number

    return order


def pages(store, search):
    seen = []
    while True:
        page = store.runs.page(search)
        assert len(page.runs) <= search.limit
        seen += [int(one.run.id, 16) for one in page.runs]
        if not page.next:
            return seen
        search = msgspec.structs.replace(search, after=page.next)


@pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("few", "listed"),
    [(0, 0), (0, 1000), (4, 1), (3000, 0)],
    ids=["walked", "listed", "either", "gathered"],
)
def test_searches_find_what_a_list_comprehension_finds(opened, few, listed, monkeypatch):
    monkeypatch.setattr("treadle.store.sql.search.access_path._SAMPLE", 5)  # of 60 runs
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    rows = [Row(chance, number) for number in range(1, 61)]
    for row in rows:
        row.store(opened)
    for name in "ef":
        moved = [row.run for row in rows if row.experiment == name != row.began_in]
        opened.runs.move(moved, opened.experiments.find(name).id)
    numbers = {
        key: int(run, 16) for key, run in opened._database.execute("SELECT key, id FROM run")
    }
    opened._database.few, opened._database.listed_per_look = few, listed

    def tree(depth):
        kind = chance.choice(("leaf", "leaf", "and", "and", "or", "not")) if depth else "leaf"
        if kind == "leaf":
            return chance.choice(LEAVES)
        if kind == "not":
            return Not(tree(depth - 1))
        return (And if kind == "and" else Or)(
            tuple(tree(depth - 1) for _ in range(chance.choice((2, 3))))
        )

    for number in range(60):
        sorts = tuple(
            Sort(field, chance.random() < 0.5)
            for field in chance.sample(FIELDS, chance.choice((0, 1, 1, 2)))
        )
        where = tree(2) if chance.random() < 0.9 else None
        names = chance.choice((None, None, "e", "f", "ef"))
        if not number:  # the best runs of an experiment, which a walk of its own leads to
            sorts, where, names = (Sort(Field("metrics", "m"), descending=True),), None, "e"
        if number == 1:
            sorts, where, names = (
                (Sort(Field("metrics", "k", "min"), descending=False),),
                None,
                None,
            )
        experiments = (
            None if names is None else tuple(opened.experiments.find(name).id for name in names)
        )
        search = Search(
            where=where, sort=sorts, limit=chance.choice((1, 7, 100)), experiments=experiments
        )
        found = [
            row
            for row in rows
            if (where is None or row.fulfils(where)) and (names is None or row.experiment in names)
        ]
        expected = [row.number for row in sorted(found, key=cmp_to_key(compare(sorts)))]
        assert pages(opened, search) == expected, search
        order = opened.tables.order(search)
        assert ([numbers[key] for key in order.keys], order.total) == (expected, len(expected))
    ways = [one.text for _, path in opened._database.found_out.values() for one in path.conditions]
    assert any(" IN (SELECT run_key FROM " in text for text in ways) or listed < 2
    assert few or any("guide.min" in text or "guide.max" in text for text in ways), (
        "no walk was along extremes"
    )
    assert few or any("guide.experiment_key" in text for text in ways), (
        "no walk was along the series of an experiment"
    )


@pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(("sort", "is_listed"), [("started", False), ("metrics.m", True)])
def test_a_condition_is_listed_only_where_many_values_would_be_looked_up(
    opened, sort, is_listed, monkeypatch
):
    """One run in ten failed.

    Along the runs that is known at once, along a metric only of the run itself.
    """
    monkeypatch.setattr("treadle.store.sql.search.access_path._SAMPLE", 20)
    for number in range(1, 101):
        run = f"{number:032x}"
        entries: list[Any] = [
            RunStarted(run, "e", "n", float(number), "code", "", identify()),
            MetricLogged(run, "m", 0, 1.0, float(number)),
            MetricLogged(run, "half", 0, 1.0, float(number % 2)),
        ]
        if number % 10 == 1:
            entries.append(RunEnded(run, "failed", number + 1.0))
        opened.apply(f"w{number}", 1, entries)
    opened._database.few, opened._database.listed_per_look = 0, 1
    found = opened.runs.page(
        Search(
            where=parse("status = 'failed' and metrics.half = 1"), sort=parse_sort(sort), limit=5
        )
    )
    assert [int(one.run.id, 16) for one in found.runs] == [1, 11, 21, 31, 41]
    ways = [one.text for _, path in opened._database.found_out.values() for one in path.conditions]
    assert any(" IN (SELECT run_key FROM (SELECT run.key " in text for text in ways) == is_listed
    assert not any(" IN (SELECT run_key FROM series" in text for text in ways)
