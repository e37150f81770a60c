"""The curves of a chart come in one response, as each of them would alone."""

import random

import pytest
from tests.servers import serving
from tests.teams import User, add_experiment, create_run, team

import treadle

NUMBERS = [random.Random(3).gauss(0, 1) for _ in range(9000)]


@pytest.fixture
def user(place):
    with serving(place) as address:
        yield User(address)


def log(address, name, key="loss", values=NUMBERS, **options):
    with treadle.start_run(name, store=address, **options) as run:
        run.log_series(key, values)
    return run.id


def test_outlines_are_in_the_order_asked_and_as_the_points_of_one_series(user):
    first, second = log(user.address, "one"), log(user.address, "two", values=NUMBERS[:4500])
    asked = [(second, "loss"), (first, "loss"), (first, "none"), ("x", "loss"), (second, "loss")]
    for buckets in (1, 7, 40, 20_000):
        body = {"series": [{"run": run, "key": key} for run, key in asked], "buckets": buckets}
        found = user.post("series/outlines", body).ok
        assert [(one["run"], one["key"]) for one in found] == asked
        for one, (run, key) in zip(found, asked, strict=True):
            if run == "x":
                assert (one["steps"], one["times"], one["values"]) == ([], [], [])
                continue
            alone = user.get("run/points", run=run, key=key, buckets=buckets).ok
            assert {name: one[name] for name in alone} == alone
        assert min(found[1]["values"]) == min(NUMBERS)
        assert max(found[1]["values"]) == max(NUMBERS)


def test_outlines_of_some_steps(user):
    run = log(user.address, "one", values=[1.0, float("nan"), float("inf"), 4.0, 5.0])
    body = {"series": [{"run": run, "key": "loss"}]}
    for limits, steps, values in (
        ({}, [0, 1, 2, 3, 4], [1.0, "NaN", "Infinity", 4.0, 5.0]),
        ({"first": 1, "last": 2}, [1, 2], ["NaN", "Infinity"]),
        ({"first": 3}, [3, 4], [4.0, 5.0]),
        ({"last": 0}, [0], [1.0]),
        ({"first": 9, "last": 2}, [], []),
    ):
        (found,) = user.post("series/outlines", {**body, **limits}).ok
        assert (found["steps"], found["values"]) == (steps, values)


def test_more_series_than_are_read_at_once(user):
    with treadle.start_run(store=user.address) as run:
        for number in range(120):
            run.log_series(f"m{number}", [float(number), 1.0])
    body = {"series": [{"run": run.id, "key": f"m{number}"} for number in range(120)]}
    found = user.post("series/outlines", body).ok
    assert [one["values"] for one in found] == [[float(number), 1.0] for number in range(120)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"series": [{"run": "a", "key": "b"}] * 501}, "length <= 500"),
        ({"series": [], "buckets": 0}, ">= 1"),
        ({"series": [], "buckets": 20_001}, "<= 20000"),
        ({"series": [{"run": "a"}]}, "missing required field `key`"),
        ({}, "missing required field `series`"),
        ({"series": [], "first": 2**63}, "<= 9223372036854775807"),
    ],
)
def test_requests_that_are_invalid(tmp_path, body, problem):
    with serving(tmp_path / "store.db") as address:
        reply = User(address).post("series/outlines", body)
        assert reply.status == 400
        assert problem in reply.json["message"]


def test_runs_that_the_caller_may_not_see_count_as_missing(place):
    mine = add_experiment(place, "mine")
    with team(place, ada="admin", own={mine: "viewer"}) as users:
        own = User(users["ada"].address)
        assert own.get("me").status == 401
        runs = [create_run(users["ada"], experiment, loss=[1.0, 2.0]) for experiment in ("0", mine)]
        body = {"series": [{"run": run, "key": "loss"} for run in runs]}
        seen = {
            name: [one["values"] for one in users[name].post("series/outlines", body).ok]
            for name in ("ada", "own")
        }
        assert seen == {"ada": [[1.0, 2.0], [1.0, 2.0]], "own": [[], [1.0, 2.0]]}
