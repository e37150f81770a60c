"""Who gets in: every route asks, foreign pages and names are refused, and roles hold."""

import base64
import contextlib
import http.client
import json
import re
import time
import urllib.parse

import pytest
from tests.servers import serving

from treadle.records import Role
from treadle.server.app import ServerSettings, create_app
from treadle.server.passwords import digest_token, fits, hash_password, make_token
from treadle.store import locate_store
from treadle.store.connect import connect_team_store
from treadle.store.sql.sqlite import SqliteStore

JSON = {"content-type": "application/json"}


class Client:
    """Plain HTTP, so that nothing is tidied up on the way."""

    def __init__(self, address, token=""):
        self.host = address.removeprefix("http://")
        self.token = token

    def __call__(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        if isinstance(body, dict | list):
            body, sent = json.dumps(body), {**JSON, **sent}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        self.headers = response.headers
        self.content = response.read()
        connection.close()
        return response.status

    @property
    def json(self):
        return json.loads(self.content)


@pytest.fixture
def place(request, tmp_path):
    return (
        request.getfixturevalue("postgres")
        if getattr(request, "param", "")
        else tmp_path / "store.db"
    )


@pytest.fixture
def open_server(place):
    with serving(place) as address:
        yield Client(address)


@pytest.fixture
def people(place):
    """A server with users; gives a client for each."""
    tokens = {}
    with contextlib.closing(connect_team_store(locate_store(place))) as store:
        mine = store.experiments.create("mine", created=1.0, artifact_location="", tags={}) or ""
        roles: dict[str, Role] = {
            "ada": "admin",
            "eve": "editor",
            "vic": "viewer",
            "nan": "none",
            "own": "none",
        }
        for name, role in roles.items():
            store.accounts.add(
                name, role=role, password=hash_password(f"{name} long password"), created=1.0
            )
            tokens[name] = make_token()
            store.accounts.add_token(
                name,
                name="",
                digest=digest_token(tokens[name]),
                created=1.0,
                expires=time.time() + 100,
            )
        store.accounts.grant("own", "experiment", mine, "editor")
        store.accounts.grant("vic", "experiment", mine, "none")
    with serving(place) as address:
        yield (
            {name: Client(address, token) for name, token in tokens.items()}
            | {"nobody": Client(address)},
            mine,
        )


def fill(path):
    return re.sub(
        r"\{(\w+)(:path)?\}", lambda m: "a" * 32 + "/artifacts/x" if m[2] else "a" * 32, path
    )


def all_routes(place):
    app = create_app(ServerSettings(store=str(place)))
    try:
        return [
            (method, fill(route.path), route)
            for route in app.router.routes
            for method in route.methods
        ]
    finally:
        app.close()


def test_every_route_asks_who_comes_and_says_what_they_need(people, place):
    clients, _ = people
    found = all_routes(place)
    assert len(found) > 130
    for method, path, route in found:
        assert route.role in ("none", "viewer", "editor", "admin")
        status = clients["nobody"](method, path, {} if method != "GET" else None)
        if path in ("/health", "/healthz"):
            assert (status, route.role) == (200, "none")
        else:
            assert status == 401, path
            assert clients["nobody"].json["error_code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("who", ["nan", "vic", "own"])
def test_what_changes_something_is_refused_to_who_may_not(people, place, who):
    clients, _ = people
    client = clients["ada"]
    assert client("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}) == 200
    run = client.json["run"]["info"]["run_id"]
    assert client("POST", "/api/2.0/mlflow/registered-models/create", {"name": "m"}) == 200
    client("POST", "/api/2.0/mlflow/logged-models", {"experiment_id": "0", "name": "x"})
    model = client.json["model"]["info"]["model_id"]
    before = json.dumps(
        [client("GET", f"/api/2.0/mlflow/runs/get?run_id={run}"), client.json], sort_keys=True
    )
    body: dict[str, object] = {
        "run_id": run,
        "experiment_id": "0",
        "name": "m",
        "version": "1",
        "key": "k",
        "value": "1",
        "timestamp": 1,
        "new_name": "n",
        "alias": "a",
        "status": "FINISHED",
        "stage": "None",
        "archive_existing_versions": False,
        "source": f"runs:/{run}/x",
        "metrics": [],
        "params": [],
        "tags": [{"key": "k", "value": "v"}],
        "tag_key": "k",
        "model_json": "{}",
        "runs": [run],
        "models": [{"model_id": model}],
    }
    for method, path, route in all_routes(place):
        if route.role in ("editor", "admin"):
            target = path.replace("a" * 32, model if "logged-models" in path else run)
            status = clients[who](method, target, body)
            assert status in (400, 403, 404), (method, target, status, clients[who].content)
    after = json.dumps(
        [client("GET", f"/api/2.0/mlflow/runs/get?run_id={run}"), client.json], sort_keys=True
    )
    assert before == after


def test_roles_by_experiment(people):
    clients, mine = people
    assert clients["own"]("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": mine}) == 200
    run = clients["own"].json["run"]["info"]["run_id"]
    path = f"/api/2.0/mlflow/runs/get?run_id={run}"
    assert (
        clients["ada"]("GET", path)
        == clients["eve"]("GET", path)
        == clients["own"]("GET", path)
        == 200
    )
    assert clients["vic"]("GET", path) == clients["nan"]("GET", path) == 404
    assert clients["vic"]("GET", f"/api/v1/runs/{run}") == 404
    assert (
        clients["vic"]("GET", f"/api/v1/runs/{run[:1]}")
        == clients["own"]("GET", "/api/v1/runs/latest")
        == 404
    )
    assert run not in clients["vic"].content.decode()
    assert clients["eve"]("GET", "/api/v1/runs/latest") == 200
    assert clients["own"]("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}) == 404
    for who, sees in {"ada": 1, "own": 1, "vic": 0, "nan": 0}.items():
        assert (
            clients[who]("POST", "/api/2.0/mlflow/runs/search", {"experiment_ids": ["0", mine]})
            == 200
        )
        assert len(clients[who].json.get("runs", [])) == sees
        assert clients[who]("GET", "/api/v1/runs") == 200
        assert len(clients[who].json["runs"]) == sees
    assert clients["own"]("GET", "/api/2.0/mlflow/experiments/search") == 200
    assert [one["name"] for one in clients["own"].json["experiments"]] == ["mine"]


@pytest.mark.parametrize("place", ["", "postgresql"], indirect=True)
def test_points_that_are_refused_leave_nothing_and_come_later(people):
    clients, _ = people
    ada, own = clients["ada"], clients["own"]  # who may log, but not here
    assert ada("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}) == 200
    run = ada.json["run"]["info"]["run_id"]
    batch = {
        "run_id": run,
        "metrics": [{"key": "m", "value": 1, "timestamp": 5, "step": one} for one in range(3)],
    }

    def stored():
        assert ada("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m") == 200
        return len(ada.json.get("metrics", []))

    assert own("POST", "/api/2.0/mlflow/runs/log-batch", batch) == 404
    assert ada("POST", "/api/2.0/mlflow/runs/delete", {"run_id": run}) == 200
    assert ada("POST", "/api/2.0/mlflow/runs/log-batch", batch) == 400
    assert "must be in the 'active' state" in ada.json["message"]
    assert ada("POST", "/api/2.0/mlflow/runs/restore", {"run_id": run}) == 200
    assert stored() == 0
    for _ in range(2):  # the second is the first again
        assert ada("POST", "/api/2.0/mlflow/runs/log-batch", batch) == 200
        assert stored() == 3


def test_experiments_are_changed_by_who_may(people, place):
    clients, mine = people

    def change(who, **fields):
        return clients[who]("POST", "/api/v1/experiment/change", {"experiment": "mine", **fields})

    for who, sees in {
        "ada": ["default", "mine"],
        "own": ["mine"],
        "vic": ["default"],
        "nan": [],
    }.items():
        assert clients[who]("GET", "/api/v1/experiments") == 200
        assert [one["experiment"]["name"] for one in clients[who].json] == sees
    assert [change(who, name="x") for who in ("nan", "vic", "nobody")] == [403, 403, 401]
    with SqliteStore(locate_store(place)) as store:
        store.accounts.grant("eve", "experiment", mine, "viewer")
    assert change("eve", name="x") == 403
    assert "may not change" in clients["eve"].json["message"]
    assert change("own", tags={"k": "v"}) == 200
    assert change("own", name="default") == 409
    assert (
        clients["own"](
            "POST", "/api/v1/experiment/change", {"experiment": "default", "tags": {"k": "v"}}
        )
        == 404
    )
    with SqliteStore(locate_store(place)) as store:
        assert [(one.who, one.action) for one in store.accounts.audited(10)] == [
            ("own", "experiment/change")
        ]
        assert [one.tags for one in store.experiments.all()] == [{}, {"k": "v"}]


def test_grants_follow_a_model_that_is_renamed_and_end_with_it(people, place):
    clients, _ = people
    ada, api = clients["ada"], "/api/2.0/mlflow/registered-models"
    assert ada("POST", f"{api}/create", {"name": "old"}) == 200
    with SqliteStore(locate_store(place)) as store:
        assert store.accounts.grant("own", "model", "old", "editor")
        assert store.accounts.grant("nan", "model", "new", "viewer")  # of another one, once
        assert store.accounts.grant("nan", "model", "old", "editor")
    assert ada("POST", f"{api}/rename", {"name": "old", "new_name": "new"}) == 200

    def grants():
        with SqliteStore(locate_store(place)) as store:
            return {one.name: one.models for one in store.accounts.all() if one.models}

    assert grants() == {"own": {"new": "editor"}, "nan": {"new": "editor"}}
    assert ada("DELETE", f"{api}/delete", {"name": "new"}) == 200
    assert grants() == {}


def test_passwords_and_tokens(people, place):
    clients, _ = people
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    plain = clients["nobody"]

    def basic(name, password):
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return plain("GET", path, authorization=f"Basic {pair}")

    assert basic("ada", "ada long password") == 200
    assert basic("anybody", clients["ada"].token) == 200
    assert basic("ada", "eve long password") == basic("nobody", "x" * 20) == 401
    assert plain.json["message"] == "Wrong user name or password."
    assert plain("GET", path, authorization="Bearer trd_wrong") == 401
    assert "not known" in plain.json["message"]
    assert plain("GET", path, authorization="Basic %%%") == 401
    assert plain("GET", path, authorization="Digest x") == 401
    with SqliteStore(locate_store(place)) as store:
        number = next(one.id for one in store.accounts.tokens() if one.account == "vic")
        assert store.accounts.remove_token(number)
        store.accounts.add_token(
            "vic", name="", digest=digest_token("trd_old"), created=1.0, expires=2.0
        )
    assert plain("GET", path, authorization="Bearer trd_old") == 401
    assert plain("GET", path, authorization=f"Bearer {clients['vic'].token}") == 401


def basic(name, password):
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def test_guessing_passwords_is_stopped(people):
    clients, _ = people
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    nobody = clients["nobody"]
    found = [
        nobody("GET", path, authorization=basic("vic", f"password {number}"))
        for number in range(12)
    ]
    assert found == [401] * 10 + [429] * 2
    assert 1 <= int(nobody.headers["retry-after"]) <= 60
    assert nobody.json["message"].startswith("Too many wrong passwords. Try again in ")
    # Everybody behind a proxy has its address: what one does wrong is not held against the others.
    assert nobody("GET", path, authorization=basic("ada", "ada long password")) == 200
    assert clients["vic"]("GET", path) == 200
    assert {nobody("GET", path, authorization=f"Bearer trd_{number}") for number in range(120)} == {
        401
    }


def test_the_right_password_is_no_way_to_tell_while_a_name_is_closed(people):
    clients, _ = people
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    nobody, right = clients["nobody"], basic("ada", "ada long password")
    assert nobody("GET", path, authorization=right) == 200  # and is remembered
    tries = [nobody("GET", path, authorization=basic("ada", f"wrong {n}")) for n in range(10)]
    assert tries == [401] * 10
    assert nobody("GET", path, authorization=basic("ada", "wrong again")) == 429
    refused = nobody.json
    assert nobody("GET", path, authorization=right) == 429
    assert nobody.json["error_code"] == refused["error_code"]
    token = clients["ada"].token
    assert nobody("GET", path, authorization=basic("ada", token)) == 200


def test_traces_are_noted_once(open_server, caplog):
    for path in ("/api/3.0/mlflow/traces", "/api/2.0/mlflow/traces/search", "/v1/traces"):
        assert open_server("POST", path, {}) == 404
    notes = [one for one in caplog.messages if "sends traces" in one]
    assert len(notes) == 1
    assert "mlflow.tracing.disable()" in notes[0]


def test_guessing_names_is_stopped(people, monkeypatch):
    clients, _ = people
    monkeypatch.setattr("treadle.server.authentication._MAX_FAILURES_OF_CLIENT", 12)
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    tries = [basic(f"user{number}", "a long password") for number in range(14)]
    assert [clients["nobody"]("GET", path, authorization=one) for one in tries] == [401] * 12 + [
        429
    ] * 2


def test_a_server_without_users_takes_any_password(open_server):
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    assert {
        open_server("GET", path, authorization=basic("ada", f"password {n}")) for n in range(12)
    } == {200}


def test_hashes_of_passwords():
    kept = hash_password("correct horse battery")
    assert fits("correct horse battery", kept)
    assert not fits("correct horse batterz", kept)
    assert not fits("anything", "")
    assert "correct" not in kept


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "10.evil.com"},
        {"host": "127.0.0.1.evil.com"},
        {"host": "localhost@evil.com"},
        {"host": ""},
        {"host": "127.0.0.1:port"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "http://[::1"},
        {"origin": "http://:80"},
        {"origin": "https://127.0.0.1.evil.com"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
    ids=str,
)
def test_foreign_pages_and_names_are_refused(open_server, headers):
    for method, path in [
        ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0"),
        ("GET", "/api/v1/runs"),
        ("POST", "/api/2.0/mlflow/runs/create"),
        ("DELETE", "/api/2.0/mlflow/registered-models/delete"),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/x"),
        ("OPTIONS", "/api/v1/runs"),
    ]:
        body: dict[str, str] | None = None if method == "GET" else {}
        assert open_server(method, path, body, **headers) == 403, (method, path)
        assert "access-control-allow-origin" not in open_server.headers


def test_own_pages_and_names_are_not(open_server):
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    port = open_server.host.rpartition(":")[2]
    for name in ("localhost", "LOCALHOST.", "127.0.0.1", "[::1]"):
        assert open_server("GET", path, host=f"{name}:{port}") == 200
    assert open_server("GET", path, origin=f"http://{open_server.host}") == 200
    one_form = ("localhost:80", "localhost"), ("[::1]", "[::1]:80"), ("LOCALHOST", "localhost")
    for host, origin in one_form:
        assert open_server("GET", path, host=host, origin=f"http://{origin}") == 200
    assert open_server("GET", path, sec_fetch_site="same-origin") == 200
    assert (
        open_server("GET", "/health", host="10.1.2.3") == 200
    )  # a probe sends the address of its pod


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_could_send_is_no_request(open_server, kind):
    assert open_server("POST", "/api/2.0/mlflow/runs/create", b"{}", content_type=kind) == 400
    assert open_server("POST", "/api/v1/running/dead", b'{"runs": []}', content_type=kind) == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/2.0/mlflow/runs/create"),
        ("POST", "/api/v1/contents/renew"),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/0/x"),
        ("POST", "/api/2.0/mlflow-artifacts/mpu/part/u/1"),
    ],
)
def test_long_bodies_are_refused(open_server, method, path):
    assert open_server(method, path, b"{}", content_length=str(1 << 40), **JSON) == 413


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/create", "/api/v1/contents/renew"])
def test_long_bodies_of_unknown_length_are_refused(open_server, path):
    chunks = (b" " * (1 << 20) for _ in range(40))
    connection = http.client.HTTPConnection(open_server.host)
    try:
        headers = {**JSON, "transfer-encoding": "chunked"}
        connection.request("POST", path, chunks, headers, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was closed before the end, which is as good
    finally:
        connection.close()


def test_artifacts_are_never_pages(open_server):
    open_server("POST", "/api/2.0/mlflow/runs/create", {})
    run = open_server.json["run"]["info"]["run_id"]
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/page.html"
    assert open_server("PUT", path, b"<script>alert(1)</script>", content_type="text/html") == 200
    assert open_server("GET", path) == 200
    assert open_server.content == b"<script>alert(1)</script>"
    assert open_server.headers["content-type"] == "application/octet-stream"
    assert open_server.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in open_server.headers["content-security-policy"]
    assert open_server.headers["x-content-type-options"] == "nosniff"
    assert open_server("GET", path, range="bytes=1-6") == 206
    assert open_server.content == b"script"
    assert open_server("GET", f"/get-artifact?run_id={run}&path=page.html") == 200


def test_artifacts_in_object_storage(tmp_path):
    with serving(tmp_path / "store.db", artifacts="memory://served") as address:
        client = Client(address)
        client("POST", "/api/2.0/mlflow/runs/create", {})
        run = client.json["run"]["info"]["run_id"]
        path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/big.bin"
        content = bytes(range(256)) * 20_000
        assert client("PUT", path, content) == 200
        assert client("GET", path) == 200
        assert client.content == content
        for wanted, begin, end in [
            ("bytes=5-9", 5, 10),
            ("bytes=5119990-", 5_119_990, 5_120_000),
            ("bytes=-3", -3, None),
        ]:
            assert client("GET", path, range=wanted) == 206
            assert client.content == content[begin:end]
        assert client("GET", path, range="bytes=9-5") == 200
    assert not list(tmp_path.rglob("blobs"))


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "%2e%2e/x",
        "%252e%252e/x",
        "..%5cx",
        "a//b",
        "/etc/passwd",
        "C:/x",
        "a%00b",
        "a%0ab",
        ".",
        "x" * 300,
        "a/" * 600 + "b",
    ],
)
def test_paths_that_could_mean_something_else(open_server, tmp_path, path):
    open_server("POST", "/api/2.0/mlflow/runs/create", {})
    run = open_server.json["run"]["info"]["run_id"]
    kept = set(tmp_path.rglob("*"))
    status = open_server(
        "PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{path}", b"content"
    )
    if path.startswith("%252e"):  # decoded once: a strange name, but a name
        assert status in (200, 400)
    else:
        assert status in (400, 404), open_server.content
        new = {one for one in tmp_path.rglob("*") if one.is_file()} - kept
        assert not [
            one for one in new if "blobs" not in one.parts and not one.name.startswith("store.db")
        ]
    assert open_server("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}") in (
        200,
        400,
    )


