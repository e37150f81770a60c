"""What a server sends of artifacts is what was stored, or an error."""

import http.client
import json

import pytest
from tests.servers import serving

from treadle.store import open_artifacts

ARTIFACT = "/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/file.bin"


@pytest.fixture
def ask(tmp_path):
    with serving(tmp_path / "store.db") as address:

        def request(method, path, body=None, **headers):
            connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()

        yield request


def put(ask, content):
    body = json.dumps({"experiment_id": "0"})
    created = ask(
        "POST", "/api/2.0/mlflow/runs/create", body, **{"content-type": "application/json"}
    )[1]
    path = ARTIFACT.format(run=json.loads(created)["run"]["info"]["run_id"])
    assert ask("PUT", path, content)[0] == 200
    return path


def blob(tmp_path, content):
    (found,) = (one for one in tmp_path.rglob("blobs/*/*") if one.read_bytes() == content)
    return found


@pytest.mark.parametrize("how", ["link", "changed"])
def test_a_small_content_that_is_damaged_is_an_error_with_words(tmp_path, ask, how):
    path = put(ask, b"right" * 100)
    place = blob(tmp_path, b"right" * 100)
    assert ask("GET", path) == (200, b"right" * 100)
    if how == "link":
        (tmp_path / "passwords").write_bytes(b"root:x:0")
        place.unlink()
        place.symlink_to(tmp_path / "passwords")
    else:
        place.write_bytes(b"wrong" * 100)
    status, answer = ask("GET", path)
    assert status == 500
    assert "damaged" in json.loads(answer)["message"]
    assert b"root" not in answer


def test_a_large_content_that_is_damaged_never_arrives_whole(tmp_path, ask):
    content = bytes(range(256)) * 16_384
    path = put(ask, content)
    assert ask("GET", path) == (200, content)
    assert ask("GET", path, range="bytes=1-3") == (206, content[1:4])
    place = blob(tmp_path, content)
    place.write_bytes(content[:-1] + b"x")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask("GET", path)


def test_doctor_names_what_is_damaged(tmp_path, treadle):
    digest, _ = open_artifacts(str(tmp_path / "store.artifacts")).put_bytes(b"right")
    assert treadle("doctor", "--contents", "--store", "store.db").code == 0
    blob(tmp_path, b"right").write_bytes(b"wrong")
    done = treadle("doctor", "--contents", "--store", "store.db")
    assert (done.code, digest in done.out) == (1, True), done
    assert treadle("doctor", "--store", "store.db").code == 0
