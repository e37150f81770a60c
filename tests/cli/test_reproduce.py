"""``treadle reproduce``, as it is typed: real repositories, real processes."""

import contextlib
import json
import shutil

import pytest
from tests.projects import commit, git, write, write_project

NODES = """
import random

from treadle import node, param, pipeline

from small.tools import scale


def clean(raw):
    return [abs(value) for value in raw]


def noisy(clean):
    return [value + random.random() for value in clean]


def measure(noisy, weight: int = param("weight")):
    return {"sum": scale(sum(noisy), weight)}


def other(extra):
    return len(extra)


def create_pipeline():
    return pipeline([node(clean), node(noisy), node(measure, outputs="measured"), node(other)])
"""

CATALOG = """
raw: data/raw.json
extra: data/extra.json
clean: out/clean.json
noisy: out/noisy.json
other: {type: json, filepath: out/other.json}
measured: {type: metrics, filepath: out/measured.json}
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    write_project(
        folder,
        NODES,
        {
            "src/small/tools.py": "def scale(value, weight):\n    return value * weight\n",
            "conf/base/parameters.yml": "weight: 2\n",
            "conf/base/catalog.yml": CATALOG,
            "data/raw.json": "[1, -2]",
            "data/extra.json": "[3]",
            ".gitignore": "data/\nout/\n.treadle/\n__pycache__\nconf/local/\n",
        },
    )
    commit(folder)
    return folder


@pytest.fixture
def run(project, treadle):
    def run(*arguments, **options):
        return treadle(*arguments, cwd=project, **options)

    return run


def outcomes(done):
    return {one["name"]: one["outcome"] for one in done.json["results"]}


ALL = ("clean", "noisy", "other", "measured", "sum")


def test_a_run_of_a_dirty_tree_comes_back_in_a_clean_clone(project, run, treadle, tmp_path):
    """The commit, uncommitted changes, an untracked file, configuration of this machine."""
    write(
        project,
        {
            "src/small/tools.py": "from small.more import MORE\n"
            "def scale(v, w):\n"
            "    return v * w + MORE\n"
        },
    )
    write(project, {"src/small/more.py": "MORE = 5\n", "conf/local/parameters.yml": "weight: 7\n"})
    assert run("run", "--name", "dirty", "--seed", "4").code == 0
    before = json.loads((project / "out/measured.json").read_text())
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(project), str(clone))
    store = project / ".treadle" / "treadle.db"
    done = treadle("reproduce", "dirty", "--store", str(store), cwd=clone)
    assert done.code == 0, done
    assert "Reproduced: all 5 results are what they were." in done.out
    assert not (clone / "out").exists()
    assert json.loads((project / "out/measured.json").read_text()) == before
    again = treadle("runs", "show", "latest", "--json", "--store", str(store)).json
    assert again["run"]["params"] == {"weight": 7}
    assert again["snapshots"]["git"]["commit"] == git(project, "rev-parse", "HEAD").decode().strip()
    found = treadle("diff", "dirty", "latest", "--json", "--store", str(store), cwd=clone)
    first, second = (
        one["id"] for one in reversed(treadle("runs", "--json", "--store", str(store)).json)
    )
    found = treadle("diff", first, second, "--json", "--store", str(store), cwd=clone).json
    assert found["code"] == {"files": [], "patch": ""}
    assert found["metrics"] == found["environment"] == []


def test_what_changed_since_does_not_matter(project, run):
    run("run", "--name", "old")
    write(
        project,
        {
            "src/small/tools.py": "def scale(v, w):\n    return 0\n",
            "conf/base/parameters.yml": "weight: 9\n",
        },
    )
    write(
        project,
        {"conf/base/catalog.yml": "raw: elsewhere.json\n", "src/small/pipelines/main.py": "1/0\n"},
    )
    commit(project)
    shutil.rmtree(project / "out")
    done = run("reproduce", "old", "--json")
    assert done.code == 0, done
    assert outcomes(done) == dict.fromkeys(ALL, "identical")


def test_the_project_goes_on_as_if_nothing_had_been(project, run):
    run("run", "--name", "old")
    run("reproduce", "old")
    assert "0 ran, 4 reused" in run("run").out


def test_a_selection_and_parameters_of_the_command_line(project, run):
    run("run", "--name", "old", "--to-nodes", "noisy", "--params", "weight=3")
    assert outcomes(run("reproduce", "old", "--json")) == {
        "clean": "identical",
        "noisy": "identical",
    }
    run("run", "--name", "part", "--from-nodes", "noisy", "--fresh")
    assert outcomes(run("reproduce", "part", "--json")) == {
        "noisy": "identical",
        "measured": "identical",
        "sum": "identical",
    }


def test_a_run_that_reused_everything_is_reproduced_too(project, run):
    run("run")
    run("run", "--name", "reused")
    assert outcomes(run("reproduce", "reused", "--json")) == dict.fromkeys(ALL, "identical")


def test_what_is_not_what_it_was(project, run):
    code = project / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text().replace("random.random()", "random.SystemRandom().random() * 1e-9")
    )
    run("run", "--name", "chance")
    done = run("reproduce", "chance", "--json")
    assert (done.code, done.json["reproduced"]) == (1, False)
    assert outcomes(done) == {
        "clean": "identical",
        "other": "identical",
        "noisy": "different",
        "measured": "different",
        "sum": "different",
    }
    text = run("reproduce", "chance").out
    assert "Not reproduced: 3 of 5 results are not what they were." in text
    assert "treadle diff" in text
    close = run("reproduce", "chance", "--tolerance", "1e-6", "--json")
    assert close.code == 0, close
    assert outcomes(close) == {
        "clean": "identical",
        "other": "identical",
        "noisy": "within tolerance",
        "measured": "within tolerance",
        "sum": "within tolerance",
    }
    ignored = run(
        "reproduce", "chance", "--ignore", "nois*", "--ignore", "measured", "--ignore", "sum"
    )
    assert ignored.code == 0


@pytest.mark.parametrize(
    ("content", "why"), [(None, "is not there"), ("[1, -3]", "has another content")]
)
def test_an_input_that_is_missing_is_said_before_anything_runs(project, run, content, why):
    run("run", "--name", "old")
    (project / "data/raw.json").unlink()
    if content:
        (project / "data/raw.json").write_text(content)
    done = run("reproduce", "old")
    assert done.code == 1
    assert done.out.index(f"raw.json {why}") < done.out.index("$ treadle run")
    found = outcomes(run("reproduce", "old", "--json"))
    assert found == {
        "clean": "input missing",
        "noisy": "input missing",
        "measured": "input missing",
        "sum": "input missing",
        "other": "identical",
    }
    (project / "data/extra.json").unlink()
    nothing = run("reproduce", "old")
    assert nothing.code == 1
    assert "$ treadle run" not in nothing.out
    assert "it could not be run" in nothing.out


def test_outputs_elsewhere_are_not_touched(project, run, tmp_path):
    shared = tmp_path / "shared.json"
    write(project, {"conf/base/catalog.yml": CATALOG.replace("out/clean.json", str(shared))})
    run("run", "--name", "old")
    shared.write_text("[5]")
    done = run("reproduce", "old", "--json")
    assert outcomes(done) == dict.fromkeys(ALL, "identical")
    assert shared.read_text() == "[5]"


def test_only_rebuild_it(project, run, tmp_path):
    run("run", "--name", "old")
    into = tmp_path / "as-it-was"
    done = run("reproduce", "old", "--dry-run", "--into", str(into))
    assert done.code == 0
    assert (into / "code/src/small/tools.py").is_file()
    assert (into / "conf/base/parameters.yml").read_text() == "weight: 2\n"
    assert len(run("runs", "--json").json) == 1
    assert run("reproduce", "old", "--into", str(into)).code == 9
    assert run("reproduce", "old", "--dry-run", "--into", str(project / "data/raw.json")).code == 9


def test_secrets_come_from_today(project, run):
    write(
        project,
        {
            "conf/local/parameters.yml": "service: {api_key: geheim-17}\n",
            "conf/base/parameters.yml": "weight: 2\n",
        },
    )
    code = project / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text().replace(
            'weight: int = param("weight")',
            'weight: int = param("weight"), key: str = param("service.api_key")',
        )
    )
    assert run("run", "--name", "old").code == 0
    done = run("reproduce", "old")
    assert done.code == 0, done
    (project / "conf/local/parameters.yml").unlink()
    write(project, {"conf/base/parameters.yml": "weight: 2\n"})
    gone = run("reproduce", "old")
    assert (gone.code, "parameter service.api_key" in gone.err) == (9, True)


def test_a_script_is_reproduced(project, run):
    write(
        project,
        {
            "train.py": "import sys, random\n"
            "import treadle\n"
            "from helper import half\n"
            "random.seed(int(sys.argv[1]))\n"
            "for step in range(5):\n"
            "    treadle.log_metric('loss', half(random.random()), step=step)\n"
            "open('model.txt', 'w').write('trained')\n"
            "treadle.log_artifact('model.txt')\n",
            "helper.py": "def half(x):\n    return x / 2\n",
        },
    )
    assert run("run", "--name", "old", "train.py", "3").code == 0
    write(project, {"helper.py": "def half(x):\n    return x / 3\n"})
    done = run("reproduce", "old", "--json")
    assert done.code == 0, done
    assert outcomes(done) == {"loss": "identical", "model.txt": "identical"}


def test_a_file_of_nodes_outside_of_any_repository(tmp_path, treadle):
    folder = tmp_path / "alone"
    flow = (
        (
            "from treadle import node\n"
            "from near import ONE\n"
            "catalog = {'raw': 'raw.json', 'out': 'out.json'}\n"
            "parameters = {'rate': 2}\n"
            "@node(outputs='out')\n"
            "def work(raw, rate):\n"
            "    return [value * rate + ONE for value in raw]\n"
        )
        .replace("def work(raw, rate)", "def work(raw, rate: int = param('rate'))")
        .replace("import node", "import node, param")
    )
    write(folder, {"flow.py": flow, "near.py": "ONE = 1\n", "raw.json": "[1]"})
    assert treadle("run", "flow.py", "--name", "old", cwd=folder).code == 0
    write(folder, {"near.py": "ONE = 2\n", "out.json": "[]"})
    done = treadle("reproduce", "old", "--json", cwd=folder)
    assert done.code == 0, done
    assert outcomes(done) == {"out": "identical"}
    assert (folder / "out.json").read_text() == "[]"


@pytest.mark.parametrize(
    "script",
    [
        "import treadle\nwith treadle.start_run(name='old'): pass\n",
        "import treadle\ntreadle.run(treadle.node(len, 'x', 'y'), inputs={'x': [1]}, name='old')\n",
    ],
)
def test_what_python_started_has_no_command_to_repeat(project, run, python, script):
    assert python(script, cwd=project).code == 0
    done = run("reproduce", "old")
    assert (done.code, "was started from Python" in done.err) == (9, True)
    assert run("reproduce", "nowhere").code == 8


def test_a_run_that_fails_when_it_is_repeated(project, run):
    code = project / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text().replace(
            "    return len(extra)", f"    return open({str(project / 'flag')!r}).read()"
        )
    )
    (project / "flag").write_text("there")
    assert run("run", "--name", "old").code == 0
    (project / "flag").unlink()
    done = run("reproduce", "old")
    assert done.code == 1
    assert "Not reproduced: it failed, where the run finished." in done.out


def test_another_environment_is_taken_only_when_asked_for(project, run, tmp_path):
    extra = tmp_path / "extra"
    write(extra, {"tiny.py": "", "tiny-1.0.dist-info/METADATA": "Name: tiny\nVersion: 1.0\n"})
    assert run("run", "--name", "old", environment={"PYTHONPATH": str(extra)}).code == 0
    done = run("reproduce", "old", "--this-environment")
    assert done.code == 0, done
    assert "not certain  tiny 1.0 → none" in done.out


def test_the_version_that_was_read_is_read_again(project, run):
    write(
        project,
        {
            "conf/base/catalog.yml": CATALOG.replace(
                "raw: data/raw.json",
                "raw: {type: json, filepath: data/versions.json, versioned: true}",
            ),
            "data/versions.json/2026-01-01T00.00.00.000Z/versions.json": "[1, -2]",
        },
    )
    run("run", "--name", "old")
    write(project, {"data/versions.json/2026-01-02T00.00.00.000Z/versions.json": "[8]"})
    run("run", "--name", "new")
    assert outcomes(run("reproduce", "old", "--json")) == dict.fromkeys(ALL, "identical")
    assert outcomes(run("reproduce", "new", "--json")) == dict.fromkeys(ALL, "identical")


def test_a_database_is_not_written_to(project, run):
    code = project / "src/small/pipelines/main.py"
    frame = "    import pandas\n    return pandas.DataFrame({'n': [len(extra)]})\n"
    code.write_text(code.read_text().replace("    return len(extra)\n", frame))
    write(
        project,
        {
            "conf/base/catalog.yml": CATALOG.replace(
                "other: {type: json, filepath: out/other.json}",
                "other: {type: sql_table, table_name: t, credentials: db}",
            ),
            "conf/local/credentials.yml": f"db: {{con: 'sqlite:///{project}/out/real.db'}}\n",
        },
    )
    (project / "out").mkdir()
    assert run("run", "--name", "old").code == 0
    before = (project / "out/real.db").read_bytes()
    done = run("reproduce", "old")
    assert done.code == 1  # what a table holds has no digest
    assert '"other" is written to' in done.out
    assert (project / "out/real.db").read_bytes() == before
    assert run("reproduce", "old", "--ignore", "other").code == 0


def test_an_input_that_is_gone_comes_from_the_cache(project, run):
    cached = CATALOG.replace(
        "raw: data/raw.json", "raw: {type: json, filepath: data/raw.json, cache: store}"
    )
    write(project, {"conf/base/catalog.yml": cached})
    run("run", "--name", "old")
    write(project, {"data/raw.json": "[7]"})
    assert outcomes(run("reproduce", "old", "--json")) == dict.fromkeys(ALL, "identical")


def test_an_input_whose_version_is_gone_comes_from_another_one(project, run):
    versioned = "raw: {type: json, filepath: data/v.json, versioned: true}"
    write(
        project,
        {
            "conf/base/catalog.yml": CATALOG.replace("raw: data/raw.json", versioned),
            "data/v.json/2026-01-02T00.00.00.000Z/v.json": "[1, -2]",
        },
    )
    run("run", "--name", "old")
    write(project, {"data/v.json/2026-01-03T00.00.00.000Z/v.json": "[1, -2]"})
    shutil.rmtree(project / "data/v.json/2026-01-02T00.00.00.000Z")
    assert outcomes(run("reproduce", "old", "--json")) == dict.fromkeys(ALL, "identical")


@pytest.mark.parametrize(
    ("damage", "code", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), 8, "is damaged"),
        (lambda path: path.unlink(), 8, "is not in"),
    ],
)
def test_kept_code_that_is_damaged_or_gone_is_said(project, run, damage, code, message):
    write(project, {"src/small/tools.py": "def scale(v, w):\n    return v - w\n"})
    run("run", "--name", "old")
    for path in (project / ".treadle").rglob("blobs/*/*"):
        damage(path)
    done = run("reproduce", "old")
    assert (done.code, message in done.err) == (code, True), done
    assert message in run("diff", "old", "old").out


def test_what_is_too_large_to_be_kept_is_said_when_it_runs(project, run):
    write(project, {"large.txt": "x" * (1 << 21)})
    assert "this is not recorded: large.txt: it has 2 MiB" in run("run", "--name", "old").err
    assert "of the code: large.txt" in run("runs", "show", "old").out
    done = run("reproduce", "old")
    assert done.code == 0
    assert done.out.index("large.txt: it has 2 MiB") < done.out.index("$ treadle run")


def test_a_snapshot_of_another_form_is_refused(project, run):
    import apsw

    run("run", "--name", "old")
    connection = apsw.Connection(str(project / ".treadle/treadle.db"))
    connection.execute(
        "UPDATE snapshot SET content = ? WHERE kind = 'config'", (b'{"seed": "many"}',)
    )
    connection.close()
    done = run("reproduce", "old")
    assert (done.code, "cannot be read" in done.err) == (9, True), done


@pytest.mark.parametrize("kind", ["http", "postgresql"])
def test_runs_of_a_team_are_reproduced(project, run, request, tmp_path, kind):
    from tests.servers import serving

    with contextlib.ExitStack() as stack:
        store = request.getfixturevalue("postgres") if kind == "postgresql" else None
        address = store or stack.enter_context(serving(tmp_path / "served.db"))
        write(project, {"src/small/tools.py": "def scale(v, w):\n    return v - w\n"})
        assert run("run", "--name", "old", "--store", address).code == 0
        (project / "src/small/tools.py").unlink()
        done = run("reproduce", "old", "--store", address, "--json")
        assert done.code == 0, done
        assert outcomes(done) == dict.fromkeys(ALL, "identical")
        assert (
            run("diff", "old", "old-reproduced", "--json", "--store", address).json["code"]["files"]
            == []
        )


def test_code_deep_in_a_repository_is_run_where_it_was(project, treadle, tmp_path):
    mono = tmp_path / "mono"
    shutil.copytree(project, mono / "deep/shop", ignore=shutil.ignore_patterns(".git"))
    flow = (
        "from treadle import node\n"
        "from near import ONE\n"
        "catalog = {'raw': '../data/raw.json', 'out': 'out.json'}\n"
        "@node(outputs='out')\n"
        "def work(raw):\n"
        "    return [value + ONE for value in raw]\n"
    )
    script = (
        "import treadle\n"
        "from pathlib import Path\n"
        "treadle.log_metric('n', len(Path('data/raw.json').read_text()))\n"
    )
    write(
        mono,
        {
            "tools/flow.py": flow,
            "tools/near.py": "ONE = 1\n",
            "data/raw.json": "[1]",
            "tools/script.py": script,
        },
    )
    commit(mono)
    write(mono, {"tools/near.py": "ONE = 2\n"})
    assert treadle("run", "--name", "shop", cwd=mono / "deep/shop").code == 0
    assert outcomes(
        treadle("reproduce", "shop", "--json", cwd=mono / "deep/shop")
    ) == dict.fromkeys(ALL, "identical")
    for name in ("flow", "script"):
        assert treadle("run", f"tools/{name}.py", "--name", name, cwd=mono).code == 0
        done = treadle("reproduce", name, cwd=mono)
        assert done.code == 0, done
    assert not (mono / "tools/.treadle").exists()  # where it was typed, as for everything else


VARIANTS = """
import pandas
from treadle import node, pipeline


