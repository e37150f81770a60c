"""What is too long, too much or changed on its way is refused, as MLflow's server refuses it."""

import http.client
import json

import pytest
from tests.server.conftest import ROOT, Client
from tests.servers import serving

LONG = "x" * 501


def refused(client, method, path, body=None, **query):
    answer = client(method, path, body, **query)
    assert answer.get("error_code") == "INVALID_PARAMETER_VALUE", answer
    return answer["message"]


def get(client, path, method="GET", body=None):
    """Ask for any path as it is written; give status, type and content."""
    connection = http.client.HTTPConnection(client.host, timeout=30)
    connection.request(method, path, body)
    response = connection.getresponse()
    found = response.status, response.headers.get("content-type"), response.read()
    connection.close()
    return found


def test_names_of_experiments(client):
    for name in ("", " ", "\t\n"):
        assert "Invalid experiment name" in refused(
            client, "POST", "experiments/create", {"name": name}
        )
    made = client("POST", "experiments/create", {"name": "e"})["experiment_id"]
    ask = {"experiment_id": made, "new_name": "  "}
    assert "Invalid experiment name" in refused(client, "POST", "experiments/update", ask)
    client("POST", "experiments/delete", {"experiment_id": made})
    again = client("POST", "experiments/create", {"name": "e"})
    assert again["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert "Experiment(name=e) already exists" in again["message"]
    assert "already exists in deleted state" in again["message"]


@pytest.mark.parametrize("name", ["a\nb", "a\0b", "\x1b[2J", "a\u2028b", "\x9b1m"])
def test_control_characters_in_names_of_runs(client, name):
    for path, body in (
        ("runs/create", {"run_name": name}),
        ("runs/create", {"tags": [{"key": "mlflow.runName", "value": name}]}),
    ):
        assert "control characters" in refused(client, "POST", path, body)
    run = client.run(run_name="good")
    tag = {"key": "mlflow.runName", "value": name}
    for path, body in (
        ("runs/update", {"run_name": name}),
        ("runs/set-tag", tag),
        ("runs/log-batch", {"tags": [tag]}),
    ):
        message = refused(client, "POST", path, {"run_id": run, **body})
        assert "control characters" in message
    assert client.names() == ["good"]
    connection = http.client.HTTPConnection(client.host, timeout=30)
    ask = json.dumps({"run": run, "name": name})
    connection.request("POST", "/api/v1/run/change", ask, {"content-type": "application/json"})
    assert connection.getresponse().status == 400
    connection.close()


def test_filters_for_null(client):
    for path, words in (
        ("registered-models/search", "registered model search"),
        ("model-versions/search", "model version search"),
    ):
        for condition in ("name IS NULL", "tags.a IS NOT NULL", "name = 'x' AND tags.a IS NULL"):
            message = refused(client, "GET", path, filter=condition)
            assert message == f"IS NULL / IS NOT NULL is not supported for {words}."
        assert "error_code" not in client("GET", path, filter="name = 'x'")


def test_histories(client):
    run = client.run()
    points = [{"key": "m", "value": n, "timestamp": n, "step": n} for n in range(5)]
    client("POST", "runs/log-batch", {"run_id": run, "metrics": points})
    ask = {"run_id": run, "metric_key": "m"}
    for wrong in (0, -1):
        message = refused(client, "GET", "metrics/get-history", **ask, max_results=wrong)
        assert "positive integer" in message
    steps, token = [], ""
    while True:
        page = client("GET", "metrics/get-history", **ask, max_results=2, page_token=token)
        steps += [one["step"] for one in page["metrics"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert steps == [0, 1, 2, 3, 4]
    bulk = "metrics/get-history-bulk"
    assert "at least one run_id" in refused(client, "GET", bulk, metric_key="m")
    assert "must specify a metric_key" in refused(client, "GET", bulk, run_id="0" * 32)
    interval = "metrics/get-history-bulk-interval"
    assert "'run_ids'" in refused(client, "GET", interval, metric_key="m")
    assert "'metric_key'" in refused(client, "GET", interval, run_ids="0" * 32)


def test_tokens_that_were_changed(client):
    run = client.run(run_name="a")
    client.run(run_name="b")
    for name in "xy":
        client("POST", "experiments/create", {"name": name})
        client("POST", "registered-models/create", {"name": name})
    points = [{"key": "m", "value": n, "timestamp": n, "step": n} for n in range(5)]
    client("POST", "runs/log-batch", {"run_id": run, "metrics": points})
    for method, path, ask in (
        ("POST", "runs/search", {"experiment_ids": ["0"]}),
        ("POST", "experiments/search", {}),
        ("GET", "registered-models/search", {}),
        ("GET", "metrics/get-history", {"run_id": run, "metric_key": "m"}),
    ):

        def page(token, method=method, path=path, ask=ask):
            asked = {**ask, "max_results": 1, "page_token": token}
            if method == "GET":
                return client(method, path, **asked)
            return client(method, path, asked)

        token = page("")["next_page_token"]
        assert "error_code" not in page(token)
        for number, sign in enumerate(token):
            other = "A" if sign != "A" else "B"
            changed = page(token[:number] + other + token[number + 1 :])
            assert changed.get("error_code") == "INVALID_PARAMETER_VALUE", (path, number)
        for changed in (token[:-4] + "AAAA", token[:-1], token + "A", token + "AAAA", "x"):
            assert page(changed).get("error_code") == "INVALID_PARAMETER_VALUE", (path, changed)


def test_a_run_that_goes_on_has_not_ended(client):
    run = client.run()
    client("POST", "runs/update", {"run_id": run, "status": "FINISHED", "end_time": 7})
    changed = client("POST", "runs/update", {"run_id": run, "status": "RUNNING"})["run_info"]
    assert changed["status"] == "RUNNING"
    assert not changed.get("end_time")
    client("POST", "runs/update", {"run_id": run, "status": "FINISHED", "end_time": 9})
    assert client("GET", "runs/get", run_id=run)["run"]["info"]["end_time"] == 9


def test_lengths(client):
    run = client.run()
    made = client("POST", "experiments/create", {"name": "e"})["experiment_id"]
    client("POST", "registered-models/create", {"name": "m"})
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "s"}

    def inputs(tags=(), **fields):
        return {"run_id": run, "datasets": [{"dataset": {**dataset, **fields}, "tags": [*tags]}]}

    for path, good, bad in (
        (
            "experiments/set-experiment-tag",
            {"experiment_id": made, "key": "k", "value": "x" * 20_000},
            {"experiment_id": made, "key": "k", "value": "x" * 20_001},
        ),
        (
            "registered-models/set-tag",
            {"name": "m", "key": "k", "value": "x" * 100_000},
            {"name": "m", "key": "k", "value": "x" * 100_001},
        ),
        ("runs/log-inputs", inputs(name="x" * 500), inputs(name=LONG)),
        ("runs/log-inputs", inputs(digest="x" * 36), inputs(digest="x" * 37)),
        ("runs/log-inputs", inputs(source="x" * 65_535), inputs(source="x" * 65_536)),
        ("runs/log-inputs", inputs(schema="x" * 1_048_575), inputs(schema="x" * 1_048_576)),
        (
            "runs/log-inputs",
            inputs([{"key": "k", "value": "x" * 500}]),
            inputs([{"key": "k", "value": LONG}]),
        ),
        ("runs/update", {"run_id": run, "run_name": "x" * 500}, {"run_id": run, "run_name": LONG}),
    ):
        assert "error_code" not in client("POST", path, good), path
        assert "exceeds the maximum length of" in refused(client, "POST", path, bad), path
    for name in (".", ".."):
        assert "Invalid model name" in refused(
            client, "POST", "registered-models/create", {"name": name}
        )


@pytest.mark.parametrize("limit", ["1000000000", "-1", "0", "1001", "x"])
def test_pages_of_the_native_interface(client, limit):
    assert get(client, f"/api/v1/runs?limit={limit}")[0] == 400
    assert get(client, "/api/v1/runs?limit=1000")[0] == 200


@pytest.fixture
def files(tmp_path):
    with serving(tmp_path / "x.db", artifacts=str(tmp_path / "artifacts")) as address:
        client = Client(address)
        yield client, f"{ROOT[:-1]}-artifacts/artifacts/0/{client.run()}/artifacts"


@pytest.mark.parametrize(
    "path",
    ["%252e%252e/x", "a/%25252e%25252e/x", "..%252fx", "%ff%fe", "a%0ab"],
)
def test_paths_of_artifacts(files, path):
    client, root = files
    assert get(client, f"{root}/{path}", "PUT", b"x")[0] == 400
    listed = client("GET", "artifacts/list", run_id=root.split("/")[-2])
    assert "files" not in listed


def test_paths_with_a_percent_sign_or_many_folders_are_kept(files):
    client, root = files
    for path in ("100%25/%252e.txt", "/".join("a" * 300)):
        assert get(client, f"{root}/{path}", "PUT", b"x")[0] == 200
        assert get(client, f"{root}/{path}")[2] == b"x"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MLmodel", "text/plain; charset=utf-8"),
        ("conda.yaml", "text/plain; charset=utf-8"),
        ("a.csv", "text/plain; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.html", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("model.pkl", "application/octet-stream"),
    ],
)
def test_types_of_files(files, name, kind):
    client, root = files
    assert get(client, f"{root}/{name}", "PUT", b"{}")[0] == 200
    assert get(client, f"{root}/{name}")[1] == kind


def test_another_content_type_writes_nothing(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        connection = http.client.HTTPConnection(client.host, timeout=30)
        headers = {} if kind is None else {"content-type": kind}
        connection.request("POST", f"{ROOT}runs/create", "{}", headers)
        response = connection.getresponse()
        assert response.status == 400
        assert "Content-Type must be application/json" in json.loads(response.read())["message"]
        connection.close()
    assert client.names() == []


def test_the_last_value_of_a_key_given_twice_counts(client):
    connection = http.client.HTTPConnection(client.host, timeout=30)
    body = '{"run_name": "first", "run_name": "last"}'
    connection.request("POST", f"{ROOT}runs/create", body, {"content-type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    assert client.names() == ["last"]
