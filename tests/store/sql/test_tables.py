"""Tables of runs: pages by column, whole orders, the names that runs have, and groups."""

import json
import math
import random
import statistics
from array import array
from collections import defaultdict

import msgspec
import pytest

from treadle.errors import SearchError
from treadle.records import (
    MetricLogged,
    ParamsLogged,
    RunChange,
    RunStarted,
    SeriesLogged,
    TagsSet,
)
from treadle.store import (
    GroupQuery,
    KeyQuery,
    Search,
    identify,
    locate_store,
    parse,
    parse_columns,
    parse_sort,
)
from treadle.store.connect import connect_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    place = (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else str(tmp_path / "store.db")
    )
    store = connect_store(locate_store(place))
    yield store
    store.close()


def add(store, number, *, experiment="e", params=None, metrics=None, tags=None, parent=""):
    run = f"{number:032x}"
    entries = [
        RunStarted(
            run, experiment, f"n{number}", float(number), "code", "", identify(), "ada", parent
        ),
        ParamsLogged(run, params or {}),
        TagsSet(run, tags or {}),
    ]
    for key, values in (metrics or {}).items():
        entries += [
            MetricLogged(run, key, step, float(step), value) for step, value in enumerate(values)
        ]
    store.write(entries)
    return run


def table(store, columns=None, **search):
    fields = None if columns is None else parse_columns(columns, has_steps=True)
    return store.tables.page(Search(columns=fields, **search))


def names(found):
    return [row.name for row in found.rows]


def test_values_come_by_column(store):
    add(store, 1, params={"lr": 0.1, "model": "ridge"}, metrics={"loss": [3.0, 1.0, 2.0]})
    add(store, 2, params={"lr": 1, "model": None}, metrics={"loss": [math.nan]}, tags={"s": "dev"})
    found = table(
        store,
        "metrics.loss, min(metrics.loss), max(metrics.loss), mean(metrics.loss), "
        "count(metrics.loss), params.lr, params.model, tags.s, duration, user, params.none",
    )
    assert names(found) == ["n2", "n1"]
    assert [(one.field, one.kind) for one in found.columns] == [
        ("metrics.loss", "number"),
        ("min(metrics.loss)", "number"),
        ("max(metrics.loss)", "number"),
        ("mean(metrics.loss)", "number"),
        ("count(metrics.loss)", "number"),
        ("params.lr", "number"),
        ("params.model", "text"),
        ("tags.s", "text"),
        ("duration", "number"),
        ("user", "text"),
        ("params.none", "text"),
    ]
    assert math.isnan(found.cells[0][0])
    assert [cells[1] for cells in found.cells] == [
        *(2.0, 1.0, 3.0, 2.0, 3, 0.1, "ridge", None, None, "ada", None)
    ]
    assert [cells[0] for cells in found.cells[1:]] == [
        *(None, None, None, 1, 1, None, "dev", None, "ada", None)
    ]


def test_texts_that_are_numbers_are_numbers_in_a_column_of_numbers(store):
    add(store, 1, params={"lr": "0.5", "depth": "3"})
    add(store, 2, params={"lr": 2, "depth": "deep"})
    found = table(store, "params.lr, params.depth")
    assert [one.kind for one in found.columns] == ["number", "text"]
    assert found.cells == [[2, 0.5], ["deep", "3"]]


def test_a_value_at_a_step_is_the_newest_there(store):
    run = add(store, 1, metrics={"loss": [5.0, 6.0, 7.0]})
    add(store, 2, metrics={"loss": [1.0]})
    store.write([MetricLogged(run, "loss", 1, 9.0, 60.0), MetricLogged(run, "loss", 1, 8.0, 61.0)])
    found = table(store, "at(metrics.loss, 1), at(metrics.loss, 2), at(metrics.loss, -1)")
    assert [one.field for one in found.columns] == [
        *("at(metrics.loss, 1)", "at(metrics.loss, 2)", "at(metrics.loss, -1)")
    ]
    assert (found.columns[0].summary, found.columns[0].step) == ("at", 1)
    assert found.cells == [[None, 60.0], [None, 7.0], [None, None]]


