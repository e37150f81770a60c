"""Pages hear of what changes, each change once, also after they lost the connection."""

import contextlib
import http.client
import json

import pytest
from tests.servers import running, serving
from tests.teams import User, add_experiment, create_run, team

import treadle
from treadle.server.app import ServerSettings, create_app
from treadle.store import locate_store
from treadle.store.connect import connect_team_store


class Events:
    """A connection that gets events: (id, name, data), and what else the server sends."""

    def __init__(self, address, path, last="", token=""):
        sent = {"last-event-id": last} if last else {}
        if token:
            sent["authorization"] = f"Bearer {token}"
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        self._connection.request("GET", path, headers=sent)
        self.response = self._connection.getresponse()
        self.status = self.response.status

    def __iter__(self):
        return self

    def __next__(self):
        fields = {}
        while line := self.response.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif fields:
                return fields["id"], fields["event"], json.loads(fields["data"])
        raise StopIteration

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self._connection.close()


@pytest.fixture
def server(place):
    with serving(place) as address:
        yield address


def test_a_run_is_followed_to_its_end(server):
    run = treadle.start_run("live", store=server)
    run.flush()
    with Events(server, f"/api/v1/runs/{run.id}/events") as told:
        assert told.response.headers["content-type"].startswith("text/event-stream")
        assert next(told)[2]["run"]["status"] == "running"
        run.log_metric("loss", float("inf"))
        run.flush()
        assert next(told)[2]["metrics"][0]["last"] == "Infinity"
        run.end()
        assert next(told)[2]["run"]["status"] == "finished"
        assert list(told) == []


def test_a_run_is_followed_from_the_last_event(server):
    run = treadle.start_run("live", store=server)
    run.flush()
    path = f"/api/v1/runs/{run.id}/events"
    with Events(server, path) as told:
        first, name, _ = next(told)
    assert name == "run"
    with Events(server, path, last=first) as told:
        run.log_metric("loss", 1.0)
        run.flush()
        second, _, data = next(told)
        assert [one["key"] for one in data["metrics"]] == ["loss"]
    assert second != first
    run.end()
    with Events(server, path, last=second) as told:
        third, _, data = next(told)
        assert data["run"]["status"] == "finished"
        assert list(told) == []
    with Events(server, path, last=third) as told:
        assert told.status == 204  # nothing will ever come
    with Events(server, path, last=first) as told:
        assert [identifier for identifier, _, _ in told] == [third]


def test_the_events_of_a_run_end_when_it_is_removed(server, place):
    run = create_run(User(server))
    with Events(server, f"/api/v1/runs/{run}/events") as told:
        next(told)
        assert User(server).post("run/change", {"run": run, "deleted": True}).status == 200
        assert next(told)[2]["run"]["deleted"] is not None
        with contextlib.closing(connect_team_store(locate_store(place))) as store:
            assert store.collect(2e12).runs == 1
        assert list(told) == []
        assert told.response.isclosed()  # in order


def test_a_run_that_is_not_there_has_no_events(server):
    with Events(server, "/api/v1/runs/nothing/events") as told:
        assert told.status == 404


def test_the_table_of_runs_hears_of_every_change(server):
    with Events(server, "/api/v1/events") as told:
        assert told.response.headers["content-type"].startswith("text/event-stream")
        first, name, data = next(told)
        assert (name, data["newest"], data["running"]) == ("runs", 0, 0)
        assert data["mark"] == first
        marks = [first]

        def expect(running):
            identifier, _, data = next(told)
            while data["running"] != running or data["newest"] == 0:  # of a part of the change
                identifier, _, data = next(told)
            assert identifier not in marks
            assert identifier == data["mark"]
            marks.append(identifier)

        run = treadle.start_run("one", store=server)
        run.flush()
        expect(1)
        run.log_metric("loss", 1.0)
        run.flush()
        expect(1)
        run.end()
        expect(0)
        assert User(server).post("run/change", {"run": run.id, "tags": {"a": "b"}}).status == 200
        expect(0)
        body = {"run_id": run.id, "key": "late", "value": 1, "timestamp": 1}
        assert User(server).post("/api/2.0/mlflow/runs/log-metric", body).status == 200
        expect(0)


def test_the_table_of_runs_is_followed_from_the_last_event(server):
    with Events(server, "/api/v1/events") as told:
        last = next(told)[0]
    with Events(server, "/api/v1/events", last=last) as told:
        create_run(User(server))
        identifier, _, data = next(told)
        assert identifier != last
        assert (data["newest"], data["running"]) == (1, 1)
    with Events(server, "/api/v1/events", last=last) as told:
        assert next(told)[0] != last


def test_another_process_changes_the_store(server, place):
    with Events(server, "/api/v1/events") as told:
        next(told)
        with treadle.start_run("one", store=place) as run:
            run.log_metric("loss", 1.0)
        assert next(told)[2]["newest"] == 1


def test_events_tell_of_the_runs_that_the_caller_sees(place):
    mine = add_experiment(place, "mine")
    with team(place, ada="admin", own={mine: "viewer"}, nan="none") as users:

        def now(name):
            with Events(users[name].address, "/api/v1/events", token=users[name].token) as told:
                return next(told)[2]

        shown = create_run(users["ada"], mine)
        hidden = create_run(users["ada"])
        seen = {name: (now(name)["newest"], now(name)["running"]) for name in users}
        assert seen == {"ada": (2, 2), "own": (1, 1), "nan": (0, 0)}
        for run, status in ((shown, 200), (hidden, 404)):
            path = f"/api/v1/runs/{run}/events"
            with Events(users["own"].address, path, token=users["own"].token) as told:
                assert told.status == status
        with Events(users["own"].address, "/api/v1/events") as told:
            assert told.status == 401


def test_a_server_that_ends_does_not_wait_for_those_who_listen(tmp_path):
    with running(create_app(ServerSettings(store=str(tmp_path / "store.db")))) as address:
        told = Events(address, "/api/v1/events")
        next(told)
    with told, pytest.raises(http.client.IncompleteRead):  # it is closed, and not only quiet
        told.response.read()
