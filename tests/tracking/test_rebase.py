"""Steps that a node counted are counted on in a run whose series have ended elsewhere."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from treadle.tracking.logged import Count, one_point
from treadle.tracking.node_log import NodeLog
from treadle.tracking.rebase import rebase

KEYS = ("a", "b", "c")
CALLS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True),
        st.none() | st.integers(-3, 9),
    ),
    max_size=12,
)
LAST = st.dictionaries(st.sampled_from(KEYS), st.integers(-2, 6))


def count(calls, last):
    """Yield for each call its series, their last steps before, and the step that it gets."""
    last = dict(last)
    for keys, given_step in calls:
        before = {key: last.get(key) for key in keys}
        step = given_step if given_step is not None else max(last.get(key, -1) for key in keys) + 1
        last |= dict.fromkeys(keys, step)
        yield keys, before, step


@given(calls=CALLS, first=LAST, second=LAST)
def test_steps_are_those_of_the_same_calls_in_the_other_run(calls, first, second):
    log = NodeLog("run", Path("nowhere"))
    for (keys, before, step), (_, given_step) in zip(count(calls, first), calls, strict=True):
        kind = (
            Count.GIVEN
            if given_step is not None
            else Count.TOGETHER
            if len(keys) > 1
            else Count.ALONE
        )
        log.add_points([one_point(key, before[key], (step, 0.0, 0.0), kind) for key in keys])
    logged = log.close()
    assert logged is not None
    expected: dict[str, list[int]] = {}
    for keys, _, step in count(calls, second):
        for key in keys:
            expected.setdefault(key, []).append(step)
    found = rebase(logged, second)
    assert {
        one.key: list(steps) for one, steps in zip(logged.series, found, strict=True)
    } == expected
