"""The command line on real projects, each command in a process of its own."""

import json
import os
import signal
import subprocess
import sys

import pytest
from tests.conftest import start


@pytest.fixture(scope="session")
def flights_once(tmp_path_factory):
    """The flights project after one run, for tests that only look."""
    from treadle.project.create import create_project

    folder = create_project("flights-2013", tmp_path_factory.mktemp("once"), "flights")
    process = start(
        ["-m", "treadle", "run"], folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return folder, out


@pytest.fixture
def project(tmp_path, treadle):
    assert treadle("new", "small-one").code == 0
    folder = tmp_path / "small-one"

    class Small:
        path = folder
        nodes = folder / "src" / "small_one" / "pipelines" / "greet.py"

        def __call__(self, *arguments, **options):
            return treadle(*arguments, cwd=folder, **options)

        def write(self, name, text):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

        def pipeline(self, text):
            self.nodes.write_text("import treadle\nfrom treadle import node, param\n" + text)

    return Small()


def test_the_flights_project_runs_on_the_real_data(flights_once, treadle):
    folder, out = flights_once
    assert "9 nodes" in out
    assert "Outputs: metrics, residuals" in out
    (run,) = treadle("runs", "--json", cwd=folder).json
    assert set(run) >= {
        "id",
        "name",
        "experiment",
        "status",
        "started",
        "ended",
        "params",
        "metrics",
        "tags",
    }
    assert (run["name"], run["experiment"], run["status"], run["command"]) == (
        "flights-2013",
        "flights-2013",
        "finished",
        "treadle run",
    )
    assert run["metrics"]["r2"] > 0.75
    assert 5 < run["metrics"]["mae"] < 15
    assert run["params"]["model.depth"] == 6
    details = treadle("runs", "show", "latest", "--json", cwd=folder).json
    assert len(details["nodes"]) == 9
    assert details["snapshots"]["environment"]["packages"]["pandas"]
    assert details["snapshots"]["config"]["catalog"]["model"]["type"] == "pickle"
    assert {d["dataset"] for d in details["datasets"] if d["role"] == "read"} >= {
        "flights",
        "weather",
        "planes",
        "airports",
    }
    import pandas as pd

    assert len(pd.read_parquet(folder / "data/raw/flights.parquet")) == 27_004
    assert json.loads((folder / "data/report/metrics.json").read_text()) == run["metrics"]


def test_showing_a_run_says_all_that_matters(flights_once, treadle):
    folder, _ = flights_once
    shown = treadle("runs", "show", "flights-2013", cwd=folder).out
    for text in (
        "model.depth",
        "departures",
        "data/raw/flights.parquet",
        "figures/residuals.png",
        "python",
        "finished",
    ):
        assert text in shown
    listed = treadle("runs", cwd=folder / "src").out  # from any folder below
    assert "flights-2013" in listed


def test_the_catalog_is_shown(flights_once, treadle):
    folder, _ = flights_once
    rows = treadle("catalog", "ls", "--json", cwd=folder).json
    assert {row["name"]: (row["type"], row["exists"]) for row in rows}["model"] == ("pickle", True)
    listed = treadle("catalog", "ls", cwd=folder).out
    assert "data/raw/flights.parquet" in listed
    shown = treadle("catalog", "show", "features", cwd=folder).out
    assert "DataFrame (26398, 16)" in shown
    assert "blake3:" in shown
    missing = treadle("catalog", "show", "featurs", cwd=folder)
    assert (missing.code, missing.out) == (5, "")
    assert 'There is no dataset "featurs" in the catalog.\nDid you mean "features"?' in missing.err


def test_doctor(flights_once, treadle):
    folder, _ = flights_once
    told = treadle("doctor", cwd=folder)
    assert told.code == 0, told
    assert "2 pipelines (model, prepare), 9 datasets" in told.out
    assert "write-ahead log" in told.out
    assert "0 left by dead processes" in told.out


def test_a_new_project_runs(project):
    done = project(
        "run", "--params", "name=Ada", "--tag", "k=v", "--name", "hello", "--experiment", "exp"
    )
    assert done.code == 0, done
    assert (project.path / "data" / "greeting.txt").read_text() == "Hello, Ada!\n"
    (run,) = project("runs", "--json").json
    assert (run["name"], run["experiment"], run["tags"], run["params"]) == (
        "hello",
        "exp",
        {"k": "v"},
        {"name": "Ada"},
    )
    assert run["command"] == "treadle run --params name=Ada --tag k=v --name hello --experiment exp"


def test_the_state_of_the_code_is_recorded(project):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], cwd=project.path, check=True)
    subprocess.run(
        [*git, "remote", "add", "origin", "https://ada:secret99@host/x.git"],
        cwd=project.path,
        check=True,
    )
    project("run")
    clean = project("runs", "show", "latest", "--json").json["snapshots"]["git"]
    assert (len(clean["commit"]), clean["dirty"], clean["remote"]) == (
        40,
        False,
        "https://***@host/x.git",
    )
    project.write("conf/base/parameters.yml", "name: you\n")
    project.write("new file.txt", "x")
    project("run")
    dirty = project("runs", "show", "latest", "--json").json["snapshots"]["git"]
    assert (dirty["dirty"], dirty["commit"]) == (True, clean["commit"])
    assert sorted(dirty["changed"]) == ["conf/base/parameters.yml", "new file.txt"]