def table(raw):
    return pandas.DataFrame({"n": raw})


def total(table):
    return int(table["n"].sum())


def parts(raw):
    return {f"part{value}": pandas.DataFrame({"n": [value]}) for value in raw}


def count(others):
    return len(others)


def create_pipeline():
    return pipeline([
        node(table, "raw", "table@pandas"), node(total, "table@polars", "total"), node(parts, "raw",
            "parts"),
        node(count, "others", "count"),
    ])
"""


def test_variants_and_partitions_are_read_where_they_are_made(project, run):
    write(
        project,
        {
            "src/small/pipelines/main.py": VARIANTS,
            "conf/base/catalog.yml": "raw: data/raw.json\ntable: out/table.parquet\ntotal: {type: "
            "json, filepath: out/total.json}\n"
            "parts: {type: partitioned, path: out/parts, dataset: csv, filename_suffix: .csv}\n"
            "others: {type: partitioned, path: data/others, dataset: csv, filename_suffix: .csv}\n"
            "count: {type: json, filepath: out/count.json}\n",
            "data/others/a.csv": "n\n1\n",
            "data/others/b.csv": "n\n2\n",
        },
    )
    assert run("run", "--name", "old").code == 0
    expected = dict.fromkeys(("table@pandas", "total", "parts", "count"), "identical")
    done = run("reproduce", "old", "--json")
    assert outcomes(done) == expected
    location = {
        one["dataset"]: one["location"]
        for one in run("runs", "show", "latest", "--json").json["datasets"]
    }
    assert not location["table@polars"].startswith(str(project))
    write(project, {"data/others/c.csv": "n\n3\n"})
    assert outcomes(run("reproduce", "old", "--json")) == expected | {"count": "input missing"}
    write(project, {"data/raw.json": "[0]"})
    (project / "data/others/c.csv").unlink()
    missing = dict.fromkeys(("table@pandas", "total", "parts"), "input missing")
    assert outcomes(run("reproduce", "old", "--json")) == expected | missing


def test_runs_inside_of_a_run_are_judged_too(project, run):
    sweep = """
import random
import treadle
with treadle.start_run() as outer:
    for seed in (3, 4):
        with treadle.start_run("trial") as trial:
            random.seed(seed)
            trial.log_metric("loss", random.random())
"""
    write(project, {"sweep.py": sweep})
    assert run("run", "--name", "old", "sweep.py").code == 0
    done = run("reproduce", "old", "--json")
    assert done.code == 0, done
    assert outcomes(done) == {"trial[0]/loss": "identical", "trial[1]/loss": "identical"}
    write(project, {"sweep.py": sweep.replace("random.seed(seed)", "random.seed()")})
    assert run("run", "--name", "other", "sweep.py").code == 0
    chance = run("reproduce", "other", "--json")
    assert (chance.code, outcomes(chance)["trial[0]/loss"]) == (1, "different")
