"""Points that come with a request: taken once, and only where their run is."""

from array import array

import pytest

from treadle.records import ParamsLogged, Series
from treadle.store import Search, parse_sort

pytestmark = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
RUN = "a" * 32


@pytest.fixture
def store(opened):
    experiment = opened.experiments.create("e", created=1.0, artifact_location="", tags={})
    opened.runs.create(RUN, experiment, name="n", started=1.0, user="", command="", parent="")
    return opened


def columns(*values, first=0):
    count = len(values)
    return Series(
        array("q", range(first, first + count)), array("d", [5.0] * count), array("d", values)
    )


def log(store, series, digest, time, run=RUN):
    with store.transaction():
        opened = store.runs.open_log(run, series, digest=digest, time=time)
    opened.pack()
    return opened


def values(store, key="m"):
    return [point.value for point in store.points(RUN, key)]


def test_points_of_a_request_are_taken_once(store):
    assert not log(store, {"m": columns(1.0, 2.0), "n": columns(3.0)}, "d1", 10.0).is_repeated
    assert log(store, {"m": columns(1.0, 2.0), "n": columns(3.0)}, "d1", 10.5).is_repeated
    assert not log(store, {"m": columns(4.0, first=2)}, "d2", 10.5).is_repeated
    assert (values(store), values(store, "n")) == ([1.0, 2.0, 4.0], [3.0])
    (summary,) = [one for one in store.get_run(RUN).metrics if one.key == "m"]
    assert (summary.count, summary.last, summary.min, summary.max, summary.last_step) == (
        3,
        4.0,
        1.0,
        4.0,
        2,
    )


def test_a_request_that_comes_twice_in_one_transaction(store):
    with store.transaction():
        for time in (10.0, 10.25):
            with store.transaction():
                log = store.runs.open_log(RUN, {"m": columns(1.0)}, digest="d", time=time)
                assert log.is_repeated == (time > 10)
    assert values(store) == [1.0]


def test_what_is_refused_after_all_leaves_nothing(store):
    with pytest.raises(LookupError), store.transaction():
        store.runs.open_log(RUN, {"m": columns(1.0)}, digest="d", time=10.0)
        raise LookupError
    assert values(store) == []
    assert not log(store, {"m": columns(1.0)}, "d", 11.0).is_repeated
    assert values(store) == [1.0]


def test_a_run_in_the_bin_takes_no_points(store):
    store.runs.bin(RUN, 9.0)
    with store.transaction():
        opened = store.runs.open_log(RUN, {"m": columns(1.0)}, digest="d", time=10.0)
    assert (opened.state.is_deleted, opened.is_repeated) == (True, False)
    store.runs.bin(RUN, None)
    assert values(store) == []
    assert not log(
        store, {"m": columns(1.0)}, "d", 11.0
    ).is_repeated  # of what was refused, nothing is known
    assert values(store) == [1.0]


def test_points_of_the_first_second_of_1970(store):
    points = Series(array("q", [0]), array("d", [0.0]), array("d", [1.0]))
    assert [log(store, {"m": points}, "d", time).is_repeated for time in (10.0, 11.0)] == [
        False,
        True,
    ]
    assert values(store) == [1.0]


def test_there_is_no_such_run(store):
    assert log(store, {"m": columns(1.0)}, "d", 10.0, run="b" * 32).state is None
    assert values(store) == []


@pytest.mark.parametrize("count", [1, 40])
def test_numbers_that_are_none(store, count):
    """What is NULL in a column has no type by itself; of many series some are."""
    series = {
        f"m{number}": columns(float("nan") if number % 2 == 0 else 1.0) for number in range(count)
    }
    log(store, series, "d", 10.0)
    assert {one.key: (one.count, one.nan_count, one.min) for one in store.get_run(RUN).metrics} == {
        f"m{number}": (1, 1, None) if number % 2 == 0 else (1, 0, 1.0) for number in range(count)
    }


def test_long_series_are_packed_on_the_way(store):
    for number in range(40):
        log(
            store,
            {"m": columns(*(float(number * 300 + one) for one in range(300)), first=number * 300)},
            f"d{number}",
            10.0 + number,
        )
    assert values(store) == [float(one) for one in range(12_000)]
    sizes = store._database.execute("SELECT count FROM chunk ORDER BY position")
    assert [size for (size,) in sizes[:2]] == [4096, 4096]
    assert sum(size for (size,) in sizes) == 12_000
    assert store._database.execute("SELECT DISTINCT position FROM level ORDER BY position") == [
        (0,),
        (1,),
    ]


@pytest.mark.parametrize("late", [1, 3])
def test_tails_that_were_not_packed_are_packed_later(store, late):
    """Whoever stored the points may have died before, and others may have added some."""
    store.runs.create("b" * 32, "0", name="other", started=1.0, user="", command="", parent="")
    for number in range(100):
        with store.transaction():
            opened = store.runs.open_log(
                RUN, {"m": columns(float(number), first=number)}, digest=f"d{number}", time=10.0
            )
    for _ in range(late):
        opened.pack()  # the second finds nothing to do
    log(store, {"m": columns(100.0, first=100)}, "last", 11.0)
    assert values(store) == [float(number) for number in range(101)]
    assert store._database.execute("SELECT count(*) < 64 FROM chunk") == [(True,)]
    ((rows, points),) = store._database.execute("SELECT tail_rows, tail_points FROM series")
    assert (points, store._database.execute("SELECT count(*) FROM chunk")) == (101, [(rows,)])


def test_the_rest_of_a_request_goes_in_with_it_and_its_experiment_is_known(store):
    with store.transaction():
        opened = store.runs.open_log(RUN, {"m": columns(1.0)}, digest="d", time=10.0)
        opened.write([ParamsLogged(RUN, {"p": 1})])
    best = Search(sort=parse_sort("-metrics.m"), experiments=(opened.state.experiment_id,))
    assert [(run.id, run.params, run.metrics) for run in store.find_runs(best)] == [
        (RUN, {"p": 1}, {"m": 1.0})
    ]