STEPS = """
@node(tags="x")
def a() -> int: return 1
@node(tags=["x", "y"])
def b(a): return a + 1
@node
def c(b): return b + 1
"""


@pytest.mark.parametrize(
    ("flags", "ran"),
    [
        ([], ["a", "b", "c"]),
        (["greet"], ["a", "b", "c"]),
        (["--nodes", "a,b"], ["a", "b"]),
        (["--nodes", "a", "--nodes", "b"], ["a", "b"]),
        (["--tags", "y,x"], ["a", "b"]),
        (["--to-nodes", "b"], ["a", "b"]),
        (["--to-outputs", "a"], ["a"]),
        (["--from-nodes", "a", "--to-nodes", "a"], ["a"]),
    ],
)
def test_flags_choose_nodes(project, flags, ran):
    project.pipeline(STEPS)
    done = project("run", *flags)
    assert done.code == 0, done
    details = project("runs", "show", "latest", "--json").json
    assert [one["node"] for one in details["nodes"]] == ran


def test_from_inputs_and_versions(project):
    project.pipeline(STEPS)
    project.write("conf/base/catalog.yml", "b: {filepath: data/b.json, versioned: true}\n")
    project("run")
    project("run")
    versions = sorted(path.name for path in (project.path / "data" / "b.json").iterdir())
    assert project("catalog", "show", "b", "--json").json["versions"] == versions
    done = project("run", "--from-inputs", "b", "--load-versions", f"b={versions[0]}")
    assert done.code == 0, done
    used = project("runs", "show", "latest", "--json").json["datasets"]
    assert [(d["dataset"], d["version"], d["role"]) for d in used] == [("b", versions[0], "read")]


def test_environments(project):
    project.write("conf/prod/parameters.yml", "name: production\n")
    assert project("run", "--env", "prod").code == 0
    assert (project.path / "data" / "greeting.txt").read_text() == "Hello, production!\n"


def test_hooks_of_the_project(project):
    project.write(
        "src/small_one/hooks.py",
        "from treadle.hooks import hook\n"
        "class Say:\n"
        "    @hook\n"
        "    def before_node_run(self, node): print('about to run', node.name)\n"
        "say = Say()\n",
    )
    settings = project.path / "pyproject.toml"
    settings.write_text(settings.read_text() + 'hooks = ["small_one.hooks:say"]\n')
    assert "about to run greeting" in project("run").out
    settings.write_text(settings.read_text().replace('say"', 'nothing"'))
    wrong = project("run")
    assert wrong.code == 7
    assert 'The plugin "small_one.hooks:nothing"' in wrong.err


