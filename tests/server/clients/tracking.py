"""What a script of MLflow does with runs.

It runs under MLflow's own client and fails where an answer is wrong.
"""

import math
import os
import tempfile
import threading
import time
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException

NEW = int(mlflow.__version__.split(".")[0]) >= 3
client = MlflowClient()


def fails(code, text, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, error)
        assert text in str(error), error
    else:
        raise AssertionError(f"{call} should fail")


def experiments():
    assert client.get_experiment("0").name == "Default"
    assert mlflow.get_experiment_by_name("Default").experiment_id == "0"
    assert mlflow.get_experiment_by_name("nothing") is None
    first = mlflow.create_experiment("first", tags={"team": "a"})
    assert client.get_experiment(first).artifact_location == f"mlflow-artifacts:/{first}"
    elsewhere = mlflow.create_experiment("elsewhere", artifact_location="s3://bucket/place")
    assert client.get_experiment(elsewhere).artifact_location == "s3://bucket/place"
    fails("RESOURCE_ALREADY_EXISTS", "already exists", mlflow.create_experiment, "first")
    fails(
        "RESOURCE_DOES_NOT_EXIST",
        "No Experiment with id=4711 exists",
        client.get_experiment,
        "4711",
    )
    client.set_experiment_tag(first, "stage", "dev")
    client.rename_experiment(first, "renamed")
    found = client.get_experiment(first)
    assert (found.name, found.tags) == ("renamed", {"team": "a", "stage": "dev"})
    with mlflow.start_run(experiment_id=first) as run:
        pass
    client.delete_experiment(first)
    assert client.get_experiment(first).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    fails("INVALID_PARAMETER_VALUE", "must be in the 'active' state", client.create_run, first)
    client.restore_experiment(first)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"
    for number in range(5):
        mlflow.create_experiment(f"many-{number}")
    names = [
        one.name
        for one in client.search_experiments(
            filter_string="name LIKE 'many-%'", order_by=["name ASC"]
        )
    ]
    assert names == [f"many-{number}" for number in range(5)]
    page = client.search_experiments(max_results=2, order_by=["experiment_id ASC"])
    everything = sorted((one.experiment_id for one in client.search_experiments()), key=int)
    assert [one.experiment_id for one in page] == everything[:2] == ["0", "1"]
    rest = client.search_experiments(
        max_results=2, order_by=["experiment_id ASC"], page_token=page.token
    )
    assert [one.experiment_id for one in rest] == everything[2:4]
    assert [one.name for one in client.search_experiments(filter_string="tags.team = 'a'")] == [
        "renamed"
    ]
    assert client.search_experiments(view_type=ViewType.DELETED_ONLY) == []


def values():
    with mlflow.start_run(run_name="values", tags={"kind": "test"}, description="a note") as run:
        mlflow.log_params({"p": 1, "text": "ü", "none": None})
        mlflow.log_param("p", 1)
        fails(
            "INVALID_PARAMETER_VALUE",
            "Changing param values is not allowed",
            mlflow.log_param,
            "p",
            2,
        )
        for step, value in enumerate([0.5, math.nan, math.inf, -math.inf, 1e-300]):
            mlflow.log_metric("m", value, step=step)
        mlflow.log_metric("back", 1.0, step=5)
        mlflow.log_metric("back", 2.0, step=-3)
        mlflow.log_metrics({"x": 1, "train/loss": 2.5}, step=7)
        mlflow.set_tags({"a b": "c", "d": "e"})
        mlflow.delete_tag("d")
        fails("RESOURCE_DOES_NOT_EXIST", "No tag with name: d", mlflow.delete_tag, "d")
    found = client.get_run(run.info.run_id)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "values"
    assert found.info.end_time >= found.info.start_time > 1e12
    assert found.data.params == {"p": "1", "text": "ü", "none": "None"}
    assert found.data.metrics == {"m": 1e-300, "back": 1.0, "x": 1.0, "train/loss": 2.5}
    assert found.data.tags["kind"] == "test"
    assert found.data.tags["mlflow.note.content"] == "a note"
    assert found.data.tags["a b"] == "c"
    assert found.data.tags["mlflow.runName"] == "values"
    history = client.get_metric_history(run.info.run_id, "m")
    assert [one.step for one in history] == [0, 1, 2, 3, 4]
    assert repr([one.value for one in history]) == repr(
        [0.5, math.nan, math.inf, -math.inf, 1e-300]
    )
    assert [one.step for one in client.get_metric_history(run.info.run_id, "back")] == [5, -3]
    assert client.get_metric_history(run.info.run_id, "nothing") == []
    fails(
        "RESOURCE_DOES_NOT_EXIST",
        "Run with id=" + "a" * 32 + " not found",
        client.get_run,
        "a" * 32,
    )


