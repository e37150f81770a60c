"""The points of metrics, as MLflow's clients ask for them.

Whole, in pages, some steps, some of all.
"""

import math
import random

import pytest

from treadle.store.tokens import write_token


def log(client, run, points):
    """Log points of (step, time, value), a thousand at a time."""
    for begin in range(0, len(points), 1000):
        metrics = [
            {"key": "m", "step": step, "timestamp": time, "value": value}
            for step, time, value in points[begin : begin + 1000]
        ]
        assert client("POST", "runs/log-batch", {"run_id": run, "metrics": metrics}) == {}


def read(answer):
    return [
        (one.get("step", 0), one["timestamp"], one["value"]) for one in answer.get("metrics", [])
    ]


def in_pages(client, run, size, between=lambda: None):
    pages = []
    token: dict[str, str] = {}
    while True:
        answer = client(
            "GET", "metrics/get-history", run_id=run, metric_key="m", max_results=size, **token
        )
        pages.append(read(answer))
        if "next_page_token" not in answer:
            return pages
        token = {"page_token": answer["next_page_token"]}
        between()


def by_time(points):
    return sorted(points, key=lambda point: (point[1], point[0], point[2]))


ORDERS = {
    "as they are logged": lambda points: points,
    "of one time": lambda points: [(step, 7, value) for step, _, value in points],
    "backwards": lambda points: points[::-1],
    "shuffled": lambda points: random.Random(3).sample(points, len(points)),
    "steps backwards, of one time": lambda points: [(-step, 7, value) for step, _, value in points],
}


@pytest.mark.parametrize("order", ORDERS)
def test_pages_have_every_point_once_by_time_and_step(client, order):
    run = client.run()
    points = ORDERS[order]([(step, 1000 + 10 * step, step * 0.5) for step in range(9500)])
    log(client, run, points)
    pages = in_pages(client, run, 1300)
    assert [len(page) for page in pages] == [1300] * 7 + [400]
    whole = [point for page in pages for point in page]
    assert whole == by_time(points)
    assert read(client("GET", "metrics/get-history", run_id=run, metric_key="m")) == whole


def test_points_that_come_between_two_pages_are_on_the_last_ones(client):
    run = client.run()
    log(client, run, [(step, 1000 + step, 0.5) for step in range(5000)])
    more = iter(
        [[(5000 + step, 6000 + step, 1.5) for step in range(700)], [(1, 9000, 2.5), (1, 9000, 2.5)]]
    )
    pages = in_pages(client, run, 2000, lambda: log(client, run, next(more, [])))
    found = [point for page in pages for point in page]
    assert len(found) == len(set(found)) == 5701
    assert found == by_time(found)


def test_a_token_that_nobody_gave_is_refused(client):
    run = client.run()
    log(client, run, [(step, step, 0.5) for step in range(5)])
    ask = {"run_id": run, "metric_key": "m"}
    written = [write_token(place) for place in ([-1, 5], [1, -5], {"a": 1}, "x")]
    for token in ("x", "WzBd", *written):
        answer = client("GET", "metrics/get-history", **ask, page_token=token)
        assert answer["error_code"] == "INVALID_PARAMETER_VALUE", token
    token = write_token([99, 100_000])
    beyond = client("GET", "metrics/get-history", **ask, page_token=token)
    assert beyond.get("metrics", []) == []
    assert "next_page_token" not in beyond


def interval(client, runs, **query):
    query |= {"metric_key": "m", "run_ids": runs}
    return client("GET", "metrics/get-history-bulk-interval", **query)


def test_points_of_each_run_are_chosen_evenly(client):
    short, long = client.run(), client.run()
    log(client, long, [(step, step, step * 1.0) for step in range(9005)])
    log(client, short, [(step, step, -1.0) for step in range(4000, 4012)])
    found = interval(client, [short, long], max_results=10)["metrics"]
    steps = {
        run: [one.get("step", 0) for one in found if one["run_id"] == run] for run in (short, long)
    }
    assert steps[long] == [0, 901, 1802, 2703, 3604, 4505, 5405, 6305, 7205, 9004]
    assert steps[short] == [4000, 4002, 4004, 4005, 4006, 4007, 4008, 4009, 4010, 4011]
    assert [one["step"] for one in interval(client, [short], max_results=1)["metrics"]] == [4011]
    assert len(interval(client, [short], max_results=12)["metrics"]) == 12
    assert interval(client, [short], max_results=0)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_of_many_points_at_one_step_as_few_are_chosen(client):
    run = client.run()
    points = [(0, 1000 + place, place * 1.0) for place in range(3000)]
    log(client, run, random.Random(2).sample(points, len(points)))
    found = read(interval(client, [run], max_results=5))
    assert [value for _, _, value in found] == [0.0, 600.0, 1200.0, 1800.0, 2999.0]


def test_nan_is_a_point_like_others(client):
    run = client.run()
    log(
        client,
        run,
        [(0, 5, "NaN"), (0, 5, 0.0), (0, 5, -1.0), (0, 5, "NaN"), (0, 5, 2.0), (0, 5, "Infinity")],
    )
    for answer in (
        interval(client, [run]),
        client("GET", "metrics/get-history", run_id=run, metric_key="m"),
    ):
        values = [value for _, _, value in read(answer)]
        assert values[:2] == [-1.0, 0.0]
        assert math.isnan(float(values[2]))
        assert values[3:] == [2.0, answer["metrics"][-1]["value"]]
        assert len(values) == 5


@pytest.mark.parametrize(
    "steps", [(0, 8999), (4090, 4110), (4096, 4096), (8999, 20_000), (9000, 9001), (-5, -1)]
)
def test_a_range_of_steps_has_all_its_points(client, steps):
    run = client.run()
    points = [(step, 5, math.sqrt(step)) for step in range(9000)]
    log(client, run, [*points, (4100, 6, -1.0)])
    wanted = [
        point for point in sorted([*points, (4100, 6, -1.0)]) if steps[0] <= point[0] <= steps[1]
    ]
    found = read(interval(client, [run], start_step=steps[0], end_step=steps[1], max_results=2500))
    if len(wanted) <= 2500:
        assert found == wanted
    else:
        assert len(found) == 2500
        assert set(found) <= set(wanted)
        assert (found[0], found[-1]) == (wanted[0], wanted[-1])