def bad(project, name):
    """Make one thing wrong; give the arguments, the exit code and what must be said."""
    if name == "yaml":
        project.write("conf/base/catalog.yml", "a: [1\nb: 2\n")
        return ["run"], 3, ["conf/base/catalog.yml:2", "not valid YAML"]
    if name == "type":
        project.write("conf/base/catalog.yml", "x: 1.txt\ngreeting: {type: txt, filepath: a}\n")
        return (
            ["run"],
            5,
            [
                'conf/base/catalog.yml:2: Dataset "greeting": There is no dataset type "txt".',
                "text",
            ],
        )
    if name == "file":
        project.pipeline("@node\ndef out(missing): return missing\n")
        project.write("conf/base/catalog.yml", "missing: data/nothing.csv\n")
        return (
            ["run"],
            6,
            ['An input has no data: "missing"', "nothing.csv", "correct the filepath"],
        )
    if name == "extra":
        project.write(
            "conf/base/catalog.yml", "greeting: {type: csv, engine: polars, filepath: a.csv}\n"
        )
        project.write(
            "src/polars.py",
            "raise ModuleNotFoundError(\"No module named 'polars'\", name='polars')\n",
        )
        project.pipeline(
            "import sys\n"
            "sys.modules['polars'] = None\n"
            "@node\n"
            "def greeting(name: str = param('name')): return name\n"
        )
        return (
            ["run"],
            5,
            ["needs polars, which is not installed.", 'pip install "treadle[polars]"'],
        )
    if name == "parameter":
        project.write("conf/base/parameters.yml", "# the name\nname: [1]\n")
        return (
            ["run"],
            3,
            ['conf/base/parameters.yml:2: the parameter "name" does not fit str', "value: [1]"],
        )
    if name == "pipeline":
        return ["run", "gret"], 4, ['There is no pipeline "gret".', 'Did you mean "greet"?']
    if name == "node":
        return (
            ["run", "--nodes", "greting"],
            4,
            ['There is no node "greting".', 'Did you mean "greeting"?'],
        )
    if name == "input":
        project.pipeline("@node\ndef out(greting): return greting\n")
        return ["run"], 4, ['"greting", read by "out"', 'Did you mean "greeting"?']
    if name == "selection":
        project.pipeline(STEPS)
        return ["run", "--from-nodes", "bb"], 4, ['There is no node "bb".']
    if name == "code":
        project.pipeline("import no_such_module\n")
        return (
            ["run"],
            7,
            ["small_one.pipelines.greet cannot be imported: ModuleNotFoundError", "greet.py:3"],
        )
    if name == "syntax":
        project.pipeline("def f(:\n")
        return ["run"], 7, ["SyntaxError", "greet.py:3"]
    if name == "settings":
        project.write("pyproject.toml", '[tool.treadle]\npackge = "small_one"\n')
        return ["run"], 7, ['a key "packge" that means nothing', 'Did you mean "package"?']
    if name == "store":
        project.write(".treadle/treadle.db", "no database at all " * 100)
        return ["run"], 8, ["treadle.db is damaged", "Move it aside"]
    if name == "environment":
        return ["run", "--env", "prd"], 3, ['There is no environment "prd"', "base"]
    if name == "folder":
        project.write("blocked", "")
        return (
            ["run", "--store", "blocked/x.db"],
            8,
            ["blocked cannot be created", "Check the permissions"],
        )
    if name == "raise":
        project.pipeline("@node\ndef out(): raise ValueError('no such thing')\n")
        return ["run"], 1, ['Node "out" failed: ValueError: no such thing', "greet.py:4"]
    if name == "search":
        return ["runs", "--where", "metrics.r2 >"], 2, ["a value is missing", "^"]
    if name == "run":
        return (
            ["runs", "show", "nothing"],
            8,
            ['There is no run "nothing"', '"treadle runs" lists them'],
        )
    if name == "command":
        return ["rnu"], 2, ['There is no command "rnu". Did you mean "run"?']
    if name == "script":
        return ["run", "nothing.py"], 6, ["There is no file nothing.py"]
    if name == "override":
        return ["run", "--params", "name"], 3, ['"name" sets nothing']
    raise AssertionError(name)


