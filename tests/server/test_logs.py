"""A long log is read page by page, from its end, by level and by text."""

import contextlib

import pytest
from tests.servers import serving
from tests.teams import User, add_experiment, team

from treadle.records import LinesLogged, RunStarted
from treadle.store import identify, locate_store
from treadle.store.connect import connect_team_store

LEVELS = ["DEBUG", "INFO", "OUT", "ERR", "WARNING", "ERROR", "CRITICAL", "NOTICE"]
LINES = [(LEVELS[number % 8], f"line {number} of 100%_\\") for number in range(400)]


def write(place, run, lines, experiment="default"):
    """Write a run, between whose lines another run writes its own."""
    with contextlib.closing(connect_team_store(locate_store(place))) as store:
        for one in (run, f"{run}-other"):
            store.write([RunStarted(one, experiment, one, 1.0, "code", "", identify())])
        for number, (level, text) in enumerate(lines):
            store.write([LinesLogged(run, float(number), level, "me", text)])
            store.write([LinesLogged(f"{run}-other", 1.0, "INFO", "me", "not of this run")])


@pytest.fixture
def user(place):
    write(place, "one", LINES)
    with serving(place) as address:
        yield User(address)


def texts(page):
    return [one["text"] for one in page["lines"]]


def test_a_log_is_followed_page_by_page(user):
    found, after = [], 0
    while True:
        page = user.get("run/log", run="one", after=after, limit=150).ok
        assert page["total"] == len(LINES)
        if not page["lines"]:
            break
        found += [(one["level"], one["text"]) for one in page["lines"]]
        assert page["next"] == page["lines"][-1]["key"] > after
        after = page["next"]
    assert found == LINES
    assert page["next"] == after
    (line,) = user.get("run/log", run="one", limit=1).ok["lines"]
    assert {**line, "key": 0} == {
        "key": 0,
        "time": 0.0,
        "level": "DEBUG",
        "logger": "me",
        "text": LINES[0][1],
    }


def test_a_log_is_read_from_its_end(user):
    last = user.get("run/log", run="one", before=2**63 - 1, limit=10).ok
    assert texts(last) == [text for _, text in LINES[-10:]]
    earlier = user.get("run/log", run="one", before=last["lines"][0]["key"], limit=10).ok
    assert texts(earlier) == [text for _, text in LINES[-20:-10]]
    between = {"after": earlier["lines"][3]["key"], "before": last["lines"][0]["key"]}
    assert texts(user.get("run/log", run="one", **between).ok) == texts(earlier)[4:]
    assert user.get("run/log", run="one", after=last["next"]).ok["lines"] == []


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("DEBUG", set(LEVELS)),
        ("INFO", set(LEVELS) - {"DEBUG"}),
        ("WARNING", {"WARNING", "ERROR", "CRITICAL"}),
        ("ERROR", {"ERROR", "CRITICAL"}),
        ("CRITICAL", {"CRITICAL"}),
    ],
)
def test_only_lines_of_some_severity(user, level, shown):
    page = user.get("run/log", run="one", level=level).ok
    assert {one["level"] for one in page["lines"]} == shown
    assert page["total"] == len(page["lines"]) == len(LINES) * len(shown) // len(LEVELS)


def test_lines_with_a_text(user):
    for text, expected in (
        ("LINE 39", [39, *range(390, 400)]),
        ("100%_\\", range(400)),
        ("%", range(400)),
        ("line_3", []),
        ("not of", []),
    ):
        page = user.get("run/log", run="one", text=text).ok
        assert texts(page) == [LINES[number][1] for number in expected]
        assert page["total"] == len(page["lines"])
    page = user.get("run/log", run="one", text="line 39", level="ERROR", before=2**62, limit=1).ok
    assert (texts(page), page["total"]) == ([LINES[398][1]], 3)


def test_a_run_comes_without_its_lines(user):
    whole = user.get("run", run="one").ok
    assert len(whole["logs"]) == len(LINES)
    assert user.get("run", run="one", logs=0).ok == {**whole, "logs": []}


def test_requests_that_are_invalid(user):
    for query in ({"limit": 0}, {"limit": 5001}, {"after": -1}, {"level": "LOUD"}, {"before": "x"}):
        assert user.get("run/log", run="one", **query).status == 400
    assert user.get("run/log", run="nothing").status == 404
    assert user.get("run/log").status == 400


def test_the_log_of_a_run_that_the_caller_may_not_see_does_not_exist(place):
    mine = add_experiment(place, "mine")
    write(place, "one", LINES[:2], "mine")
    write(place, "two", LINES[:2])
    with team(place, ada="admin", own={mine: "viewer"}) as users:
        assert users["own"].get("run/log", run="one").ok["total"] == 2
        assert users["own"].get("run/log", run="two").status == 404
        assert users["ada"].get("run/log", run="two").ok["total"] == 2
