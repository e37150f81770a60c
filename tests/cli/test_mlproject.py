"""``treadle project run``: MLflow's projects, run with its own client."""

import json
import os
import shutil
import sys

import pytest
from tests.projects import commit, git, write
from tests.wheels import wheel

TRAIN = """
import argparse
import mlflow
parser = argparse.ArgumentParser()
parser.add_argument("alpha", type=float)
parser.add_argument("--data")
given = parser.parse_args()
with mlflow.start_run():
    mlflow.log_param("rows", len(open(given.data).read().split()))
    for step in range(3):
        mlflow.log_metric("loss", given.alpha / (step + 1), step=step)
    mlflow.log_text("hello", "notes.txt")
print("it is trained")
"""
FILE = """
name: tutorial
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
      data: {type: path, default: data.csv}
    command: "python train.py {alpha} --data {data}"
  own: {command: python own.py}
  bad: {command: python -c 'import sys; print("last words"); sys.exit(3)'}
  both: {command: python own.py && python own.py}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("GIT_PYTHON_REFRESH", "quiet")
    write(
        tmp_path / "p",
        {
            "MLproject": FILE,
            "train.py": TRAIN,
            "data.csv": "1 2 3",
            ".gitignore": "__pycache__\n",
            "own.py": "import treadle\n"
            "treadle.log_metric('m', 1)\n"
            "with treadle.start_run() as run:\n"
            "    run.log_metric('n', 2)\n",
        },
    )
    return tmp_path / "p"


@pytest.fixture
def run(tmp_path, treadle):
    def run(*arguments, **options):
        return treadle(*map(str, arguments), cwd=tmp_path, **options)

    return run


@pytest.mark.parametrize(("version", "package"), [(3, "mlflow"), (2, "mlflow-skinny")])
def test_code_written_for_mlflow_logs_to_its_run(folder, run, repository, version, package):
    python = repository / f".venv-mlflow{version}/bin/python"
    arguments = ("-P", "alpha=0.25", "--python", python, "--name", "one", "--tag", "who=me")
    done = run(
        "project", "run", folder, *arguments, environment={"PYTHONWARNINGS": ""}
    )  # MLflow's are not ours
    assert done.code == 0, done
    assert "it is trained" in done.out
    details = run("runs", "show", "one", "--json").json
    found = details["run"]
    assert (found["kind"], found["status"]) == ("project", "finished")
    assert found["params"] == {"alpha": "0.25", "data": str(folder / "data.csv"), "rows": "3"}
    assert found["metrics"] == {"loss": pytest.approx(0.25 / 3)}
    assert [one["count"] for one in details["metrics"]] == [3]
    assert "notes.txt" in [one["path"] for one in details["artifacts"]]
    assert (
        found["tags"].items()
        >= {
            "mlflow.source.type": "PROJECT",
            "mlflow.source.name": str(folder),
            "mlflow.project.entryPoint": "main",
            "who": "me",
        }.items()
    )
    assert details["snapshots"]["environment"]["packages"][package].startswith(f"{version}.")
    assert "it is trained" in [line["text"] for line in details["logs"]]
    assert len(run("runs", "--json").json) == 1


def test_code_written_for_treadle_logs_to_its_run(folder, run):
    done = run("project", "run", folder, "-e", "own", "--here")
    assert done.code == 0, done
    (found,) = run("runs", "--json").json
    assert found["metrics"] == {"m": 1, "n": 2}


def test_a_url_is_run_at_the_commit_that_it_came_to(folder, run, tmp_path):
    write(
        tmp_path / "repository",
        {"sub/MLproject": "entry_points: {main: {command: python own.py}}\n"},
    )
    (folder / "own.py").rename(tmp_path / "repository/sub/own.py")
    commit(tmp_path / "repository", "the first one")
    first = git(tmp_path / "repository", "rev-parse", "HEAD").decode().strip()
    git(tmp_path / "repository", "tag", "v1")
    write(tmp_path / "repository", {"sub/own.py": "1/0\n"})
    commit(tmp_path / "repository", "broken")
    url = f"file://{tmp_path}/repository"
    done = run("project", "run", f"{url}#sub", "-v", "v1", "--here", "--name", "one")
    assert done.code == 0, done
    assert done.out.splitlines()[0].startswith(f"{url} is at commit {first}: the first one (a, ")
    found = run("runs", "show", "one", "--json").json
    assert (
        found["run"]["tags"].items()
        >= {
            "mlflow.source.git.commit": first,
            "mlflow.source.git.repoURL": url,
            "mlflow.source.git.branch": "v1",
            "mlflow.source.name": f"{url}#sub",
        }.items()
    )
    assert found["snapshots"]["git"]["commit"] == first
    assert run("project", "run", f"{url}#sub", "--here").code == 1
    again = run("reproduce", "one")
    assert again.code == 0, again
    assert (
        run(
            "project", "run", tmp_path / "repository", "-v", "v1", "-e", "sub/own.py", "--here"
        ).code
        == 0
    )


def test_its_environment_is_built_once(folder, run, tmp_path):
    tiny = wheel(tmp_path, "tiny", "1.0")
    write(
        folder,
        {
            "MLproject": "python_env: python_env.yaml\n"
            "entry_points: {main: {command: python -m show}}\n",
            "python_env.yaml": f"dependencies: ['tiny @ {tiny}']\n",
            "show.py": "import sys, tiny\nprint('tiny', tiny.VERSION, 'in', sys.prefix)\n",
        },
    )
    done = run("project", "run", folder, "--name", "one")
    assert done.code == 0, done
    assert f"tiny 1.0 in {tmp_path}/cache/treadle/environments/" in done.out
    assert run("runs", "show", "one", "--json").json["snapshots"]["environment"]["packages"] == {
        "tiny": "1.0"
    }
    assert (
        run("project", "run", folder, environment={"UV_OFFLINE": "1", "PATH": "/usr/bin:/bin"}).code
        == 0
    )
    assert (
        len([path for path in (tmp_path / "cache/treadle/environments").iterdir() if path.is_dir()])
        == 1
    )


def test_a_run_is_reproduced_in_the_environment_that_it_had(folder, run, tmp_path):
    write(
        folder,
        {
            "MLproject": "entry_points: {main: {parameters: {n: float}, command: 'python -m show "
            "{n}'}}\n",
            "requirements.txt": f"tiny @ {wheel(tmp_path, 'tiny', '1.0')}\n",
            "show.py": "import os, sys, tiny, json, urllib.request\n"
            "body = json.dumps({'run_id': os.environ['MLFLOW_RUN_ID'], 'key': 'v', 'timestamp': "
            "1, 'step': 0,\n"
            "                   'value': float(tiny.VERSION) * float(sys.argv[1])}).encode()\n"
            "url = os.environ['MLFLOW_TRACKING_URI'] + '/api/2.0/mlflow/runs/log-metric'\n"
            "request = urllib.request.Request(url, body, {'content-type': 'application/json'})\n"
            "urllib.request.urlopen(request).read()\n",
        },
    )
    assert run("project", "run", folder, "-P", "n=3", "--name", "one").code == 0
    write(folder, {"requirements.txt": f"tiny @ {wheel(tmp_path, 'tiny', '2.0')}\n"})
    assert run("project", "run", folder, "-P", "n=3", "--name", "two").code == 0
    done = run("reproduce", "one", "--json")
    assert done.code == 0, done
    assert [(one["name"], one["outcome"]) for one in done.json["results"]] == [("v", "identical")]
    values = {one["name"]: one["metrics"]["v"] for one in run("runs", "--json").json}
    assert values == {"one": 3.0, "two": 6.0, "one-reproduced": 3.0}


def test_a_program_that_fails_fails_its_run(folder, run):
    done = run("project", "run", folder, "-e", "bad", "--here")
    assert (done.code, "ended with code 3" in done.err) == (1, True)
    (found,) = run("runs", "--json").json
    assert found["status"] == "failed"
    assert "last words" in json.dumps(run("runs", "logs", found["id"], "--json").json)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["p", "-e", "both", "--here"], 7, "needs a shell"),
        (["p", "-e", "mian", "--here"], 7, 'Did you mean "main"?'),
        (["p", "-P", "alpha=much", "--here"], 3, "is a float"),
        (["p", "-v", "v1", "--here"], 7, "is in no git repository"),
        (["p", "--python", "/nowhere/python"], 7, "There is no Python"),
        (["nowhere"], 7, "There is no folder"),
        (["p#../q", "--here"], 7, "is not the path of a folder"),
        (["ext::sh -c true"], 7, "There is no folder"),
        (["git://host/x.git"], 7, "git:// is not encrypted"),
        (["git+https://host/x.git"], 7, "Leave out the git+: https://host/x.git"),
        (["s3://bucket/x"], 7, "is not a git URL that is accepted"),
        (["https://host/x.zip"], 7, "is an archive"),
        (["github.com/a/b"], 7, "A git URL begins with https://"),
        (["file:///nowhere/at/all"], 9, "git clone failed"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_runs(folder, run, arguments, code, message):
    done = run("project", "run", *arguments)
    assert (done.code, message in done.err) == (code, True), done
    assert run("runs", "--json").json == []


def test_a_shell_is_given_when_the_user_says_so(folder, run):
    assert run("project", "run", folder, "-e", "both", "--here", "--shell").code == 0


CONDA = """#!{python}
import subprocess, sys
assert sys.argv[1:4] == ["env", "create", "--quiet"], sys.argv
prefix, file = sys.argv[sys.argv.index("--prefix") + 1], sys.argv[sys.argv.index("--file") + 1]
assert "numpy" in open(file).read()
subprocess.run([{python!r}, "-m", "venv", "--without-pip", prefix], check=True)
"""


def test_conda_builds_what_is_conda_s_where_it_is_installed(folder, run, tmp_path):
    write(
        folder,
        {
            "MLproject": "conda_env: conda.yaml\nentry_points: {main: {command: python -c 'import "
            "sys; print(sys.prefix)'}}\n",
            "conda.yaml": "channels: [conda-forge]\ndependencies: [python=3.11, numpy=1.26]\n",
        },
    )
    write(tmp_path, {"bin/conda": CONDA.format(python=sys.executable)})
    (tmp_path / "bin/conda").chmod(0o755)
    environment = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    for _ in range(2):
        done = run("project", "run", folder, environment=environment)
        assert done.code == 0, done
        assert f"{tmp_path}/cache/treadle/environments/" in done.out
    assert (
        len([path for path in (tmp_path / "cache/treadle/environments").iterdir() if path.is_dir()])
        == 1
    )


def test_an_environment_that_was_not_finished_is_built_anew(folder, run, tmp_path):
    write(
        folder,
        {
            "MLproject": "entry_points: {main: {command: python -c 'import tiny'}}\n",
            "requirements.txt": f"tiny @ {wheel(tmp_path, 'tiny', '1.0')}\n",
        },
    )
    assert run("project", "run", folder).code == 0
    (environment,) = [
        path for path in (tmp_path / "cache/treadle/environments").iterdir() if path.is_dir()
    ]
    (environment / ".ready").unlink()
    shutil.rmtree(environment / "bin")
    assert run("project", "run", folder).code == 0


def test_a_store_with_users_is_pointed_out(folder, run):
    assert (
        run("server", "user", "add", "ada", "--role", "admin", "--password", "lovelace-1815").code
        == 0
    )
    done = run("project", "run", folder, "-e", "own", "--here")
    assert (done.code, "The store has users" in done.err) == (0, True), done


LOOK = """
import os, pathlib
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        words = path.read_bytes().split(b"\\0")
    except OSError:
        continue
    line = b" ".join(words)
    if {b"server", b"--artifacts"} <= {*words} and os.fsencode(os.environ["HOLDS"]) in line:
        print("server:", b" ".join(words).decode())
"""


def test_the_address_of_the_store_is_in_no_command_that_others_can_see(folder, run, tmp_path):
    write(folder, {"own.py": LOOK})
    store = tmp_path / "kept.db"
    done = run(
        "project",
        "run",
        folder,
        "-e",
        "own",
        "--python",
        sys.executable,
        "--store",
        store,
        environment={"HOLDS": str(tmp_path)},
    )
    assert done.code == 0, done
    assert "server: " in done.out
    assert str(store) not in done.out.partition("server: ")[2].splitlines()[0]