@pytest.mark.parametrize(
    "name",
    [
        "yaml",
        "type",
        "file",
        "extra",
        "parameter",
        "pipeline",
        "node",
        "input",
        "selection",
        "code",
        "syntax",
        "settings",
        "store",
        "environment",
        "folder",
        "raise",
        "search",
        "run",
        "command",
        "script",
        "override",
    ],
)
def test_bad_input_gives_one_clear_message(project, name):
    arguments, code, said = bad(project, name)
    done = project(*arguments)
    assert done.code == code, done
    for text in said:
        assert text in done.err, done
    assert "Traceback" not in done.err
    if name in ("raise", "code"):
        assert "Traceback" in project(*arguments, "--verbose").err


def test_a_failed_run_is_recorded_and_says_how_to_go_on(project):
    project.pipeline("@node\ndef a() -> int: return 1\n@node\ndef b(a): return a / 0\n")
    project.write("conf/base/catalog.yml", "a: data/a.json\n")
    done = project("run")
    assert done.code == 1
    assert (
        "1 of 2 nodes had run, and what they saved is kept. To go on from there, run it again, "
        "or: treadle resume" in done.err
    )
    (run,) = project("runs", "--where", "status = 'failed'", "--json").json
    assert run["error"]["kind"] == "NodeError"
    assert (project.path / "data" / "a.json").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_stopped(project, number, code):
    project.pipeline(
        "import time\n"
        "@node\n"
        "def greeting():\n"
        "    print('up', flush=True)\n"
        "    time.sleep(60)\n"
        "    return 'x'\n"
    )
    project.write("data/greeting.txt", "before")
    process = start(
        ["-m", "treadle", "run"], project.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while process.stdout.readline() != "up\n":
        pass
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    details = project("runs", "show", "latest", "--json").json
    assert (details["run"]["status"], details["nodes"][0]["status"]) == ("killed", "killed")
    assert (project.path / "data" / "greeting.txt").read_text() == "before"


def test_two_runs_at_once(project):
    project.pipeline(
        "import sys\n"
        "@node\n"
        "def greeting():\n"
        "    print('up', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    return 'x'\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-m", "treadle", "run"],
        cwd=project.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while first.stdout.readline() != "up\n":
        pass
    second = project("run")
    assert second.code == 9, second
    assert "data/greeting.txt is being written by run" in second.err
    assert "Wait until it ends" in second.err
    assert [one["status"] for one in project("runs", "--json").json] == ["running"]
    first.communicate("\n", timeout=60)
    assert first.returncode == 0
    assert project("run").code == 0


@pytest.mark.parametrize("name", ["1abc", "a/b", "..", "class", "a b!", ""])
def test_a_name_that_no_project_can_have(treadle, tmp_path, name):
    done = treadle("new", name)
    assert done.code == 7, done
    assert "cannot be the name of a project" in done.err
    assert not list(tmp_path.iterdir())


def test_new_never_overwrites(treadle, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    done = treadle("new", "full")
    assert (done.code, "exists and is not empty" in done.err) == (7, True)
    assert (
        'There is no example "flight".\nDid you mean "flights"?'
        in treadle("new", "x", "--example", "flight").err
    )


def test_outside_of_a_project(treadle):
    assert "is not inside a project" in treadle("run").err
    assert "is not inside a project" in treadle("catalog", "ls").err
    assert treadle("runs").out == "No runs.\n"
    assert treadle("doctor").code == 0


def test_in_a_project_of_kedro_the_lines_to_write_are_shown(treadle, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.kedro]\npackage_name = "space"\n')
    done = treadle("run")
    assert done.code == 7
    assert '[tool.treadle]\n  package = "space"' in done.err
    assert "import node, Node, pipeline and Pipeline from treadle" in done.err


def test_the_demo_ends_by_itself_and_can_be_repeated(treadle, tmp_path):
    done = treadle("demo")
    assert done.code == 0, done
    for text in ("The flights project is in demo/", "$ treadle run", "METRICS", "Go on from here"):
        assert text in done.out
    rebuilt = treadle("reproduce", "latest", "--dry-run", cwd=tmp_path / "demo")
    assert rebuilt.code == 0, rebuilt
    assert "The same: params" in treadle("diff", "latest", "latest", cwd=tmp_path / "demo").out
    again = treadle("demo")
    assert again.code == 0
    assert len(treadle("runs", "--json", cwd=tmp_path / "demo").json) == 2


def test_secrets_are_nowhere(project):
    secret = "correct-horse-battery"
    project.write(
        "conf/local/credentials.yml",
        f"db: {{con: 'sqlite:///data/x.db?key={secret}', token: {secret}}}\n",
    )
    project.write(
        "conf/base/parameters.yml",
        f"name: x\nservice: {{api_key: other-secret-9}}\nnote: uses {secret}\n",
    )
    project.write(
        "conf/base/catalog.yml",
        "greeting: data/g.txt\ntable: {type: sql_table, table_name: t, credentials: db}\n",
    )
    project.pipeline(
        "import logging\n"
        "log = logging.getLogger(__name__)\n"
        "@node\n"
        "def greeting(key: str = param('service.api_key'), note: str = param('note')):\n"
        f"    log.info('connecting with %s', '{secret}')\n"
        f"    treadle.set_tag('used', '{secret}')\n"
        f"    raise ValueError('refused: {secret} and ' + key)\n"
    )
    done = project("run", "--verbose", "--tag", f"password={secret}")
    assert done.code == 1
    kept = b"".join(
        path.read_bytes() for path in (project.path / ".treadle").rglob("*") if path.is_file()
    )
    for text in (secret, "other-secret-9"):
        assert text.encode() not in kept
    assert secret not in done.err.replace(f"'{secret}'", "").replace(
        f"connecting with {secret}", ""
    )
    details = project("runs", "show", "latest", "--json").json
    assert details["snapshots"]["config"]["parameters"] == {
        "name": "x",
        "service": {"api_key": "***"},
        "note": "uses ***",
    }
    assert "connecting with ***" in [line["text"] for line in details["logs"]]
    assert secret not in project("runs", "show", "latest").out


def test_what_nodes_log_is_recorded(project):
    project.pipeline(
        "import logging\n"
        "@node\n"
        "def greeting():\n"
        "    logging.getLogger('mine').info('halfway')\n"
        "    logging.getLogger('mine').warning('careful')\n"
        "    return 'x'\n"
    )
    done = project("run")
    assert "halfway" not in done.err
    assert "WARNING: careful" in done.err
    lines = project("runs", "show", "latest", "--json").json["logs"]
    assert [(line["level"], line["text"]) for line in lines] == [
        ("INFO", "halfway"),
        ("WARNING", "careful"),
    ]


def test_a_store_of_the_project_counts_from_its_folder(project):
    settings = project.path / "pyproject.toml"
    settings.write_text(settings.read_text() + 'store = "sqlite:///kept/runs.db"\n')
    assert project("run").code == 0
    script = "import treadle; treadle.start_run('from-below')"
    below = start(["-c", script], project.path / "src")
    assert below.wait(60) == 0
    assert {run["name"] for run in project("runs", "--json").json} == {"small-one", "from-below"}
    assert (project.path / "kept" / "runs.db").exists()
    settings.write_text(settings.read_text().replace("sqlite:///kept/runs.db", "ftp://db/x"))
    refused = project("run")
    assert (refused.code, "no such kind of store" in refused.err) == (8, True)
