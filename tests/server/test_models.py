"""Registered and logged models are read in plain form, by who may see them."""

import contextlib

import pytest
from tests.servers import serving
from tests.teams import User, add_experiment, team

from treadle.store import locate_store
from treadle.store.connect import connect_team_store

MLFLOW = "/api/2.0/mlflow/"


@pytest.fixture
def user(place):
    with serving(place) as address:
        yield User(address)


def register(user, name, versions=0, **fields):
    body = {"name": name, **fields}
    assert user.post(f"{MLFLOW}registered-models/create", body).status == 200
    for _ in range(versions):
        body = {"name": name, "source": "s3://bucket/model"}
        assert user.post(f"{MLFLOW}model-versions/create", body).status == 200


def names(user, **query):
    page = user.get("models", **query).ok
    return [one["name"] for one in page["models"]], page["next"]


def test_models_come_in_pages_by_name_and_are_searched(user):
    for name in ("b%", "Ab", "c", "a", "ba"):
        register(user, name)
    register(user, "prompt", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])
    found, following = names(user, limit=3)
    assert found == ["Ab", "a", "b%"]
    assert names(user, limit=3, after=following) == (["ba", "c"], "")
    assert names(user, text="B") == (["Ab", "b%", "ba"], "")
    assert names(user, text="%") == (["b%"], "")
    assert names(user, text="prompt") == ([], "")
    assert user.get("models", limit=0).status == 400
    assert user.get("models", after="nonsense").status == 400


def test_a_model_has_its_versions_aliases_and_tags(user):
    register(user, "a b ü", versions=2, tags=[{"key": "team", "value": "x"}])
    alias = {"name": "a b ü", "alias": "champion", "version": "1"}
    assert user.post(f"{MLFLOW}registered-models/alias", alias).status == 200
    tag = {"name": "a b ü", "version": "2", "key": "k", "value": "v"}
    assert user.post(f"{MLFLOW}model-versions/set-tag", tag).status == 200
    found = user.get("model", name="a b ü").ok
    assert found["model"]["tags"] == {"team": "x"}
    assert found["model"]["aliases"] == {"champion": 1}
    versions = [(one["version"], one["aliases"], one["tags"]) for one in found["versions"]]
    assert versions == [(2, [], {"k": "v"}), (1, ["champion"], {})]
    reply = user.get("model", name="none")
    assert (reply.status, reply.json["message"]) == (404, 'There is no registered model "none".')


def test_a_logged_model_has_its_params_and_tags(user):
    body = {
        "experiment_id": "0",
        "name": "m",
        "params": [{"key": "depth", "value": "3"}],
        "tags": [{"key": "k", "value": "v"}],
    }
    made = user.post(f"{MLFLOW}logged-models", body).ok["model"]["info"]["model_id"]
    found = user.get("logged-model", id=made).ok
    assert (found["id"], found["params"], found["tags"]) == (made, {"depth": "3"}, {"k": "v"})
    reply = user.get("logged-model", id="m-1")
    assert (reply.status, reply.json["message"]) == (404, 'There is no logged model "m-1".')


def test_models_that_the_caller_may_not_see_do_not_exist(place):
    mine = add_experiment(place, "mine")
    with team(place, ada="admin", own={mine: "viewer"}, nan="none") as users:
        with contextlib.closing(connect_team_store(locate_store(place))) as store:
            store.accounts.grant("own", "model", "seen", "viewer")
        register(users["ada"], "seen")
        register(users["ada"], "hidden")
        logged = {
            one: users["ada"]
            .post(f"{MLFLOW}logged-models", {"experiment_id": one, "name": "m"})
            .ok["model"]["info"]["model_id"]
            for one in ("0", mine)
        }
        assert names(users["ada"]) == (["hidden", "seen"], "")
        assert names(users["own"]) == (["seen"], "")
        assert names(users["nan"]) == ([], "")
        assert users["own"].get("model", name="seen").status == 200
        assert users["own"].get("model", name="hidden").status == 404
        assert users["own"].get("logged-model", id=logged[mine]).status == 200
        assert users["own"].get("logged-model", id=logged["0"]).status == 404
