"""Artifacts by the addresses that MLflow's clients use, those above and beside runs among them."""

import http.client
import json
from urllib.parse import quote

import pytest

FILES = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def ask(client):
    """Send a request about a file; return its status and content."""

    def send(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(client.host, timeout=30)
        connection.request(method, f"{FILES}{path}", body, headers or {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content

    return send


@pytest.fixture
def listed(ask):
    def send(path):
        status, content = ask("GET", f"?path={quote(path, safe='')}")
        assert status == 200, content
        return [(one["path"], one["is_dir"]) for one in json.loads(content).get("files", [])]

    return send


@pytest.mark.parametrize("folder", ["", ".", "./", "./conf", "conf/.", "conf/"])
def test_a_dot_is_the_folder_that_it_is_in(client, ask, listed, folder):
    run = client.run()
    assert ask("PUT", f"/0/{run}/artifacts/./conf/a.yml", b"x")[0] == 200
    found = client("GET", "artifacts/list", run_id=run, path=folder)["files"]
    assert [one["path"] for one in found] == (["conf/a.yml"] if "conf" in folder else ["conf"])
    names = [("a.yml", False)] if "conf" in folder else [("conf", True)]
    assert listed(f"0/{run}/artifacts/{folder}") == names
    assert ask("GET", f"/0/{run}/artifacts/./conf/./a.yml") == (200, b"x")
    assert ask("GET", f"/0/{run}/artifacts/conf/../a.yml")[0] == 400


def test_a_path_that_ends_in_a_slash_is_no_file(client, ask):
    run = client.run()
    status, content = ask("PUT", f"/0/{run}/artifacts/plots/", b"x")
    assert (status, b"must include a filename" in content) == (400, True)
    assert ask("PUT", f"/0/{run}/artifacts/plots/a.txt", b"x")[0] == 200


def test_files_of_no_run(ask, listed):
    assert ask("PUT", "/any/path/a.txt", b"free")[0] == 200
    assert ask("PUT", "/b.txt", b"top")[0] == 200
    assert ask("GET", "/any/path/a.txt") == (200, b"free")
    assert listed("") == [("any", True), ("b.txt", False)]
    assert listed("any") == [("path", True)]
    assert listed("any/path") == [("a.txt", False)]
    assert ask("PUT", "/any", b"x")[0] == 400
    assert ask("PUT", "/any/../x", b"x")[0] == 400
    assert ask("DELETE", "/any")[0] == 200
    assert listed("/") == [("b.txt", False)]
    assert ask("DELETE", "/.")[0] == 400
    assert ask("GET", "/any/path/a.txt")[0] == 404


def test_folders_above_runs_are_listed(client, ask, listed):
    far = {"name": "far", "artifact_location": "mlflow-artifacts:/team/far"}
    made = client("POST", "experiments/create", far)["experiment_id"]
    client.run()  # has no files, and so no folder
    run = client.run()
    other = client("POST", "runs/create", {"experiment_id": made})["run"]["info"]["run_id"]
    body = {"experiment_id": "0", "name": "m"}
    model = client("POST", "logged-models", body)["model"]["info"]["model_id"]
    for address in (f"/0/{run}", f"/team/far/{other}", f"/0/models/{model}"):
        assert ask("PUT", f"{address}/artifacts/a.txt", b"x")[0] == 200
    assert listed("") == [("0", True), ("team", True)]
    assert listed("team") == [("far", True)]
    assert listed("team/far") == [(other, True)]
    assert listed("0") == [(run, True), ("models", True)]
    assert listed("0/models") == [(model, True)]
    assert listed(f"0/{run}") == [("artifacts", True)]
    assert listed(f"0/models/{model}") == [("artifacts", True)]
    assert listed(f"0/{run}/artifacts") == [("a.txt", False)]


def test_a_relative_location_is_below_the_root_of_the_server(client, ask):
    made = client("POST", "experiments/create", {"name": "a", "artifact_location": "here/too"})
    run = client("POST", "runs/create", made)["run"]["info"]
    assert run["artifact_uri"] == f"mlflow-artifacts:/here/too/{run['run_id']}/artifacts"
    assert ask("PUT", f"/here/too/{run['run_id']}/artifacts/a", b"x")[0] == 200


def _version(client, **fields):
    answer = client("POST", "model-versions/create", {"name": "m", **fields})
    return answer.get("model_version", answer)


def test_versions_of_runs_and_models_of_other_servers(client):
    client("POST", "registered-models/create", {"name": "m"})
    run, model = "f" * 32, f"m-{'e' * 32}"
    for source, more in (
        ("s3://b/x", {"run_id": run}),
        (f"runs:/{run}/model", {"run_id": run}),
        (f"models:/{model}", {"model_id": model}),
        ("s3://b/x", {"run_id": "not one of ours", "model_id": model}),
    ):
        made = _version(client, source=source, **more)
        assert made["source"] == source, made
        assert made["run_id"] == more.get("run_id", "")
        assert made.get("model_id", "") == more.get("model_id", "")
        found = client("GET", "model-versions/get-download-uri", name="m", version=made["version"])
        assert found["artifact_uri"] == source
    for source in (f"runs:/{run}/../x", f"runs:/{run}/%2e%2e/x", "s3://b/../x"):
        assert (
            _version(client, source=source, run_id=run)["error_code"] == "INVALID_PARAMETER_VALUE"
        )
    kept = client("GET", "model-versions/search", filter=f"run_id IN {(run,)}")["model_versions"]
    assert len(kept) == 2
    body = {"experiment_id": "0", "name": "m", "source_run_id": run}
    assert client("POST", "logged-models", body)["model"]["info"]["source_run_id"] == run


def test_a_logged_model_knows_its_versions(client):
    client("POST", "registered-models/create", {"name": "m"})
    made = client("POST", "logged-models", {"experiment_id": "0", "name": "l"})["model"]["info"]
    model = made["model_id"]
    for _ in range(2):
        _version(client, source=f"models:/{model}", model_id=model)
    tags = client("GET", f"logged-models/{model}")["model"]["info"]["tags"]
    (versions,) = [json.loads(one["value"]) for one in tags if one["key"] == "mlflow.modelVersions"]
    assert versions == [{"name": "m", "version": 1}, {"name": "m", "version": 2}]


def test_when_a_registered_model_was_changed(client):
    def updated(name="m"):
        found = client("GET", "registered-models/get", name=name)["registered_model"]
        return found["last_updated_timestamp"]

    client("POST", "registered-models/create", {"name": "m"})
    _version(client, source="s3://b/x")
    which = {"name": "m", "version": "1"}
    before = updated()
    client("POST", "registered-models/set-tag", {"name": "m", "key": "k", "value": "v"})
    client("POST", "registered-models/alias", {**which, "alias": "a"})
    client("DELETE", "registered-models/alias", {"name": "m", "alias": "a"})
    client("PATCH", "model-versions/update", {**which, "description": "d"})
    assert updated() == before
    client("PATCH", "registered-models/update", {"name": "m", "description": "d"})
    assert updated() > before
    before = updated()
    client("POST", "model-versions/transition-stage", {**which, "stage": "Staging"})
    assert updated() > before
    before = updated()
    client("POST", "registered-models/rename", {"name": "m", "new_name": "n"})
    assert updated("n") > before
    version = client("GET", "model-versions/get", name="n", version="1")["model_version"]
    assert version["last_updated_timestamp"] == updated("n")


def test_a_folder_is_not_a_file(client, ask):
    run = client.run()
    for owner in (f"/0/{run}/artifacts", "/free"):
        assert ask("PUT", f"{owner}/conf/a.yml", b"x")[0] == 200
        for path in ("conf", "conf/", "./conf"):
            status, content = ask("GET", f"{owner}/{path}")
            assert (status, b"refers to a directory" in content) == (400, True)
        assert ask("GET", f"{owner}/con")[0] == 404