def batches():
    run = client.create_run("0", run_name="batches").info.run_id
    now = int(time.time() * 1000)
    client.log_batch(
        run,
        metrics=[Metric("many", float(step), now + step // 3, step) for step in range(2500)],
        params=[Param(f"p{number}", str(number)) for number in range(150)],
        tags=[RunTag(f"t{number}", str(number)) for number in range(150)],
    )
    history = client.get_metric_history(run, "many")
    assert [one.step for one in history] == list(range(2500))
    assert [one.timestamp for one in history] == [now + step // 3 for step in range(2500)]
    client.log_metric(run, "twice", 1.0, timestamp=now, step=1)
    client.log_metric(run, "twice", 1.0, timestamp=now, step=1)
    assert (
        len(client.get_metric_history(run, "twice")) == 1
    )  # equal points are one, as MLflow has it
    found = client.get_run(run)
    assert len(found.data.params) == 150
    assert found.data.metrics["many"] == 2499.0
    assert client.get_parent_run(run) is None if hasattr(client, "get_parent_run") else True
    client.set_terminated(run, "FAILED", end_time=now + 5)
    assert client.get_run(run).info.status == "FAILED"
    assert client.get_run(run).info.end_time == now + 5
    client.update_run(run, name="renamed")
    assert (
        client.get_run(run).info.run_name
        == client.get_run(run).data.tags["mlflow.runName"]
        == "renamed"
    )
    client.delete_run(run)
    fails(
        "INVALID_PARAMETER_VALUE", "must be in the 'active' state", client.log_metric, run, "m", 1.0
    )
    client.restore_run(run)
    client.log_metric(run, "m", 1.0)


def resume_and_nest():
    with mlflow.start_run(run_name="parent") as parent, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("m", 1)
    assert mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    with mlflow.start_run(run_id=parent.info.run_id):
        assert client.get_run(parent.info.run_id).info.status == RunStatus.to_string(
            RunStatus.RUNNING
        )
        mlflow.log_metric("later", 2)
    assert client.get_run(parent.info.run_id).data.metrics == {"later": 2.0}
    try:
        with mlflow.start_run(run_name="broken") as broken:
            raise ValueError
    except ValueError:
        assert client.get_run(broken.info.run_id).info.status == "FAILED"


def search():
    experiment = mlflow.set_experiment("searched").experiment_id
    for number in range(12):
        with mlflow.start_run(run_name=f"run-{number}", tags={"even": str(number % 2 == 0)}):
            mlflow.log_param("depth", number)
            mlflow.log_param("odd name", f"v{number}")
            if number != 5:
                mlflow.log_metric("loss", math.nan if number == 6 else number / 10)

    def names(text="", **options):
        found = client.search_runs([experiment], text, **options)
        return [one.info.run_name.removeprefix("run-") for one in found]

    assert names(order_by=["metrics.loss DESC"], max_results=3) == ["11", "10", "9"]
    assert names(order_by=["metrics.loss ASC"])[:2] == ["0", "1"]
    assert set(names(order_by=["metrics.loss ASC"])[-2:]) == {"5", "6"}
    assert names(
        "metrics.loss > 0.85 AND params.depth != '10'", order_by=["attributes.start_time ASC"]
    ) == ["9", "11"]
    assert names("tags.even = 'True' and metrics.loss <= 0.2", order_by=["run_name"]) == ["0", "2"]
    assert names("params.`odd name` = 'v3'") == ["3"]
    assert names('params."odd name" LIKE "v1_"', order_by=["params.depth"]) == ["10", "11"]
    assert names("attributes.run_name ILIKE 'RUN-7'") == ["7"]
    assert names("attributes.status = 'FINISHED' and attributes.run_name IN ('run-1')") == ["1"]
    assert names("tags.nothing IS NULL and params.depth = '4'") == ["4"]
    assert names("attributes.start_time > 0 and metrics.loss = 0.3") == ["3"]
    assert names("(params.depth = '1' or params.depth = '2') and not tags.even = 'True'") == ["1"]
    fails(
        "INVALID_PARAMETER_VALUE",
        "Invalid filter string",
        client.search_runs,
        [experiment],
        "foo.bar = 1",
    )
    seen, token = [], None
    while True:
        page = client.search_runs(
            [experiment], order_by=["params.depth DESC"], max_results=5, page_token=token
        )
        seen += [one.info.run_name for one in page]
        token = page.token
        if not token:
            break
    assert seen == [f"run-{number}" for number in range(11, -1, -1)]
    frame = mlflow.search_runs(experiment_names=["searched"], filter_string="metrics.loss < 0.2")
    assert set(frame["params.depth"]) == {"0", "1"}
    assert mlflow.search_runs(search_all_experiments=True)["run_id"].is_unique


def artifacts():
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "deep" / "er"
        place.mkdir(parents=True)
        (place / "ü and spaces (1).txt").write_text("odd name")
        (Path(folder) / "empty.bin").write_bytes(b"")
        (Path(folder) / "big.bin").write_bytes(os.urandom(3_000_000))
        mlflow.log_artifacts(folder, "things")
        mlflow.log_text("hello", "a/b/c.txt")
        mlflow.log_text("hello again", "a/b/c.txt")
        mlflow.log_dict({"k": [1, 2]}, "a/d.json")
        run_id = run.info.run_id
        assert [(one.path, one.is_dir) for one in client.list_artifacts(run_id)] == [
            ("a", True),
            ("things", True),
        ]
        listed = {one.path: one.file_size for one in client.list_artifacts(run_id, "things")}
        assert listed == {"things/big.bin": 3_000_000, "things/deep": None, "things/empty.bin": 0}
        local = Path(mlflow.artifacts.download_artifacts(run_id=run_id))
        assert (local / "a/b/c.txt").read_text() == "hello again"
        assert (local / "things/deep/er/ü and spaces (1).txt").read_text() == "odd name"
        assert (local / "things/big.bin").read_bytes() == (Path(folder) / "big.bin").read_bytes()
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/a/d.json") == {"k": [1, 2]}
    try:
        client.download_artifacts(run_id, "nothing.txt")
    except Exception as error:
        assert "nothing.txt" in str(error)
    else:
        raise AssertionError("there is no such file")


def inputs():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    dataset = mlflow.data.from_pandas(frame, name="table", targets="b")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"more": "yes"})
        mlflow.log_input(dataset, context="training")
    (found,) = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("table", dataset.digest)
    assert "mlflow_colspec" in found.dataset.schema
    assert {tag.key: tag.value for tag in found.tags} == {
        "mlflow.data.context": "training",
        "more": "yes",
    }
    assert (
        len(client.search_runs(["0"], "datasets.name = 'table' and datasets.context = 'training'"))
        == 1
    )


def threads():
    run = client.create_run("0").info.run_id

    def log(thread):
        for step in range(20):
            client.log_metric(run, f"m{thread}", step, step=step)

    started = [threading.Thread(target=log, args=(number,)) for number in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    assert all(len(client.get_metric_history(run, f"m{number}")) == 20 for number in range(8))


experiments()
mlflow.set_experiment("Default")
values()
batches()
resume_and_nest()
artifacts()
inputs()
threads()
search()
print("all of it holds")
