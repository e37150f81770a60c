"""A database that goes away around a commit.

Who asked knows what was surely not kept, and nothing is made twice.
"""

import contextlib
import http.client
import json
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import apsw
import psycopg
import pytest
from tests.faults.test_disk import FAULTS, VFS
from tests.server.test_groups import RUN, ask_together, tag
from tests.servers import serving

from treadle.errors import StoreUnreachableError, UnknownOutcomeError
from treadle.server.passwords import hash_password
from treadle.store import locate_store
from treadle.store.connect import connect_team_store
from treadle.store.search.tree import Search

WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted"
HOOK = "https://h.example/"
EVENT = {"entity": "REGISTERED_MODEL", "action": "CREATED"}


class Between:
    """A proxy before PostgreSQL's socket.

    It loses the answer to a commit, or the whole database.
    """

    def __init__(self, uri):
        parts = urlsplit(uri)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.target = next(Path(query["host"]).glob(".s.PGSQL.*[0-9]"))
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self.uri = parts._replace(query=urlencode({**query, "host": str(self.folder)})).geturl()
        self.is_away = self.loses_commit = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / self.target.name))
        self.listener.listen()
        self.pairs = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.is_away:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.target))
                self.pairs.append((client, server))
                for way in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self.pump, args=way, daemon=True).start()

    def pump(self, source, target, is_answer):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_answer and self.loses_commit and b"COMMIT\0" in data:
                    break  # the server has committed, and nobody hears of it
                target.sendall(data)
        self.cut(source, target)

    def cut(self, *sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def go_away(self):
        self.is_away = True
        for pair in self.pairs:
            self.cut(*pair)

    def close(self):
        self.go_away()
        self.listener.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def between(postgres):
    proxy = Between(postgres)
    yield proxy
    proxy.close()


def ask(address, method, path, body=None):
    return receive(send(address, method, path, body))


def send(address, method, path, body=None):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    headers = {"content-type": "application/json"}
    connection.request(method, f"/api/2.0/mlflow/{path}", body and json.dumps(body), headers)
    return connection


def receive(connection):
    response = connection.getresponse()
    content = json.loads(response.read())
    connection.close()
    return (
        response.status,
        content.get("error_code", ""),
        response.headers.get("retry-after"),
        content,
    )


def insist(*asked):
    """Ask until there is an answer: each of the server's readers finds out that it was cut off."""
    while (answer := ask(*asked))[0] in (429, 503):
        pass
    return answer[3]


def runs_of(store):
    opened = connect_team_store(locate_store(store))
    found = opened.find_runs(Search(limit=10))
    opened.close()
    return len(found)


def test_what_was_surely_not_taken_may_be_asked_again(between, postgres):
    with serving(between.uri) as address:
        assert ask(address, "POST", "runs/create", {})[0] == 200
        between.go_away()
        for _ in range(3):
            found = ask(address, "POST", "runs/create", {})[:3]
            assert found == (429, "REQUEST_LIMIT_EXCEEDED", "1")
        # A question may be asked again after any error.
        status, code, wait, _ = ask(address, "GET", "experiments/get?experiment_id=0")
        assert (status, code, wait) == (503, "TEMPORARILY_UNAVAILABLE", None)
        between.is_away = False
        assert ask(address, "POST", "runs/create", {})[0] == 200
    assert runs_of(postgres) == 2


def test_a_commit_whose_answer_is_lost_is_not_made_again(between, postgres):
    with serving(between.uri) as address:
        assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 200
        between.loses_commit = True
        status, code, wait, content = ask(address, "POST", "runs/create", {})
        assert (status, code, wait) == (503, "TEMPORARILY_UNAVAILABLE", None)
        assert "may have succeeded" in content["message"]
        between.loses_commit = False
        assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 200
    assert runs_of(postgres) == 1


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("runs/create", {"start_time": 5, "run_name": "r"}, "run.info.run_id"),
        ("experiments/create", {"name": "e"}, "experiment_id"),
        ("registered-models/create", {"name": "n"}, "registered_model.name"),
        ("model-versions/create", {"name": "m", "source": "s3://b/w"}, "model_version.version"),
        ("logged-models", {"experiment_id": "0", "name": "l"}, "model.info.model_id"),
        ("webhooks", {"name": "w", "url": HOOK, "events": [EVENT]}, "webhook.webhook_id"),
    ],
)
def test_what_is_asked_for_again_is_created_once(between, path, body, found):
    """As MLflow's clients before 3.18 ask; equal requests that repeat none create one each."""

    def made(content):
        for key in found.split("."):
            content = content[key]
        return content

    with serving(between.uri, webhooks=("h.example",)) as address:
        assert ask(address, "POST", "registered-models/create", {"name": "m"})[0] == 200
        between.loses_commit = True
        assert ask(address, "POST", path, body)[0] == 503
        assert ask(address, "POST", path, body)[0] == 503  # and its repetition is lost, too
        between.go_away()
        assert ask(address, "POST", path, body)[0] == 429
        between.loses_commit = between.is_away = False
        status, _, _, content = ask(address, "POST", path, body)
        assert status == 200, content
        status, code, _, other = ask(address, "POST", path, body)
        if path in ("experiments/create", "registered-models/create"):
            assert (status, code) == (400, "RESOURCE_ALREADY_EXISTS")
        else:
            assert (status, made(other) != made(content)) == (200, True)
        if path == "model-versions/create":
            assert [made(content), made(other)] == ["1", "2"]
        if path == "webhooks":
            listed = insist(address, "GET", "webhooks")["webhooks"]
            assert {made(content), made(other)} == {one["webhook_id"] for one in listed}
        if path == "runs/create":
            listed = insist(address, "POST", "runs/search", {"experiment_ids": ["0"]})["runs"]
            assert {made(content), made(other)} == {one["info"]["run_id"] for one in listed}