def test_a_value_at_a_step_is_found_in_full_chunks(store):
    run = add(store, 1)
    count = 10_000
    steps, values = array("q", range(count)), array("d", [one / 2 for one in range(count)])
    store.write([SeriesLogged(run, "long", 1.0, steps.tobytes(), values.tobytes())])
    found = table(store, "at(metrics.long, 5000), at(metrics.long, 9998), at(metrics.long, 10000)")
    assert found.cells == [[2500.0], [4999.0], [None]]


def test_columns_are_chosen_from_the_first_runs(store):
    add(store, 1, params={"z": 1, "a": 2}, metrics={"b": [1.0], "a": [1.0], "system/cpu": [1.0]})
    add(store, 2, metrics={f"m{number:02}": [1.0] for number in range(20)})
    assert [one.field for one in table(store).columns] == [
        *("metrics.a", "metrics.b", *(f"metrics.m{number:02}" for number in range(10))),
        *("params.a", "params.z"),
    ]


def test_runs_are_found_by_short_keys_in_their_order(store):
    for number in range(4):
        add(store, number, experiment="ef"[number % 2])
    keys = store.tables.order(Search()).keys
    wanted = [keys[2], 10**12, keys[0], keys[1], keys[2]]
    assert names(store.tables.rows(wanted, (), None)) == ["n1", "n3", "n2"]
    visible = (store.experiments.find("f").id,)
    assert names(store.tables.rows(wanted, (), visible)) == ["n1", "n3"]
    assert store.tables.rows([], None, None).rows == []


def test_orders_agree_with_pages_where_texts_differ_and_numbers_do_not(store):
    values = ("1", 1, "1.0", "01", 2, "a", "b", "a", None, "x" * 120 + "b", "x" * 120 + "a")
    for number, value in enumerate(values * 2):
        params = {} if value is None else {"p": value}
        add(
            store, number, params=params, metrics={"m": [float(number % 3)]}, tags={"t": str(value)}
        )
    for text in (
        *("params.p", "-params.p", "params.p, -metrics.m", "metrics.m, params.p"),
        *("-metrics.m, -params.p", "tags.t, params.p", "-params.p, -tags.t, name"),
    ):
        sort = parse_sort(text)
        rows = store.tables.page(Search(sort=sort, limit=100, columns=())).rows
        order = store.tables.order(Search(sort=sort))
        assert (order.total, order.keys) == (len(rows), [row.key for row in rows]), text


@pytest.mark.parametrize("few", [0, 1000], ids=["listed", "gathered"])
def test_an_order_that_is_cut_still_counts_all_runs(store, few, monkeypatch):
    monkeypatch.setattr("treadle.store.sql.tables.whole_order._MOST", 3)
    monkeypatch.setattr(store._database, "few", few)
    for number in range(5):
        add(store, number, params={"p": number})
    rows = table(store, "name").rows
    order = store.tables.order(Search(where=parse("params.p >= 0")))
    assert (order.total, order.keys) == (5, [row.key for row in rows[:3]])


def test_rows_count_their_children(store):
    run = add(store, 1)
    add(store, 2, parent=run)
    gone = add(store, 3, parent=run)
    add(store, 4, parent=run, experiment="other")
    store.change_run(gone, RunChange(deleted=True), 5.0)
    found = table(store, "name", where=parse("name = 'n1'"))
    assert [row.children for row in found.rows] == [2]
    own = (store.experiments.find("e").id,)
    assert [row.children for row in table(store, "name", experiments=own).rows] == [0, 1]


def test_datasets_are_not_columns(store):
    with pytest.raises(SearchError, match="a run has several datasets"):
        table(store, "datasets.name")


def keys_of(store, family="metrics", **query):
    return store.tables.keys(KeyQuery(family=family, **query))


