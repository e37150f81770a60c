"""Searches of MLflow's clients: what is shown is found, in the order that MLflow has."""

import http.client
import json

import pytest

import treadle


@pytest.fixture
def own(client):
    """A run of Treadle's own client, whose times have more digits than milliseconds."""
    with treadle.start_run("own", store=f"http://{client.host}") as run:
        pass
    return run.id


def _tags(client, run):
    return {
        one["key"]: one["value"]
        for one in client("GET", "runs/get", run_id=run)["run"]["data"].get("tags", [])
    }


def test_special_tags_that_are_set_later_are_found(client, own):
    parent = client.run(run_name="parent")
    made = client.run(run_name="made", tags=[{"key": "mlflow.parentRunId", "value": parent}])
    later = client.run(run_name="later")
    client("POST", "runs/set-tag", {"run_id": later, "key": "mlflow.parentRunId", "value": parent})
    client(
        "POST",
        "runs/log-batch",
        {"run_id": own, "tags": [{"key": "mlflow.parentRunId", "value": parent}]},
    )
    for key in ("mlflow.parentRunId", "`mlflow.parentRunId`"):
        assert set(client.names(filter=f"tags.{key} = '{parent}'")) == {"made", "later", "own"}
        assert set(client.names(filter=f"tags.{key} IS NOT NULL")) == {"made", "later", "own"}
        assert client.names(filter=f"tags.{key} IS NULL") == ["parent"]
        assert client.names(filter=f"tags.{key} != '{parent}'") == []
        assert set(client.names(filter=f"tags.{key} != 'x'")) == {"made", "later", "own"}
    for run in (made, later, own):
        gone = client("POST", "runs/delete-tag", {"run_id": run, "key": "mlflow.parentRunId"})
        assert gone == {}
        assert "mlflow.parentRunId" not in _tags(client, run)
    assert client.names(filter="tags.mlflow.parentRunId IS NOT NULL") == []
    again = client("POST", "runs/delete-tag", {"run_id": own, "key": "mlflow.parentRunId"})
    assert again["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_tags_are_found_as_they_are_shown(client, own):
    bare = client.run(run_name="bare", user_id="eve")
    assert set(_tags(client, bare)) == {"mlflow.runName"}
    shown = _tags(client, own)
    keys = {"mlflow.runName", "mlflow.user", "mlflow.source.name", "mlflow.source.type"}
    assert set(shown) == keys
    client("POST", "runs/set-tag", {"run_id": bare, "key": "mlflow.note.content", "value": "n"})
    for key in keys - {"mlflow.runName"}:
        value = shown[key].replace("'", r"\'")
        assert client.names(filter=f"tags.{key} = '{value}'") == ["own"], key
        assert client.names(filter=f"tags.{key} IS NULL") == ["bare"], key
    client("POST", "runs/set-tag", {"run_id": bare, "key": "mlflow.user", "value": "bob"})
    assert client.names(filter="tags.mlflow.user = 'bob'") == ["bare"]
    assert client.names(filter="tags.mlflow.user = 'eve'") == []
    assert client("POST", "runs/delete-tag", {"run_id": bare, "key": "mlflow.runName"}) == {}
    assert "mlflow.runName" not in _tags(client, bare)
    assert client("GET", "runs/get", run_id=bare)["run"]["info"]["run_name"] == "bare"
    refused = client("POST", "runs/delete-tag", {"run_id": own, "key": "mlflow.runName"})
    assert refused["error_code"] == "INVALID_PARAMETER_VALUE"


def test_times_are_compared_as_they_are_shown(client, own):
    made = client("POST", "experiments/create", {"name": "a"})["experiment_id"]
    shown = client("GET", "experiments/get", experiment_id=made)["experiment"]
    of_run = client("GET", "runs/get", run_id=own)["run"]["info"]

    def experiments(text):
        found = client("POST", "experiments/search", {"max_results": 9, "filter": text})
        return [one["name"] for one in found.get("experiments", []) if one["name"] != "Default"]

    for key in ("creation_time", "last_update_time"):
        assert experiments(f"{key} = {shown[key]}") == ["a"]
        assert experiments(f"{key} > {shown[key]}") == []
        assert experiments(f"{key} >= {shown[key]} AND {key} <= {shown[key]}") == ["a"]
        assert experiments(f"{key} = {shown[key]}.5") == []
    for key in ("start_time", "end_time"):
        assert client.names(filter=f"{key} = {of_run[key]}") == ["own"]
        assert client.names(filter=f"attributes.{key} >= {of_run[key]}") == ["own"]
        for wrong in (f"> {of_run[key]}", f"< {of_run[key]}", f"!= {of_run[key]}"):
            assert client.names(filter=f"{key} {wrong}") == []
        assert client.names(filter=f"{key} > {of_run[key] - 1} AND {key} < {of_run[key] + 1}") == [
            "own"
        ]


@pytest.mark.parametrize(
    "text",
    [
        "run_id IN {ids}",
        "attribute.run_id IN {ids}",
        "run.status = 'RUNNING'",
        "attr.run_name = 'a'",
        "parameter.p = '1'",
        "parameters.p = '1'",
        "Created > 1",
        "attributes.Created > 1",
        "attributes.`Run name` = 'a'",
    ],
)
def test_words_of_filters(client, text):
    run = client.run(run_name="a", start_time=5)
    client("POST", "runs/log-parameter", {"run_id": run, "key": "p", "value": "1"})
    assert client.names(filter=text.format(ids=(run,))) == ["a"]


@pytest.mark.parametrize(
    "order", [[], ["start_time DESC"], ["Created DESC"], ["attributes.Created DESC"]]
)
def test_runs_of_one_start_come_by_their_ids(client, order):
    ids = [client.run(start_time=7) for _ in range(5)]
    first = client.run(start_time=8)
    found = []
    token = ""
    while True:
        answer = client(
            "POST",
            "runs/search",
            {"experiment_ids": ["0"], "order_by": order, "max_results": 2, "page_token": token},
        )
        found += [one["info"]["run_id"] for one in answer["runs"]]
        token = answer.get("next_page_token", "")
        if not token:
            break
    assert found == [first, *sorted(ids)]


def test_starts_before_1970_and_at_0(client):
    for name, start in (("before", -5), ("zero", 0), ("after", 5)):
        run = client.run(run_name=name, start_time=start)
        assert client("GET", "runs/get", run_id=run)["run"]["info"]["start_time"] == start
    assert client.names() == ["after", "zero", "before"]
    assert client.names(filter="start_time = 0") == ["zero"]
    assert client.names(filter="start_time < 0") == ["before"]


def test_the_default_experiment_goes_by_mlflows_name(client):
    def names(text):
        found = client("POST", "experiments/search", {"max_results": 9, "filter": text})
        return [one["name"] for one in found.get("experiments", [])]

    assert names("name = 'Default'") == ["Default"]
    assert names("name LIKE 'Def%'") == ["Default"]
    assert names("name = 'default'") == []
    missing = client("GET", "experiments/get-by-name", experiment_name="default")
    assert missing["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    made = client("POST", "experiments/create", {"name": "default"})["experiment_id"]
    assert made != "0"
    found = client("GET", "experiments/get-by-name", experiment_name="default")["experiment"]
    assert (found["experiment_id"], found["name"]) == (made, "default")
    assert names("name = 'default'") == ["default"]
    taken = client("POST", "experiments/create", {"name": "Default"})
    assert taken["message"] == "Experiment(name=Default) already exists."
    for blank in (" ", "\t\n"):
        refused = client("POST", "experiments/create", {"name": blank})
        assert refused["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_body_of_a_get_counts(client):
    for name in ("one", "two"):
        client("POST", "registered-models/create", {"name": name})

    def ask(headers):
        connection = http.client.HTTPConnection(client.host, timeout=30)
        body = json.dumps({"filter": "name = 'two'", "max_results": 5})
        address = "/api/2.0/mlflow/registered-models/search"
        connection.request("GET", address, body, headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return [one["name"] for one in answer["registered_models"]]

    assert ask({"content-type": "application/json"}) == ["two"]
    assert ask({}) == ["two"]


def _logged(client, name, **points):
    made = client("POST", "logged-models", {"experiment_id": "0", "name": name})
    model, run = made["model"]["info"]["model_id"], client.run()
    for dataset, value in points.items():
        client(
            "POST",
            "runs/log-metric",
            {
                "run_id": run,
                "key": "m",
                "value": value,
                "timestamp": 1,
                "model_id": model,
                "dataset_name": dataset[0],
                "dataset_digest": dataset[1],
            },
        )
    return model


def test_logged_models_by_their_datasets(client):
    _logged(client, "a", x1=1.0, y2=9.0)
    _logged(client, "b", x1=2.0, y2=5.0)
    _logged(client, "c", y3=1.0)
    _logged(client, "d")

    def names(**asked):
        found = client("POST", "logged-models/search", {"experiment_ids": ["0"], **asked})
        return [one["info"]["name"] for one in found.get("models", [])]

    def on(name, digest=""):
        return {"dataset_name": name, **({"dataset_digest": digest} if digest else {})}

    def by(**more):
        return [{"field_name": "metrics.m", "ascending": True, **more}]

    assert set(names(datasets=[on("x")])) == {"a", "b"}
    assert set(names(datasets=[on("y")])) == {"a", "b", "c"}
    assert set(names(datasets=[on("y", "3"), on("z")])) == {"c"}
    assert names(filter="metrics.m > 1.5", datasets=[on("x")]) == ["b"]
    assert names(order_by=by(dataset_name="x"))[:2] == ["a", "b"]
    assert names(order_by=by(dataset_digest="2"))[:2] == ["b", "a"]
    assert names(order_by=by(), datasets=[on("y", "2")]) == ["b", "a"]
    refused = client("POST", "logged-models/search", {"experiment_ids": ["0"], "datasets": [{}]})
    assert refused["message"] == "`dataset_name` in the `datasets` clause must be specified."
