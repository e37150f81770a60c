"""MLflow's own clients, unmodified, against a Treadle server."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.servers import serving

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture
def mlflow(repository, tmp_path):
    """Run a script under one of MLflow's clients."""

    def run(version, address, *arguments, program="python"):
        binary = repository / f".venv-mlflow{version}" / "bin" / program
        assert binary.exists(), f'"make test" makes .venv-mlflow{version}'
        done = subprocess.run(
            [binary, *map(str, arguments)], capture_output=True, text=True, timeout=300, cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"], "HOME": str(tmp_path), "MLFLOW_TRACKING_URI": address,
                "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "GIT_PYTHON_REFRESH": "quiet",
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done.stdout

    return run


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("version", [3, 2])
def test_runs(mlflow, request, tmp_path, version, kind):
    store = request.getfixturevalue("postgres") if kind == "postgresql" else tmp_path / "store.db"
    with serving(store, artifacts=str(tmp_path / "artifacts")) as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "tracking.py")


@pytest.mark.parametrize(("version", "kind"), [(3, "sqlite"), (3, "postgresql"), (2, "sqlite")])
def test_models(mlflow, request, tmp_path, version, kind):
    store = request.getfixturevalue("postgres") if kind == "postgresql" else tmp_path / "store.db"
    with serving(store, artifacts=str(tmp_path / "artifacts")) as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "models.py")


@pytest.mark.parametrize(("version", "libraries"), [(3, ["sklearn", "xgboost", "lightgbm"]), (2, ["sklearn"])])
def test_autolog(mlflow, tmp_path, version, libraries):
    with serving(tmp_path / "store.db") as address:
        assert "all of it holds" in mlflow(version, address, CLIENTS / "autolog.py", *libraries)


def test_the_command_line(mlflow, tmp_path):
    with serving(tmp_path / "store.db") as address:
        mlflow(3, address, "experiments", "create", "-n", "typed", program="mlflow")
        listed = mlflow(3, address, "experiments", "search", program="mlflow")
        assert "typed" in listed
        mlflow(3, address, "runs", "create", "--experiment-id", "1", "--run-name", "typed run", program="mlflow")
        assert "typed run" in mlflow(3, address, "runs", "list", "--experiment-id", "1", program="mlflow")