def test_names_are_searched_by_words_and_the_best_come_first(store):
    add(store, 1, metrics={name: [1.0] for name in ("loss", "val/Loss", "loss_a", "val/acc", "x")})
    found = keys_of(store, text="LOSS")
    assert [one.name for one in found.keys] == ["loss", "loss_a", "val/Loss"]
    assert (found.total, found.next) == (3, "")
    assert [one.name for one in keys_of(store, text="loss val").keys] == ["val/Loss"]
    assert [one.name for one in keys_of(store).keys] == [
        "loss",
        "loss_a",
        "val/Loss",
        "val/acc",
        "x",
    ]


def test_names_have_kinds_counts_and_ranges(store):
    add(
        store,
        1,
        params={"lr": 0.5, "m": "a"},
        metrics={"l": [1.0], "n": [math.nan]},
        tags={"t": "1"},
    )
    add(store, 2, params={"lr": "2", "m": 3}, metrics={"l": [9.0, -1.0]})
    facts = [(one.name, one.kind, one.count, one.min, one.max) for one in keys_of(store).keys]
    assert facts == [("l", "number", 2, -1.0, 1.0), ("n", "number", 1, None, None)]
    facts = [
        (one.name, one.kind, one.count, one.min, one.max) for one in keys_of(store, "params").keys
    ]
    assert facts == [("lr", "number", 2, 0.5, 2.0), ("m", "text", 2, 3.0, 3.0)]
    (tag,) = keys_of(store, "tags").keys
    assert (tag.family, tag.kind, tag.count, tag.min) == ("tags", "text", 1, None)
    assert [one.count for one in keys_of(store, counts=False).keys] == [0, 0]


def test_names_come_in_pages(store):
    add(store, 1, metrics={f"m{number}": [1.0] for number in range(7)})
    seen, after = [], ""
    while True:
        page = keys_of(store, limit=3, after=after)
        assert page.total == 7
        seen += [one.name for one in page.keys]
        after = page.next
        if not after:
            break
    assert seen == [f"m{number}" for number in range(7)]


def test_names_of_other_experiments_do_not_exist(store):
    add(store, 1, experiment="e", metrics={"a": [1.0], "b": [1.0]}, params={"p": "text"})
    add(store, 2, experiment="f", metrics={"b": [5.0], "c": [1.0]}, params={"p": 1})
    own = (store.experiments.find("f").id,)
    found = keys_of(store, experiments=own).keys
    assert [(one.name, one.count, one.min) for one in found] == [("b", 1, 5.0), ("c", 1, 1.0)]
    (param,) = keys_of(store, "params", experiments=own).keys
    assert (param.kind, param.count) == ("number", 1)
    assert keys_of(store, experiments=()).keys == []


def groups_of(store, by, columns="", sort="count", **query):
    return store.tables.groups(
        GroupQuery(
            by=parse_columns(by),
            columns=parse_columns(columns, has_steps=True) if columns else (),
            sort=sort,
            **query,
        )
    )


def test_groups_have_exact_statistics_of_all_their_runs(store):
    values = {"a": [1.0, 2.0, 4.0, 9.0], "b": [5.0], None: [7.0, 8.0]}
    number = 0
    for model, losses in values.items():
        for loss in losses:
            number += 1
            params = {"model": model} if model else {}
            add(store, number, params=params, metrics={"loss": [loss * 2, loss]})
    add(store, 99, params={"model": "a"}, metrics={"loss": [math.nan]})
    found = groups_of(store, "params.model", "metrics.loss, max(metrics.loss), params.model")
    assert [(one.values, one.count) for one in found.groups] == [
        *((["a"], 5), ([None], 2), (["b"], 1))
    ]
    cell = found.groups[0].cells[0]
    assert (cell.count, cell.mean, cell.median, cell.min, cell.max) == (4, 4.0, 3.0, 1.0, 9.0)
    assert cell.deviation == pytest.approx(statistics.stdev(values["a"]))
    assert found.groups[0].cells[1].mean == 8.0
    assert found.groups[2].cells[0].deviation is None
    assert [one.cells[2] for one in found.groups] == [None] * 3
    assert found.total == 3


