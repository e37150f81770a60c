"""Files in parts: what is refused, what is forgiven, and what is left."""

import pytest
from tests.server.test_access import Client
from tests.servers import serving

from treadle.server.passwords import digest_token, make_token
from treadle.store import locate_store
from treadle.store.sql.sqlite import SqliteStore

MPU = "/api/2.0/mlflow-artifacts/mpu"


@pytest.fixture(params=["folder", "s3"])
def served(request, tmp_path):
    artifacts = (
        str(tmp_path / "artifacts")
        if request.param == "folder"
        else request.getfixturevalue("bucket")
    )
    with serving(tmp_path / "store.db", artifacts=artifacts) as address:
        yield Client(address)


def new_run(client):
    assert client("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}) == 200
    return client.json["run"]["info"]["run_id"]


def begin(client, run, parts, path="w.bin", folder=""):
    status = client(
        "POST", f"{MPU}/create/0/{run}/artifacts{folder}", {"path": path, "num_parts": parts}
    )
    assert status == 200, client.content
    return client.json


def put(client, credential, content):
    path = credential["url"].removeprefix(f"http://{client.host}")
    status = client("PUT", path, content, **credential.get("headers", {}))
    return status, client.headers["etag"]


def content(client, run, path):
    assert client("GET", f"/get-artifact?run_id={run}&path={path}") == 200
    return client.content


def test_parts_in_any_order_and_more_than_once_make_one_file(served):
    run = new_run(served)
    made = begin(served, run, 3, path="/home/ada/w.bin", folder="/deep")
    etags = {}
    for number, block in ((2, b"wrong"), (3, b"c"), (1, b"a" * 100_000), (2, b"b" * 70_000)):
        status, etags[number] = put(served, made["credentials"][number - 1], block)
        assert status == 200
    end = {
        "upload_id": made["upload_id"],
        "path": "w.bin",
        "parts": [{"part_number": number, "etag": etags[number]} for number in (1, 2, 3)],
    }
    for _ in range(2):  # the second time because the answer got lost
        assert served("POST", f"{MPU}/complete/0/{run}/artifacts/deep", end) == 200
    assert content(served, run, "deep/w.bin") == b"a" * 100_000 + b"b" * 70_000 + b"c"
    assert served("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}&path=deep") == 200
    assert served.json["files"] == [{"path": "deep/w.bin", "is_dir": False, "file_size": 170_001}]


def test_what_is_not_whole_is_no_file(served):
    run = new_run(served)
    made = begin(served, run, 2)
    put(served, made["credentials"][0], b"a")
    end = {"upload_id": made["upload_id"], "path": "w.bin", "parts": []}
    assert served("POST", f"{MPU}/complete/0/{run}/artifacts", end) == 400
    assert "parts have not come: 2." in served.json["message"]
    _, etag = put(served, made["credentials"][1], b"b")
    other = {**end, "parts": [{"part_number": 1, "etag": etag}]}
    assert served("POST", f"{MPU}/complete/0/{run}/artifacts", other) == 400
    assert "is not the one that was sent" in served.json["message"]
    assert served("GET", f"/get-artifact?run_id={run}&path=w.bin") == 404
    assert served("POST", f"{MPU}/abort/0/{run}/artifacts", end) == 200
    assert put(served, made["credentials"][0], b"a")[0] == 404
    assert served("POST", f"{MPU}/complete/0/{run}/artifacts", end) == 404
    assert "is complete, or was given up" in served.json["message"]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"path": "..", "num_parts": 1}, "Invalid path"),
        ({"path": "a\0b", "num_parts": 1}, "Invalid path"),
        ({"path": "w", "num_parts": 0}, "1 to 10000 are possible"),
        ({"path": "w", "num_parts": 10_001}, "1 to 10000 are possible"),
        ({"num_parts": 1}, "is invalid"),
    ],
)
def test_what_cannot_be_begun_is_said(served, ask, message):
    run = new_run(served)
    assert served("POST", f"{MPU}/create/0/{run}/artifacts", ask) == 400
    assert message in served.json["message"]
    assert served("POST", f"{MPU}/create/0/{'0' * 32}/artifacts", {"path": "w"}) == 404
    assert served("PUT", f"{MPU}/part/{'0' * 32}/1", b"x") == 404


def test_a_part_that_there_is_not(served):
    made = begin(served, new_run(served), 2)
    for number in ("0", "3", "x", "-1"):
        assert served("PUT", f"{MPU}/part/{made['upload_id']}/{number}", b"x") == 400


def test_addresses_are_those_that_the_caller_knows(served):
    run = new_run(served)
    served("POST", f"{MPU}/create/0/{run}/artifacts", {"path": "w"}, x_forwarded_proto="https")
    assert served.json["credentials"][0]["url"].startswith(f"https://{served.host}/")
    served("POST", f"{MPU}/create/0/{run}/artifacts", {"path": "w"}, x_forwarded_proto="javascript")
    assert served.json["credentials"][0]["url"].startswith(f"http://{served.host}/")


def test_nobody_adds_to_the_file_of_another(tmp_path):
    tokens = {"eve": make_token(), "bob": make_token()}
    with SqliteStore(locate_store(tmp_path / "store.db")) as store:
        mine = store.experiments.create("mine", created=1.0, artifact_location="", tags={}) or ""
        for name, token in tokens.items():
            store.accounts.add(name, role="none", password="", created=1.0)
            store.accounts.add_token(
                name, name="", digest=digest_token(token), created=1.0, expires=None
            )
        store.accounts.grant("eve", "experiment", mine, "editor")
        store.accounts.grant("bob", "experiment", "0", "editor")
    with serving(tmp_path / "store.db") as address:
        eve, bob = (Client(address, tokens[name]) for name in ("eve", "bob"))
        assert eve("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": mine}) == 200
        run = eve.json["run"]["info"]["run_id"]
        made = begin(eve, run, 1)
        assert made["credentials"][0]["headers"] == {"Authorization": f"Bearer {tokens['eve']}"}
        path = f"{MPU}/part/{made['upload_id']}/1"
        assert bob("PUT", path, b"x") in (403, 404)
        assert Client(address)("PUT", path, b"x") == 401
        end = {"upload_id": made["upload_id"], "path": "w.bin"}
        for what in ("complete", "abort"):
            assert bob("POST", f"{MPU}/{what}/0/{run}/artifacts", end) in (403, 404)
        assert bob("POST", f"{MPU}/create/0/{run}/artifacts", {"path": "w"}) in (403, 404)
        assert put(eve, made["credentials"][0], b"x")[0] == 200


def test_a_file_that_would_be_a_folder_is_refused_before_a_part_is_sent(served):
    run = new_run(served)
    assert served("PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/d/x", b"x") == 200
    assert served("POST", f"{MPU}/create/0/{run}/artifacts", {"path": "d", "num_parts": 1}) == 400
    assert "cannot be a file and the folder of 'd/x'" in served.json["message"]
