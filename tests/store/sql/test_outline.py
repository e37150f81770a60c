import random
from array import array

import pytest

from treadle.records import RunStarted, SeriesLogged
from treadle.store import identify
from treadle.store.series_columns import LEVELS
from treadle.store.sql.series.write import CHUNK_POINTS

CHUNKS, TAIL = 9, 500
COUNT = CHUNKS * CHUNK_POINTS + TAIL

pytestmark = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)


def logged(store, steps):
    """Log a value for each step, in batches that end between chunks; give the values."""
    noise = random.Random(7)
    values = [noise.gauss(0, 1) for _ in steps]
    store.write([RunStarted("r", "e", "r", 1.0, "code", "", identify())])
    for begin in range(0, len(steps), 1000):
        part = slice(begin, begin + 1000)
        columns = array("q", steps[part]).tobytes(), array("d", values[part]).tobytes()
        store.write([SeriesLogged("r", "m", 1.0, *columns)])
    return values


def extremes(points):
    return min(value for _, value in points), max(value for _, value in points)


def seen(store, buckets, steps):
    found = store.runs.outline("r", "m", buckets, steps)
    return list(zip(found.steps, found.values, strict=True))


RANGES = [
    (0, COUNT),
    (10, 20),
    (CHUNK_POINTS - 1, CHUNK_POINTS),
    (CHUNK_POINTS, 2 * CHUNK_POINTS - 1),
    (5000, 30_000),
    (CHUNKS * CHUNK_POINTS - 3, COUNT),
    (COUNT - 4, 2**62),
]


def test_a_range_is_seen_as_if_nothing_else_were_there(opened):
    every = list(enumerate(logged(opened, range(COUNT))))
    for low, high in RANGES:
        own = every[low : high + 1]
        for buckets in (1, 5, 40, 20_000):
            found = seen(opened, buckets, (low, high))
            assert set(found) <= set(own), (low, high, buckets)
            assert found == sorted(found)
            assert (found[0], found[-1]) == (own[0], own[-1])
            assert extremes(found) == extremes(own)
            assert len(found) <= 4 * buckets
    assert seen(opened, 20_000, None) == seen(opened, 20_000, (0, COUNT)) == every
    assert extremes(seen(opened, 5, None)) == extremes(every)
    assert seen(opened, 5, (COUNT + 1, 2**62)) == seen(opened, 5, (-9, -1)) == []


def test_steps_in_any_order_are_cut_as_they_are(opened):
    steps = list(range(COUNT))
    random.Random(1).shuffle(steps)
    values = logged(opened, steps)
    own = [one for one in zip(steps, values, strict=True) if 700 <= one[0] <= 900]
    assert seen(opened, 1000, (700, 900)) == own
    assert extremes(seen(opened, 3, (700, 900))) == extremes(own)


@pytest.mark.parametrize("buckets", [10, 9000])
def test_an_outline_takes_one_question_and_reads_no_chunk_in_vain(opened, monkeypatch, buckets):
    logged(opened, range(COUNT))
    asked = []
    ask = opened._database.execute_all

    def note(questions):
        asked.append(ask(questions))
        return asked[-1]

    monkeypatch.setattr(opened._database, "execute_all", note)
    opened.runs.outline("r", "m", buckets, (5000, 5100))
    ((rows,),) = asked
    (first, *tail) = [(position, count) for _, position, count, *_ in rows]
    assert first == (1, CHUNK_POINTS)
    assert sum(count for _, count in tail) == TAIL
    assert {size for size, *_ in rows} <= {1, *LEVELS}


def test_parts_of_a_series_are_what_was_logged_there(opened):
    every = list(enumerate(logged(opened, range(COUNT))))
    for begin, end in [
        (0, 5),
        (0, COUNT),
        (4000, 5000),
        (CHUNK_POINTS, 2 * CHUNK_POINTS),
        (COUNT - 700, COUNT + 9),
    ]:
        part, total = opened.runs.part("r", "m", begin, end)
        assert list(zip(part.steps, part.values, strict=True)) == every[begin:end]
        assert total == COUNT
    for run, key, begin, end in [
        ("r", "m", COUNT, COUNT + 1),
        ("r", "n", 0, 9),
        ("q", "m", 0, 9),
        ("r", "m", 5, 5),
    ]:
        part, total = opened.runs.part(run, key, begin, end)
        assert not part.steps
        assert total in {0, COUNT}


def test_some_steps_are_read_exactly(opened):
    every = list(enumerate(logged(opened, range(COUNT))))
    for low, high in [*RANGES, (-9, -1), (COUNT, 2**63 - 1)]:
        found = opened.points("r", "m", (low, high))
        assert [(point.step, point.value) for point in found] == every[
            max(low, 0) : max(high + 1, 0)
        ]
