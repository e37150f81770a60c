"""What other clients than MLflow's own may send: each as MLflow's server takes it."""

import http.client
import math

import pytest
from tests.server.conftest import Client
from tests.servers import serving

from treadle.records import MetricLogged, RunStarted
from treadle.store import identify, locate_store
from treadle.store.sql.sqlite import SqliteStore


def test_a_value_that_is_left_out_is_empty(client):
    run = client.run()
    client("POST", "registered-models/create", {"name": "m"})
    client("POST", "model-versions/create", {"name": "m", "source": "s3://x/y"})
    for path, of in {
        "runs/set-tag": {"run_id": run},
        "runs/log-parameter": {"run_id": run},
        "experiments/set-experiment-tag": {"experiment_id": "0"},
        "registered-models/set-tag": {"name": "m"},
        "model-versions/set-tag": {"name": "m", "version": "1"},
    }.items():
        assert client("POST", path, {**of, "key": "k"}) == {}, path
    data = client("GET", "runs/get", run_id=run)["run"]["data"]
    assert data["params"] == [{"key": "k", "value": ""}]
    assert {"key": "k", "value": ""} in data["tags"]
    moved = client(
        "POST",
        "model-versions/transition-stage",
        {"name": "m", "version": "1", "stage": "Production"},
    )
    assert moved["model_version"]["current_stage"] == "Production"


def test_a_new_run_may_have_tags_that_later_ones_may_not(client):
    run = client.run(tags=[{"key": "what!", "value": "x"}])
    tags = client("GET", "runs/get", run_id=run)["run"]["data"]["tags"]
    assert {"key": "what!", "value": "x"} in tags
    assert (
        client("POST", "runs/set-tag", {"run_id": run, "key": "so!", "value": "x"})["error_code"]
        == "INVALID_PARAMETER_VALUE"
    )
    refused = client(
        "POST", "runs/create", {"experiment_id": "0", "tags": [{"key": "k" * 251, "value": "x"}]}
    )
    assert "exceeds the maximum length of 250" in refused["message"]


@pytest.mark.parametrize(
    "path", ["runs/create", "experiments/get", "runs/search", "logged-models/search"]
)
def test_an_experiment_is_named_by_a_number(client, path):
    asked = {"experiment_ids": ["x"]} if path.endswith("search") else {"experiment_id": "x"}
    answer = client("GET", path, **asked) if path.endswith("get") else client("POST", path, asked)
    assert answer["error_code"] == "INVALID_PARAMETER_VALUE"
    assert answer["message"] == "Invalid experiment ID 'x'. Experiment ID must be a valid integer."


