"""Saved views are kept for the team: named, one the default, seen by who sees the experiment."""

import contextlib

import pytest
from tests.servers import serving
from tests.teams import User, add_experiment, team

from treadle.store import locate_store
from treadle.store.connect import connect_team_store

STATE = '{"columns": ["metrics.loss"], "where": "params.lr > 0.1"}'


@pytest.fixture
def user(place):
    with serving(place) as address:
        yield User(address)


def save(user, name, page="runs", **fields):
    return user.post("view/save", {"name": name, "page": page, "state": STATE, **fields})


def names(user, **query):
    return [one["name"] for one in user.get("views", **query).ok]


def test_a_view_is_saved_changed_and_deleted(user):
    made = save(user, "mine").ok
    assert {**made, "id": "", "created": 0, "updated": 0} == {
        "id": "",
        "page": "runs",
        "name": "mine",
        "experiment": "",
        "state": STATE,
        "is_default": False,
        "owner": "",
        "created": 0,
        "updated": 0,
    }
    assert user.get("views").ok == [made]
    changed = save(user, "ours", id=made["id"], state="{}", experiment="0").ok
    assert changed["updated"] >= made["created"] == changed["created"]
    assert (changed["id"], changed["name"]) == (made["id"], "ours")
    assert (changed["state"], changed["experiment"]) == ("{}", "0")
    assert user.get("views").ok == [changed]
    assert user.post("view/delete", {"id": made["id"]}).ok == changed
    assert user.get("views").ok == []
    for body in ({"id": made["id"]}, {"id": ""}):
        assert user.post("view/delete", body).status == 404
    reply = save(user, "x", id=made["id"])
    assert reply.status == 404
    assert reply.json["message"] == f'There is no view "{made["id"]}".'


def test_views_are_of_a_page_and_of_an_experiment_or_all(user, place):
    other = add_experiment(place, "other")
    save(user, "all")
    save(user, "own", experiment="0")
    save(user, "others", experiment=other)
    save(user, "charts", "run")
    assert names(user) == ["charts", "all", "own", "others"]
    assert names(user, page="runs") == ["all", "own", "others"]
    assert names(user, page="runs", experiment="0") == ["all", "own"]
    assert names(user, page="runs", experiment="") == ["all"]
    assert names(user, page="compare") == []
    assert user.get("views", page="nothing").status == 400


def test_one_view_of_a_page_and_experiment_is_the_default(user):
    def defaults():
        return {one["name"] for one in user.get("views").ok if one["is_default"]}

    first = save(user, "a", is_default=True).ok
    save(user, "b", "run", is_default=True)
    save(user, "c", experiment="0", is_default=True)
    assert defaults() == {"a", "b", "c"}
    save(user, "d", is_default=True)
    assert defaults() == {"b", "c", "d"}
    save(user, "a", id=first["id"], is_default=True)
    assert defaults() == {"a", "b", "c"}
    save(user, "a", id=first["id"])
    assert defaults() == {"b", "c"}


def test_a_name_is_used_once(user):
    first, second = save(user, "a").ok, save(user, "b").ok
    for body in ({}, {"id": second["id"]}):
        reply = save(user, "a", **body)
        assert reply.status == 409
        assert reply.json["error"] == "ConflictError"
    assert save(user, "a", id=first["id"]).status == 200
    assert save(user, "a", experiment="0").status == 200
    assert save(user, "a", "run").status == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "[]"},
        {"state": "{"},
        {"state": '{"a": "' + "é" * (32 << 10) + '"}'},
        {"name": ""},
        {"name": "  "},
        {"name": "a\nb"},
        {"name": "a\0b"},
        {"name": "a" * 201},
        {"page": "home"},
        {"state": {}},
    ],
)
def test_views_that_are_invalid(tmp_path, fields):
    with serving(tmp_path / "store.db") as address:
        user = User(address)
        assert save(user, **{"name": "a", **fields}).status == 400
        assert user.get("views").ok == []
        assert save(user, "a", experiment="77").status == 404


def test_who_sees_and_changes_views(place):
    mine = add_experiment(place, "mine")
    roles = {"ada": "admin", "eve": "editor", "vic": "viewer"}
    with team(place, **roles, own={mine: "editor"}, see={mine: "viewer"}) as users:
        everything = {"all": "", "default": "0", "mine": mine}
        made = {
            name: save(users["ada"], name, experiment=one).ok for name, one in everything.items()
        }
        seen = {name: set(names(user)) for name, user in users.items()}
        everyone = {one: {*everything} for one in roles}
        assert seen == {**everyone, "own": {"mine"}, "see": {"mine"}}
        assert made["all"]["owner"] == "ada"
        for name, one in made.items():
            changed = {"experiment": one["experiment"], "id": one["id"]}
            allowed = {"eve"} | ({"own"} if name == "mine" else set())
            for who in ("eve", "vic", "own", "see"):
                status = save(users[who], name, **changed).status
                hidden = name != "mine" and who == "own"
                assert status == (200 if who in allowed else 404 if hidden else 403), (who, name)
        assert save(users["own"], "new").status == 403
        assert save(users["own"], "new", experiment="0").status == 404
        assert save(users["own"], "mine", id=made["mine"]["id"], experiment="0").status == 404
        assert users["own"].post("view/delete", {"id": made["all"]["id"]}).status == 404
        assert users["vic"].post("view/delete", {"id": made["all"]["id"]}).status == 403
        assert users["own"].post("view/delete", {"id": made["mine"]["id"]}).status == 200
        assert {one["owner"] for one in users["ada"].get("views").ok} == {"ada"}


def test_the_views_of_a_removed_experiment_are_removed(place):
    with serving(place) as address:
        user = User(address)
        other = add_experiment(place, "other")
        save(user, "others", experiment=other)
        save(user, "all")
        assert user.post("experiment/change", {"experiment": other, "deleted": True}).status == 200
        with contextlib.closing(connect_team_store(locate_store(place))) as store:
            store.collect(2e12)
        assert names(user) == ["all"]