def test_groups_are_of_the_runs_that_match(store):
    add(store, 1, params={"a": 1, "b": "x"}, tags={"t": "u"})
    add(store, 2, params={"a": 1.0, "b": "x"}, tags={"t": "v"})
    add(store, 3, params={"a": True, "b": "y"}, tags={"t": "v"}, experiment="f")
    found = groups_of(store, "params.a", sort="by", descending=False)
    assert [(one.values, one.count) for one in found.groups] == [([1], 2), ([True], 1)]
    found = groups_of(store, "params.a, tags.t, user", sort="by", descending=False)
    assert [one.values for one in found.groups] == [
        *([1, "u", "ada"], [1, "v", "ada"], [True, "v", "ada"])
    ]
    found = groups_of(store, "params.b", where=parse("tags.t = 'v'"))
    assert [(one.values, one.count) for one in found.groups] == [(["x"], 1), (["y"], 1)]
    own = (store.experiments.find("f").id,)
    assert [one.values for one in groups_of(store, "params.b", experiments=own).groups] == [["y"]]


@pytest.mark.parametrize("rows_of_a_lookup", [0, 10], ids=["looked up", "listed"])
def test_groups_are_those_of_plain_python(store, rows_of_a_lookup, monkeypatch):
    monkeypatch.setattr("treadle.store.sql.tables.values._LOOKUP", rows_of_a_lookup)
    monkeypatch.setattr("treadle.store.sql.tables.labels._MOST", 3)  # texts, of seven
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    long = "x" * 120
    values = (1, 2.5, "a", "b", "c", f"{long}y", f"{long}z", True, "nan", None)
    rows = []
    for number in range(60):
        params = {key: one for key in "pq" if (one := chance.choice(values)) is not None}
        value = chance.choice((1.0, 2.0, 2.0, -7.5, math.nan, math.inf))
        tags = {"t": chance.choice(("u", "v", f"{long}u", f"{long}v"))}
        add(store, number, params=params, metrics={"loss": [value]}, tags=tags)
        rows.append((params, value, tags["t"]))
    for fields in ("params.p", "params.p, params.q", "tags.t", "tags.t, params.q"):
        expected = defaultdict(list)
        for params, loss, tag in rows:
            have = {"params.p": params.get("p"), "params.q": params.get("q"), "tags.t": tag}
            expected[json.dumps([have[one] for one in fields.split(", ")])].append(loss)
        found = groups_of(store, fields, "metrics.loss, params.q")
        assert sorted(json.dumps(one.values) for one in found.groups) == sorted(expected)
        for one in found.groups:
            losses = expected[json.dumps(one.values)]
            numbers = [loss for loss in losses if not math.isnan(loss)]
            assert one.count == len(losses)
            cell = one.cells[0]
            if not numbers:
                assert cell is None
                continue
            assert (cell.count, cell.min, cell.max) == (len(numbers), min(numbers), max(numbers))
            assert (cell.mean, cell.median) == (
                *(pytest.approx(statistics.fmean(numbers)), statistics.median(numbers)),
            )
            assert (cell.deviation is None) == (len(numbers) == 1)
            if len(numbers) > 1 and math.inf not in numbers:
                assert cell.deviation == pytest.approx(statistics.stdev(numbers))


def test_groups_come_in_pages_in_any_order(store):
    for number in range(20):
        add(store, number, params={"p": number % 7}, metrics={"m": [float(number % 5)]})
    for sort in ("count", "by", *parse_columns("metrics.m")):
        for descending in (True, False):
            given = {"sort": sort, "descending": descending}
            whole = groups_of(store, "params.p", "metrics.m", **given)
            seen, after = [], ""
            while True:
                page = groups_of(store, "params.p", "metrics.m", limit=2, after=after, **given)
                seen += page.groups
                after = page.next
                if not after:
                    break
            assert msgspec.json.encode(seen) == msgspec.json.encode(whole.groups)
    token = groups_of(store, "params.p", limit=2).next
    with pytest.raises(SearchError, match="does not belong to this search"):
        groups_of(store, "name", after=token)


def test_what_has_no_groups_is_an_error(store):
    with pytest.raises(SearchError, match="cannot be grouped by"):
        groups_of(store, "metrics.m")
    with pytest.raises(SearchError, match="no values at a step"):
        groups_of(store, "name", "at(metrics.m, 1)")
