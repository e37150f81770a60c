"""The code of runs that start in Python, outside of git."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile

import pytest
from tests.projects import commit, write

from treadle.store import Search, open_store

FILES = {
    "code/log.py": "import helping, deep.inner\n"
    "import treadle\n"
    "from treadle import node, pipeline\n"
    "r = treadle.run(pipeline([node(helping.double, 'x', 'y')]), inputs={'x': 2})\n"
    "print(r.id)\n",
    "code/helping.py": "def double(x): return 2 * x\n",
    "code/beside.py": "late = 1\n",
    "code/deep/__init__.py": "",
    "code/deep/inner.py": "z = 1\n",
    "code/deep/never.py": "z = 1\n",
    "code/venv/pyvenv.cfg": "",
    "code/venv/lib/other.py": "",
}


def recorded(tmp_path, store, cwd):
    done = subprocess.run(
        [sys.executable, str(tmp_path / "code" / "log.py")],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TREADLE_STORE": str(tmp_path / ".treadle" / "treadle.db")},
    )
    details = store.get_run(done.stdout.split()[-1])
    return details, [one.path for one in details.artifacts]


def names_in(location, run):
    store = open_store(location)
    content = b"".join(store.artifact(run, "code/untracked.tar"))
    store.close()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return set(archive.getnames())


def test_a_run_from_python_keeps_its_code_outside_of_git(tmp_path, store, location):
    write(tmp_path, FILES)
    for cwd, before in (
        (tmp_path / "code", ""),
        (tmp_path, "code/"),
        (tmp_path / "code" / "venv", ""),
    ):
        details, _ = recorded(tmp_path, store, cwd)
        assert names_in(location, details.run.id) == {
            f"{before}{name}"
            for name in ("log.py", "helping.py", "beside.py", "deep/__init__.py", "deep/inner.py")
        }
        assert {"environment", "git"} <= set(details.snapshots)


def test_in_git_it_is_the_commit(tmp_path, store):
    write(tmp_path, FILES)
    commit(tmp_path / "code")
    details, artifacts = recorded(tmp_path, store, tmp_path / "code")
    assert artifacts == []
    assert b'"commit":"' in bytes(details.snapshots["git"])


LOG = (
    "import helping\n"
    "import treadle\n"
    "for one in range(3):\n"
    "    with treadle.start_run() as run:\n"
    "        treadle.log_metric('m', 1)\n"
    "print(run.id)\n"
)


def test_a_run_that_logs_from_python_keeps_its_code_too(tmp_path, store, location):
    write(tmp_path, {**FILES, "code/log.py": LOG})
    details, _ = recorded(tmp_path, store, tmp_path / "code")
    assert names_in(location, details.run.id) == {"log.py", "helping.py", "beside.py"}
    assert set(details.snapshots) == {"environment", "git"}
    assert details.run.status == "finished"
    commit(tmp_path / "code")
    write(tmp_path / "code", {"helping.py": "changed = 1\n"})
    details, artifacts = recorded(tmp_path, store, tmp_path / "code")
    assert artifacts == ["code/changes.patch"]


def test_code_that_cannot_be_read_ends_no_training(tmp_path, store):
    write(tmp_path, {**FILES, "code/log.py": LOG})
    commit(tmp_path / "code")
    (tmp_path / "code" / ".git" / "index").write_bytes(b"damaged")
    details, artifacts = recorded(tmp_path, store, tmp_path / "code")
    assert (details.run.status, details.run.metrics) == ("finished", {"m": 1.0})
    assert artifacts == ["code/untracked.tar"]


def test_it_can_be_left_out(tmp_path, store, monkeypatch):
    write(tmp_path, {**FILES, "code/log.py": LOG})
    monkeypatch.setenv("TREADLE_RECORD_CODE", "false")
    details, artifacts = recorded(tmp_path, store, tmp_path / "code")
    assert (details.snapshots, artifacts) == ({}, [])


@pytest.fixture
def slow_git(tmp_path, monkeypatch):
    """Put a git first on the path that waits for a file, and then is the real one."""
    git = shutil.which("git")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f"#!/bin/sh\ntouch {tmp_path}/asked\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.01; done\n"
        f'exec {git} "$@"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")


SLOW = """
import os, signal, sys
import treadle
run = treadle.start_run()
print(run.id, flush=True)
os.chdir("/")
treadle.log_metric("m", 1)
open(sys.argv[1], "w").close()  # git has answered nothing so far
"""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("run.end()", "finished"),
        ("", "finished"),
        ("sys.exit(3)", "failed"),
        ("1 / 0", "failed"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "killed"),
    ],
)
@pytest.mark.usefixtures("slow_git")
def test_a_training_does_not_wait_for_git(tmp_path, store, end, status):
    """However the run ends, the record is whole, of the folder that it was started in."""
    write(tmp_path, {**FILES, "code/log.py": SLOW + end})
    (tmp_path / "go").touch()
    commit(tmp_path / "code")
    (tmp_path / "go").unlink()
    script = tmp_path / "code" / "log.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path / "go"],
        cwd=tmp_path / "code",
        capture_output=True,
        text=True,
        env={**os.environ, "TREADLE_STORE": str(tmp_path / ".treadle" / "treadle.db")},
        timeout=60,
    )
    assert "not recorded" not in done.stderr
    details = store.get_run(done.stdout.split()[0])
    assert (details.run.status, details.run.metrics) == (status, {"m": 1.0})
    assert b'"commit":"' in bytes(details.snapshots["git"])
    environment = json.loads(bytes(details.snapshots["environment"]))
    assert environment["folder"] == str(tmp_path / "code")


FORKS = """
import contextvars, os, sys, time
import treadle

def work():  # without the parent's run around it
    with treadle.start_run("child"):
        open(sys.argv[1], "w").close()

with treadle.start_run("parent"):
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    if (child := os.fork()) == 0:
        contextvars.Context().run(work)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
with treadle.start_run("last") as run:
    pass
print(run.id)
"""


@pytest.mark.usefixtures("slow_git")
def test_a_fork_while_git_is_asked(tmp_path, store):
    """Its child does not wait for a thread that only the parent has."""
    (tmp_path / "go").touch()
    write(tmp_path, {**FILES, "code/log.py": FORKS})
    commit(tmp_path / "code")
    (tmp_path / "go").unlink()
    (tmp_path / "asked").unlink()
    done = subprocess.run(
        [sys.executable, tmp_path / "code" / "log.py", tmp_path / "go", tmp_path / "asked"],
        cwd=tmp_path / "code",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TREADLE_STORE": str(tmp_path / ".treadle" / "treadle.db")},
        timeout=60,
    )
    assert "not recorded" not in done.stderr
    runs = store.find_runs(Search())
    names = ("parent", "child", "last")
    assert {run.name: run.status for run in runs} == dict.fromkeys(names, "finished")
    recorded = [run.name for run in runs if "git" in store.get_run(run.id).snapshots]
    assert sorted(recorded) == ["child", "last", "parent"]


def test_a_command_of_the_environment_is_no_code(tmp_path, store):
    """As pytest or jupyter are, with the modules beside them."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "own"], check=True)
    write(
        tmp_path / "own" / "bin",
        {"tool": FILES["code/log.py"], "deep/inner.py": "", "helping.py": "double = abs\n"},
    )
    done = subprocess.run(
        [tmp_path / "own" / "bin" / "python", tmp_path / "own" / "bin" / "tool"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "TREADLE_STORE": str(tmp_path / ".treadle" / "treadle.db"),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
    )
    assert store.get_run(done.stdout.split()[-1]).artifacts == []