def test_a_dataset_needs_no_more_than_a_name(client):
    run = client.run()
    assert (
        client("POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {"name": "d"}}]})
        == {}
    )
    (one,) = client("GET", "runs/get", run_id=run)["run"]["inputs"]["dataset_inputs"]
    assert one["dataset"] == {"name": "d", "digest": "", "source_type": "", "source": ""}


def test_runs_by_the_address_of_their_artifacts(client):
    run = client.run(run_name="a", start_time=1)
    other = client.run(run_name="b", start_time=2)
    made = client(
        "POST", "experiments/create", {"name": "far", "artifact_location": "s3://bucket/far/"}
    )["experiment_id"]
    client("POST", "runs/create", {"experiment_id": made, "run_name": "c"})
    address = client("GET", "runs/get", run_id=run)["run"]["info"]["artifact_uri"]
    assert client.names(filter=f"attributes.artifact_uri = '{address}'") == ["a"]
    assert client.names(filter=f"artifact_uri LIKE '%/{run}/%'") == ["a"]
    assert client.names(filter=f"artifact_uri != '{address}'") == ["b"]
    assert client.names(filter="artifact_uri LIKE 's3://%'") == []
    assert client.names(
        filter="artifact_uri LIKE 's3://bucket/far/%/artifacts'", experiment_ids=[made]
    ) == ["c"]
    ids = {
        client("GET", "runs/get", run_id=one)["run"]["info"]["artifact_uri"]: name
        for one, name in ((run, "a"), (other, "b"))
    }
    assert client.names(order_by=["artifact_uri"]) == [ids[address] for address in sorted(ids)]
    assert client.names(order_by=["artifact_uri DESC"]) == [
        ids[address] for address in sorted(ids, reverse=True)
    ]


def test_nan_comes_behind_the_numbers_and_before_what_lacks_them(client):
    for number, value in enumerate([None, 1.0, "NaN", None, 2.0, "NaN"]):
        run = client.run(run_name=str(number), start_time=number + 1)
        if value is not None:
            client(
                "POST",
                "runs/log-metric",
                {"run_id": run, "key": "m", "value": value, "timestamp": 1},
            )
    assert client.names(order_by=["metrics.m"]) == ["1", "4", "5", "2", "3", "0"]
    assert client.names(order_by=["metrics.m DESC"]) == ["4", "1", "5", "2", "3", "0"]
    assert sorted(client.names(filter="metrics.m != 1")) == ["2", "4", "5"]
    assert client.names(filter="metrics.m != 1", order_by=["metrics.m"], max_results=1) == ["4"]


def test_the_default_experiment_is_as_old_as_the_store(client):
    found = client(
        "POST", "experiments/search", {"max_results": 10, "filter": "creation_time > 1700000000000"}
    )
    assert [one["name"] for one in found["experiments"]] == ["Default"]


def test_what_is_no_number_is_said_to_be_none(client):
    said = client("POST", "runs/search", {"experiment_ids": ["0"], "filter": "start_time > 'x'"})[
        "message"
    ]
    assert '"x" is not a number.\n' in said
    said = client("POST", "runs/search", {"experiment_ids": ["0"], "order_by": ["metrics"]})[
        "message"
    ]
    assert 'Did you mean "metrics.KEY"?\n' in said


def test_a_name_is_a_file_or_a_folder(client):
    run = client.run()

    def ask(method, path):
        connection = http.client.HTTPConnection(client.host, timeout=30)
        connection.request(
            method,
            f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts{path}",
            b"x" if method == "PUT" else None,
        )
        response = connection.getresponse()
        content = response.read().decode()
        connection.close()
        return response.status, content

    def listed():
        return [one["path"] for one in client("GET", "artifacts/list", run_id=run).get("files", [])]

    for path in ("/a.txt", "/d/e/f", "/d/g", "/dd", "/d.txt"):
        assert ask("PUT", path)[0] == 200, path
    for path, folder in {
        "/a.txt/b": "a.txt/b",
        "/d": "d/e/f",
        "/d/e": "d/e/f",
        "/d/e/f/g/h": "d/e/f/g/h",
    }.items():
        status, content = ask("PUT", path)
        assert status == 400
        assert f"cannot be a file and the folder of '{folder}'" in content
    assert ask("PUT", "/d/g")[0] == 200  # again
    assert listed() == ["a.txt", "d", "d.txt", "dd"]
    for _ in range(2):  # a client that missed the answer asks again
        assert ask("DELETE", "/d")[0] == 200
        assert listed() == ["a.txt", "d.txt", "dd"]
    assert ask("PUT", "/d")[0] == 200
    assert ask("DELETE", "")[0] == 200
    assert listed() == []


def test_null_is_a_field_that_is_not_set(client):
    run = client.run(run_name=None, tags=None)
    dataset = {
        "name": "d",
        "digest": "1",
        "source_type": "local",
        "source": "{}",
        "profile": None,
        "schema": None,
    }
    assert (
        client(
            "POST",
            "runs/log-inputs",
            {"run_id": run, "datasets": [{"dataset": dataset, "tags": None}]},
        )
        == {}
    )
    (found,) = client("GET", "runs/get", run_id=run)["run"]["inputs"]["dataset_inputs"]
    assert found["dataset"]["name"] == "d"
    missing = client("POST", "experiments/create", {"name": None})
    assert missing["message"].startswith("Missing value for required parameter 'name'")
    wrong = client(
        "POST", "runs/log-metric", {"run_id": run, "key": "m", "value": "x", "timestamp": None}
    )
    assert wrong["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_body_that_is_left_out_lacks_what_is_required(client):
    connection = http.client.HTTPConnection(client.host, timeout=30)
    connection.request(
        "POST", "/api/2.0/mlflow/experiments/create", b"", {"content-type": "application/json"}
    )
    response = connection.getresponse()
    assert (response.status, b"required parameter 'name'" in response.read()) == (400, True)
    connection.close()


def test_what_is_no_json_behind_a_wrong_field_is_refused(client):
    for body in (
        b'{"name": 5, x',
        b'[{"name": null}]',
        b'{"name": ' + b"[" * 5000,
        b'"{\\"name\\": 5"',
        b"null",
    ):
        connection = http.client.HTTPConnection(client.host, timeout=30)
        connection.request(
            "POST", "/api/2.0/mlflow/experiments/create", body, {"content-type": "application/json"}
        )
        response = connection.getresponse()
        assert (response.status, b"error_code" in response.read()) == (400, True), body[:40]
        connection.close()


EDGES = [
    (2**63 - 1, 2**63 - 1),
    (-(2**63), -(2**63)),
    (2**50 + 1, 2**50 + 1),
    (1_764_000_000_123_456_789, 1_764_000_000_123_456_768),  # nanoseconds, as near as it comes
    (7.0, 7),
    ("7", 7),
    (-5, -5),
]


def test_times_at_the_edge(client):
    for start, shown in EDGES:
        run = client.run(start_time=start)
        assert client("GET", "runs/get", run_id=run)["run"]["info"]["start_time"] == shown
        ended = {"run_id": run, "status": "FINISHED", "end_time": start}
        assert client("POST", "runs/update", ended)["run_info"]["end_time"] == shown
        point = {"run_id": run, "key": "m", "value": 1, "timestamp": start}
        logged = client("POST", "runs/log-metric", point)
        if shown < 0:
            assert "must be a nonnegative long" in logged["message"]
            continue
        history = client("GET", "metrics/get-history", run_id=run, metric_key="m")["metrics"]
        (latest,) = client("GET", "runs/get", run_id=run)["run"]["data"]["metrics"]
        assert [history[0]["timestamp"], latest["timestamp"]] == [shown, shown]


@pytest.mark.parametrize("field", ["start_time", "end_time", "timestamp", "step"])
def test_what_is_not_a_whole_number_is_refused(client, field):
    run = client.run()
    path, body = {
        "start_time": ("runs/create", {"experiment_id": "0"}),
        "end_time": ("runs/update", {"run_id": run, "status": "FINISHED"}),
    }.get(field, ("runs/log-metric", {"run_id": run, "key": "m", "value": 1, "timestamp": 1}))
    numbers: list[object] = [2**63, -(2**63) - 1, 10**30, 1.5, 1e300, " 7", "7_0", True, []]
    for number in numbers:
        answers = [client("POST", path, {**body, field: number})]
        if field in ("timestamp", "step"):
            metrics = [{"key": "m", "value": 1, "timestamp": 1, field: number}]
            answers.append(client("POST", "runs/log-batch", {"run_id": run, "metrics": metrics}))
        for refused in answers:
            assert refused["error_code"] == "INVALID_PARAMETER_VALUE"
            assert field in refused["message"]


def test_a_version_that_cannot_be_is_not_found(client):
    client("POST", "registered-models/create", {"name": "m"})
    for version in ("-1", "7", "9223372036854775807", "9" * 40):
        asked = client("GET", "model-versions/get", name="m", version=version)
        assert asked["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_truth_value_is_not_compared_with_a_number(client):
    for field in ("start_time", "metrics.m"):
        asked = {"experiment_ids": ["0"], "filter": f"{field} > True"}
        assert client("POST", "runs/search", asked)["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("time", "shown"),
    [(1e300, 2**63 - 1), (math.inf, 2**63 - 1), (-1e300, -(2**63))],
)
def test_times_that_only_the_store_can_have(tmp_path, time, shown):
    """Another client may have logged them; one of MLflow's reads 64 bits."""
    with SqliteStore(locate_store(tmp_path / "x.db")) as store:
        started = RunStarted("r", "default", "n", 1.0, "code", "", identify())
        store.apply("w", 1, [started, MetricLogged("r", "m", 1, time, 2.0)])
    with serving(tmp_path / "x.db") as address:
        client = Client(address)
        (point,) = client("GET", "metrics/get-history", run_id="r", metric_key="m")["metrics"]
        (latest,) = client("GET", "runs/get", run_id="r")["run"]["data"]["metrics"]
    assert [point["timestamp"], latest["timestamp"]] == [shown, shown]