@contextlib.contextmanager
def losing(address, between, postgres, path, body):
    """Send two equal requests at once, whose common commit is lost."""
    with psycopg.connect(postgres) as other:
        other.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        before = send(address, "POST", "runs/create", {})
        while not other.execute(WAITS).fetchall():
            pass
        clients = [send(address, "POST", path, body) for _ in range(2)]
        for _ in range(2):  # they have come before this, and wait for the one before
            assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 200
        between.loses_commit = True
        other.commit()
        assert receive(before)[0] == 503
    yield [receive(one)[0] for one in clients]
    between.loses_commit = False


def test_equal_versions_that_are_lost_at_once_are_told_apart(between, postgres):
    """As of threads that register the same model: each gets the version that it made itself."""
    path, body = "model-versions/create", {"name": "m", "source": "s3://b/w"}
    with serving(between.uri) as address:
        assert ask(address, "POST", "registered-models/create", {"name": "m"})[0] == 200
        with losing(address, between, postgres, path, body) as lost:
            assert lost == [503, 503]
        made = [insist(address, "POST", path, body)["model_version"]["version"] for _ in range(3)]
    # A repetition may have met a connection that was cut off, and come behind the other one.
    assert (sorted(made[:2]), made[2]) == (["1", "2"], "3")


@pytest.mark.parametrize("path", ["experiments/create", "registered-models/create"])
def test_only_who_made_what_has_a_name_of_its_own_gets_it_again(between, postgres, path):
    with serving(between.uri) as address:
        with losing(address, between, postgres, path, {"name": "n"}) as lost:
            assert lost == [503, 503]
        codes = [insist(address, "POST", path, {"name": "n"}).get("error_code") for _ in range(3)]
    # Of the two, the first made it.
    assert sorted(map(str, codes)) == ["None", *["RESOURCE_ALREADY_EXISTS"] * 2]


def test_a_client_that_does_not_wait_for_its_answer_asks_again(postgres):
    """MLflow's clients wait for two minutes, and those before 3.18 send it again then."""
    body = {"start_time": 5, "run_name": "r"}
    with serving(postgres) as address, psycopg.connect(postgres) as other:
        assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 200
        other.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        client = http.client.HTTPConnection(address.removeprefix("http://"))
        headers = {"content-type": "application/json"}
        client.request("POST", "/api/2.0/mlflow/runs/create", json.dumps(body), headers)
        while not other.execute(WAITS).fetchall():
            pass
        client.close()
        # Its end has come before this.
        assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 200
        other.commit()
        status, _, _, content = ask(address, "POST", "runs/create", body)
        assert status == 200
        assert ask(address, "POST", "runs/create", body)[0] == 200  # another one
        asked = ask(address, "POST", "runs/search", {"experiment_ids": ["0"]})[3]["runs"]
    assert len(asked) == 2
    assert content["run"]["info"]["run_id"] in {one["info"]["run_id"] for one in asked}


def test_a_group_whose_commit_is_lost_is_not_tried_one_by_one(between, postgres):
    made: list[int] = []

    def make(store):
        made.append(len(made))
        store.runs.create(
            f"{len(made):032x}", "0", name="n", started=1.0, user="", command="", parent=""
        )

    def lose(store):
        make(store)
        between.loses_commit = True

    answers = ask_together(between.uri, [make, make, lose])
    assert [type(one) for one in answers] == [UnknownOutcomeError] * 3
    assert (len(made), runs_of(postgres)) == (3, 3)


def test_a_group_that_is_lost_before_its_commit_is_not_taken(between, postgres):
    def leave(store):
        between.go_away()
        store.runs.state(RUN)

    answers = ask_together(between.uri, [tag("x"), leave, tag("y")])
    assert [type(one) for one in answers] == [StoreUnreachableError] * 3


@pytest.mark.parametrize(("error", "outcome"), [(apsw.IOError, 503), (apsw.FullError, 429)])
def test_a_file_that_fails_in_the_commit(tmp_path, monkeypatch, error, outcome):
    """A failed sync leaves it open whether the log counts after a crash.

    A full disk has no whole log.
    """
    assert VFS is not None
    connect = apsw.Connection
    monkeypatch.setattr(
        apsw, "Connection", lambda path, **options: connect(path, vfs="faulty", **options)
    )
    with serving(tmp_path / "store.db") as address:
        assert ask(address, "POST", "runs/create", {})[0] == 200
        operation = "sync" if error is apsw.IOError else "write"
        FAULTS.operation, FAULTS.error, FAULTS.persistent = operation, error, True
        FAULTS.at, FAULTS.seen = 1, 0
        try:
            assert ask(address, "POST", "runs/create", {})[0] == outcome
        finally:
            FAULTS.at = 0
        assert ask(address, "POST", "runs/create", {})[0] == 200
    assert runs_of(tmp_path / "store.db") == 2


def test_who_asks_is_not_known_while_the_database_is_away(between, postgres):
    store = connect_team_store(locate_store(postgres))
    password = hash_password("a long secret")
    store.accounts.add("ada", role="admin", password=password, created=1.0)
    store.close()
    with serving(between.uri) as address:
        between.go_away()
        assert ask(address, "POST", "runs/create", {})[:3] == (429, "REQUEST_LIMIT_EXCEEDED", "1")
        assert ask(address, "GET", "experiments/get?experiment_id=0")[0] == 503
