import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

from tests.servers import Postgres, serving
from treadle.store import locate_store, open_store

pytest_plugins = ["treadle.testing.fixtures", "tests.notebooks"]

_scratch = pytest.StashKey[str]()


def pytest_configure(config):
    """What programs leave in the folder for temporary files goes with the tests.

    MLflow's clients fill it.
    """
    if not hasattr(config, "workerinput"):
        os.environ.setdefault(
            "PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir()
        )  # what a test that failed left is kept
        os.environ["TMPDIR"] = config.stash[_scratch] = tempfile.mkdtemp(prefix="treadle-tests-")
        tempfile.tempdir = None
        os.environ["TREADLE_CONFIG_DIR"] = str(Path(config.stash[_scratch]) / "user")


def pytest_unconfigure(config):
    if scratch := config.stash.get(_scratch, None):
        shutil.rmtree(scratch, ignore_errors=True)


@pytest.fixture(autouse=True)
def _outside_of_any_project(treadle_folder):
    """Every test works in a folder of its own, and nothing of this machine leaks in."""


@pytest.fixture
def location(tmp_path):
    return locate_store(tmp_path / ".treadle" / "treadle.db")


@pytest.fixture
def store(location):
    """The store as the next command sees it: opened anew for every question."""

    class Fresh:
        def __getattr__(self, name):
            def call(*args):
                opened = open_store(location)
                try:
                    return getattr(opened, name)(*args)
                finally:
                    opened.close()

            return call

    return Fresh()


def start(arguments, cwd, environment=None, **options):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "error", **(environment or {})},
        **options,
    )


@pytest.fixture
def python(tmp_path):
    """Run Python code in a process of its own."""
    from treadle.testing.fixtures import FinishedCommand  # after pytest has loaded it as a plugin

    def run(code, *arguments, environment=None, cwd=None):
        script = tmp_path / "script_under_test.py"
        script.write_text(code)
        process = start(
            [script, *arguments],
            cwd or tmp_path,
            environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = process.communicate(timeout=120)
        return FinishedCommand(process.returncode, out, err)

    return run


@pytest.fixture
def treadle(treadle_command):
    """Run the command line in a process of its own, where each warning is an error."""

    def run(*arguments, environment=None, **options):
        environment = {"PYTHONWARNINGS": "error", **(environment or {})}
        return treadle_command(*arguments, environment=environment, **options)

    return run


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    # A short path: the name of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="treadle-pg-"))
    server = Postgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server):
    """The address of a new and empty store in PostgreSQL."""
    return postgres_server.create()


@pytest.fixture(params=["sqlite", "postgresql", "http"])
def address(request, tmp_path):
    """Where a new and empty store of each kind is."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
    elif request.param == "postgresql":
        yield request.getfixturevalue("postgres")
    else:
        with serving(tmp_path / "served.db") as url:
            yield url


@pytest.fixture(scope="session")
def object_storage():
    """A server that speaks S3, on this machine."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(object_storage, monkeypatch):
    """The address of an empty bucket."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": object_storage,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/runs"


@pytest.fixture
def own_imports(monkeypatch):
    """What a test reads while a pipeline is observed counts for its process: forget it after it."""
    from treadle.engine.observed import imports

    monkeypatch.setattr(imports, "_WATCHES", {})


@pytest.fixture(scope="session")
def repository():
    return Path(__file__).parent.parent
