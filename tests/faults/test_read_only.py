"""A store that cannot be written to is read; what would change it says so in one line."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from treadle.store.sql.sqlite import SqliteDatabase

OTHER = 54321  # a user who owns nothing
FLOW = """
import treadle
from treadle import node
catalog = {"made": {"filepath": "made.json"}}

@node(cache=True)
def made():
    treadle.log_metric("m", 1.0)
    treadle.log_text("words", "a.txt")
    return [1]
"""
READING = [
    "runs",
    "runs --json",
    "runs show latest",
    "runs logs latest",
    "runs artifacts latest",
    "diff latest latest",
    "experiments",
    "why made flow.py",
    "plan flow.py",
    "runs show latest --lineage",
    "doctor",
    "server user list",
]
WRITING = [
    "run flow.py",
    "run train.py",
    "runs rename latest x",
    "runs delete latest",
    "experiments rename default x",
    "gc",
    "server token create ada",
]

IS_ROOT = os.geteuid() == 0
pytestmark = pytest.mark.skipif(
    IS_ROOT and not shutil.which("setpriv"), reason="root writes everywhere, and setpriv is missing"
)


def run_as_other(folder, *arguments):
    """Run Treadle as a user who cannot write to a folder, and has no home.

    For root that is another user, who may read everything: Python itself may be in a folder of
    root's.
    """
    command = [sys.executable, "-m", "treadle", *arguments]
    if IS_ROOT:
        rights = "-all,+dac_read_search"
        identity = [f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups"]
        command = [
            "setpriv",
            *identity,
            f"--inh-caps={rights}",
            f"--ambient-caps={rights}",
            *command,
        ]
    own = {name: value for name, value in os.environ.items() if name != "TREADLE_CONFIG_DIR"}
    own |= {"HOME": "/nonexistent", "TMPDIR": str(folder.parent / "tmp")}
    own |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error"}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)


@pytest.fixture
def outer():
    """A folder that others may look into; pytest's are for their owner."""
    with tempfile.TemporaryDirectory(dir=os.environ["PYTEST_DEBUG_TEMPROOT"]) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def folder(outer, treadle):
    """A project in which nobody but root may write."""
    project = outer / "project"
    project.mkdir()
    (outer / "tmp").mkdir()
    (outer / "tmp").chmod(0o777)
    (project / "flow.py").write_text(FLOW)
    (project / "train.py").write_text("import treadle\ntreadle.log_metric('m', 1.0)\n")
    assert treadle("run", "flow.py", cwd=project).code == 0
    with read_only(project):
        yield project


@contextlib.contextmanager
def read_only(folder):
    """Make a folder one that only root can write in."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o755 if IS_ROOT else 0o555) if path.is_dir() else path.chmod(0o444)
    yield
    for path in [path for path in paths if path.is_dir()]:
        path.chmod(0o755)


@pytest.mark.parametrize("command", READING)
def test_what_only_reads_works_in_the_folder_of_another_user(folder, command):
    done = run_as_other(folder, *command.split())
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", WRITING)
def test_what_would_change_something_says_so(folder, command):
    done = run_as_other(folder, *command.split())
    assert done.returncode not in (0, 1, 2), done
    assert "can only be read here" in done.stderr, done
    assert len(done.stderr.strip().splitlines()) <= 4


def test_an_export_goes_elsewhere(folder):
    target = folder.parent / "tmp" / "runs.csv"
    assert run_as_other(folder, "export", str(target)).returncode == 0
    assert "made" not in target.read_text().splitlines()[0]
    assert len(target.read_text().splitlines()) == 2
    there = folder.parent / "tmp" / "there"
    done = run_as_other(folder, "runs", "download", "latest", "a.txt", "--to", str(there))
    assert (done.returncode, done.stderr) == (0, ""), done
    assert [(path.name, path.read_text()) for path in there.iterdir()] == [("a.txt", "words")]


def test_what_a_crash_left_in_the_log_is_read(folder):
    """The log has what the file has not, and nobody may make an index of it."""
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    crash = f"""
import apsw, os
writer = apsw.Connection({str(copy / ".treadle" / "treadle.db")!r})
writer.execute("UPDATE run SET name = 'renamed'")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", crash], check=True)
    assert (copy / ".treadle" / "treadle.db-wal").stat().st_size > 0
    (copy / ".treadle" / "treadle.db-shm").unlink()
    with read_only(copy):
        done = run_as_other(copy, "runs", "--json")
    assert done.returncode == 0, done
    assert json.loads(done.stdout)[0]["name"] == "renamed"


def test_a_store_that_somebody_writes_to_is_read_with_what_they_wrote(folder):
    store = folder.parent / "shared" / "runs.db"
    store.parent.mkdir()
    shutil.copy(folder / ".treadle" / "treadle.db", store)
    store.chmod(0o644)
    writer = apsw.Connection(str(store))
    writer.execute("UPDATE run SET name = 'renamed'")
    with read_only(store.parent):
        done = run_as_other(folder, "runs", "--json", "--store", str(store))
    writer.close()
    assert done.returncode == 0, done
    assert json.loads(done.stdout)[0]["name"] == "renamed"


@pytest.fixture
def mounted(outer, folder):
    """The same on a disk that is mounted to be read only, where even root writes nothing."""
    place = outer / "disk"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "none", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree(folder, place / "project")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        yield place / "project"
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize(
    "command", ["runs", "runs show latest", "plan flow.py", "runs rename latest x", "run flow.py"]
)
def test_a_disk_that_is_mounted_to_be_read(mounted, treadle, command):
    done = treadle(*command.split(), cwd=mounted)
    if command in WRITING or "rename" in command:
        assert (done.code, "can only be read here" in done.err) == (8, True), done
    else:
        assert done.code == 0, done


def test_nothing_needs_a_home(folder):
    """Everything works without a folder of the user, but for what has to be stored there."""
    own = folder.parent / "tmp" / "own"
    shutil.copytree(folder, own, ignore=shutil.ignore_patterns(".treadle"))
    for path in (own, *own.rglob("*")):
        path.chmod(0o777)
        if IS_ROOT:
            os.chown(path, OTHER, OTHER)
    for command in ("run flow.py", "runs", "plan flow.py", "gc"):
        done = run_as_other(own, *command.split())
        assert (done.returncode, done.stderr) == (0, ""), done
    assert run_as_other(own, "logout", "https://runs.example.org").returncode == 8


@pytest.mark.parametrize("version", [0, 3, 99])
def test_a_database_of_another_program_is_left_alone(tmp_path, treadle, version):
    place = tmp_path / "places.sqlite"
    other = apsw.Connection(str(place))
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.pragma("user_version", version)
    other.close()
    before = place.read_bytes()
    done = treadle("runs", "--store", str(place))
    assert (done.code, "it has the tables bookmarks" in done.err) == (8, True), done
    assert place.read_bytes() == before
    with contextlib.suppress(Exception):
        SqliteDatabase(place).close()
    assert place.read_bytes() == before
