"""What a source yields can be read in any order, and again."""

import json
from contextlib import closing

import pytest
from tests.interop.mlruns import RUN, Database, Folder, run_id
from tests.servers import serving

import treadle as library
from treadle.http_client import HttpConnection
from treadle.interop.mlflow.database import DatabaseSource
from treadle.interop.mlflow.folder import FolderSource
from treadle.interop.mlflow.rest import ServerSource


def values(source, run):
    return {key: series.values.tolist() for key, series in source.points(run).items()}


@pytest.mark.parametrize(("kind", "reader"), [(Folder, FolderSource), (Database, DatabaseSource)])
def test_points_of_any_run_of_a_local_store_are_read_at_any_time(tmp_path, kind, reader):
    store = kind(tmp_path)
    for number, run in enumerate((RUN, run_id(2))):
        store.run(run)
        store.points(run, "loss", [(1000, float(number), 0)])
    with closing(reader(tmp_path / store.name)) as source:
        runs = {run.contents.run.id: run for run in source.runs("7")}
        again = [values(source, runs[RUN]) for _ in range(2)]
        assert again == [{"loss": [0.0]}, {"loss": [0.0]}]
        assert values(source, runs[run_id(2)]) == {"loss": [1.0]}


def test_points_and_files_of_any_run_of_a_server_are_read_at_any_time(tmp_path):
    with serving(tmp_path / "other.db", artifacts=str(tmp_path / "others")) as address:
        for number in range(2):
            with library.start_run(f"r{number}", store=address):
                library.log_metric("loss", float(number))
                library.log_text(str(number), "a.txt")
        with closing(ServerSource(address)) as source, closing(ServerSource(address)) as other:
            experiment = next(one.id for one in source.experiments())
            first, second = source.runs(experiment)
            assert [values(source, first) for _ in range(2)] == [{"loss": [0.0]}] * 2
            assert values(other, second) == {"loss": [1.0]}
            read = [(path, file.read_text()) for path, file in other.files(first.artifacts)]
            assert read == [("a.txt", "0")]


def test_the_logged_model_of_a_version_of_a_server_is_read_from_any_source(tmp_path):
    with serving(tmp_path / "other.db") as address:
        host, _, port = address.removeprefix("http://").partition(":")
        connection = HttpConnection("http", host, int(port), 30)

        def post(path, **fields):
            body, headers = json.dumps(fields).encode(), {"content-type": "application/json"}
            status, content = connection.exchange("POST", f"/api/2.0/mlflow/{path}", body, headers)
            assert status == 200, content
            return json.loads(content)

        model = post("logged-models", experiment_id="0", name="m")["model"]["info"]["model_id"]
        post("registered-models/create", name="m")
        post("model-versions/create", name="m", source="s3://bucket/m", model_id=model)
        connection.close()
        with closing(ServerSource(address)) as source:
            version = next(source.versions())
    assert (version.source, version.logged_model) == ("s3://bucket/m", model)
