"""MLflow's own clients, unmodified, against a Treadle server."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.servers import serving
from tests.teams import User

from treadle.server.passwords import digest_token, hash_password, make_token
from treadle.store import locate_store
from treadle.store.sql.sqlite import SqliteStore

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture
def mlflow(repository, tmp_path):
    """Run a script under one of MLflow's clients."""

    def run(version, address, *arguments, program="python", environment=None):
        binary = repository / f".venv-mlflow{version}" / "bin" / program
        assert binary.exists(), f'"make test" makes .venv-mlflow{version}'
        done = subprocess.run(
            [binary, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "TMPDIR": os.environ["TMPDIR"],
                "HOME": str(tmp_path),
                "MLFLOW_TRACKING_URI": address,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
                "GIT_PYTHON_REFRESH": "quiet",
                **(environment or {}),
            },
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done.stdout

    return run


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("version", [3, 2])
def test_runs(mlflow, request, tmp_path, version, kind):
    store = request.getfixturevalue("postgres") if kind == "postgresql" else tmp_path / "store.db"
    with serving(store, artifacts=str(tmp_path / "artifacts")) as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "tracking.py")


def test_images_by_step_are_listed_as_media(mlflow, tmp_path):
    with serving(tmp_path / "store.db") as address:
        run = mlflow(3, address, CLIENTS / "images.py").strip().splitlines()[-1]
        (series,) = User(address).get("run/media", run=run).ok
        assert (series["key"], series["kind"]) == ("val/cat", "image")
        assert [one["step"] for one in series["items"]] == [0, 5]
        for one in series["items"]:
            reply = User(address).get("run/download", run=run, path=one["path"])
            assert (reply.status, reply.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("version", [3, 2])
def test_models(mlflow, request, tmp_path, version, kind):
    store = request.getfixturevalue("postgres") if kind == "postgresql" else tmp_path / "store.db"
    with serving(store, artifacts=str(tmp_path / "artifacts")) as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "models.py")


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
@pytest.mark.parametrize("version", [3, 2])
def test_autolog(mlflow, request, tmp_path, version, kind):
    store = request.getfixturevalue("postgres") if kind == "postgresql" else tmp_path / "store.db"
    libraries = ["sklearn", "xgboost", "lightgbm"]
    with serving(store, artifacts=str(tmp_path / "artifacts")) as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "autolog.py", *libraries)


@pytest.mark.parametrize("version", [3, 2])
def test_a_large_file_in_parts(mlflow, tmp_path, version):
    """With users: the parts come with the credentials that the client sends the rest with."""
    place, token = tmp_path / "store.db", make_token()
    with SqliteStore(locate_store(place)) as store:
        store.accounts.add(
            "eve", role="editor", password=hash_password("eve's long password"), created=1.0
        )
        store.accounts.add_token(
            "eve", name="", digest=digest_token(token), created=1.0, expires=None
        )
    who = (
        {"MLFLOW_TRACKING_TOKEN": token},
        {"MLFLOW_TRACKING_USERNAME": "eve", "MLFLOW_TRACKING_PASSWORD": token},
    )
    with serving(place, artifacts=str(tmp_path / "artifacts")) as address:
        done = mlflow(version, address, CLIENTS / "large_file.py", environment=who[version == 2])
        assert "all of it holds" in done
    assert not list((tmp_path / "artifacts" / "parts").iterdir())
    assert len(list((tmp_path / "artifacts" / "blobs").glob("*/*"))) == 1


@pytest.mark.parametrize("version", [3, pytest.param(2, marks=pytest.mark.long)])
def test_the_command_line(mlflow, tmp_path, version):
    with serving(tmp_path / "store.db") as address:
        mlflow(version, address, "experiments", "create", "-n", "typed", program="mlflow")
        listed = mlflow(version, address, "experiments", "search", program="mlflow")
        assert "typed" in listed
        if version == 2:
            mlflow(
                2,
                address,
                "-c",
                "import mlflow; mlflow.start_run(experiment_id='1', run_name='typed run')",
            )
        else:
            mlflow(
                3,
                address,
                "runs",
                "create",
                "--experiment-id",
                "1",
                "--run-name",
                "typed run",
                program="mlflow",
            )
        assert "typed run" in mlflow(
            version, address, "runs", "list", "--experiment-id", "1", program="mlflow"
        )