def test_a_server_open_to_the_network_needs_users(treadle, tmp_path):
    refused = treadle("server", "--host", "0.0.0.0", "--port", "0", "--store", "x.db")
    assert (refused.code, "everybody on the network" in refused.err) == (8, True)


def test_what_was_changed_is_noted(people):
    clients, _ = people
    assert (
        clients["eve"]("POST", "/api/2.0/mlflow/registered-models/create", {"name": "noted"}) == 200
    )
    assert (
        clients["eve"]("POST", "/api/2.0/mlflow/registered-models/create", {"name": "noted"}) == 400
    )
    with SqliteStore(locate_store("store.db")) as store:
        (found,) = store.accounts.audited(10)
    assert (found.who, found.action, json.loads(found.subject)["name"]) == (
        "eve",
        "registered-models/create",
        "noted",
    )


def test_the_first_page_shows_what_one_may_see_and_runs_nothing(people):
    clients, mine = people
    body = {"experiment_id": mine, "run_name": "<script>alert(1)</script>"}
    assert clients["ada"]("POST", "/api/2.0/mlflow/runs/create", body) == 200
    assert clients["own"]("GET", "/") == 200
    assert b"&lt;script&gt;alert(1)" in clients["own"].content
    scripts = re.findall(rb"<script[^>]*>", clients["own"].content)
    assert all(b'type="module" src="/static/assets/main-' in one for one in scripts)
    assert len(scripts) <= 1  # of the page itself, where it is built
    assert "default-src 'none'" in clients["own"].headers["content-security-policy"]
    assert clients["vic"]("GET", "/") == 200
    assert b"alert" not in clients["vic"].content
    assert clients["nobody"]("GET", "/") == 401


def test_prompts_are_no_models_unless_one_asks_for_them(open_server):
    api, key = "/api/2.0/mlflow/registered-models", "mlflow.prompt.is_prompt"
    for name, tags in (("plain", []), ("prompt", [{"key": key, "value": "true"}])):
        assert open_server("POST", f"{api}/create", {"name": name, "tags": tags}) == 200

    def found(text):
        query = urllib.parse.urlencode({"filter": text})
        assert open_server("GET", f"{api}/search?{query}") == 200, open_server.content
        return [one["name"] for one in open_server.json.get("registered_models", [])]

    assert found("") == found("name LIKE 'p%'") == ["plain"]
    assert found(f"tags.`{key}` = 'true'") == ["prompt"]
    assert found(f"tags.`{key}` = 'false'") == found(f"tags.`{key}` != 'true'") == ["plain"]
    assert found(f"tags.`{key}` = 'false' OR name = 'prompt'") == ["plain", "prompt"]
