"""Versions of data: kept once each, loaded by version and by run, brought back, taken away."""

import fcntl
import json

import pytest
from tests.projects import write, write_project

NODES = """
from treadle import node, param, pipeline


def train(raw, depth: int = param("depth")):
    return {"weights": [value * depth for value in raw]}


def report(model):
    return sum(model["weights"])


def create_pipeline():
    return pipeline([node(train, outputs="model"), node(report)])
"""


@pytest.fixture
def project(tmp_path):
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/parameters.yml": "depth: 1\n",
            "conf/base/catalog.yml": "raw: raw.json\nmodel: {type: json, filepath: "
            "models/model.json, versioned: true}\n"
            "report: {type: json, filepath: report.json, cache: store}\n",
            "raw.json": "[1, 2]",
        },
    )
    return tmp_path


@pytest.fixture
def run(project, treadle):
    def run(*arguments, code=0):
        done = treadle(*arguments, cwd=project)
        assert done.code == code, done
        return done

    return run


def train(run, *depths):
    for depth in depths:
        run("run", "--params", f"depth={depth}", "--name", f"depth{depth}", "--fresh")


def load(python, project, name):
    done = python(
        f"import treadle, json\nprint(json.dumps(treadle.load_catalog().load({name!r})))",
        cwd=project,
    )
    assert done.code == 0, done
    return json.loads(done.out)


def shares_blocks(folder):
    """Ask the file system whether two files can have the same blocks."""
    (folder / "one").write_text("1")
    with (folder / "one").open("rb") as source, (folder / "other").open("wb") as target:
        try:
            fcntl.ioctl(target.fileno(), 0x40049409, source.fileno())
        except OSError:
            return False
    return True


def test_a_content_is_kept_once(project, run):
    train(run, 1, 2, 1, 1)
    files = sorted((project / "models/model.json").glob("*/model.json"))
    assert len(files) == 4
    assert len({path.read_text() for path in files}) == 2
    if not shares_blocks(project):
        assert len({path.stat().st_ino for path in files}) == 2
    assert all(not path.stat().st_mode & 0o222 for path in files if path.stat().st_nlink > 1)
    newest, before, *_ = run("catalog", "versions", "model", "--json").json
    assert (
        newest["digest"]
        == before["digest"]
        == run("catalog", "show", "model", "--json").json["digest"]
    )


def test_an_old_content_is_loaded_by_version_and_by_run(project, run, python):
    train(run, 1, 2)
    newest, oldest = run("catalog", "versions", "model", "--json").json
    assert [len(one["runs"]) for one in (newest, oldest)] == [1, 1]
    assert load(python, project, "model") == {"weights": [2, 4]}
    for name in (f"model@{oldest['version']}", "model@depth1", f"model@{oldest['runs'][0]}"):
        assert load(python, project, name) == {"weights": [1, 2]}
    assert load(python, project, "model@python") == {"weights": [2, 4]}  # a library, as before
    assert "depth1" not in run("catalog", "versions", "model").out
    shown = run("catalog", "show", "model@depth1", "--json").json
    assert shown["digest"] == oldest["digest"]


def test_what_a_run_read_is_loaded_too(project, run, python):
    train(run, 1)
    assert load(python, project, "raw@depth1") == [1, 2]
    write(project, {"raw.json": "[9]"})
    done = python("import treadle\ntreadle.load_catalog().load('raw@depth1')", cwd=project)
    assert 'What run "depth1" had of "raw" is no longer stored' in done.err


def test_the_cache_keeps_what_has_no_versions(project, run, python):
    train(run, 1, 2)
    assert load(python, project, "report") == 6
    assert load(python, project, "report@depth1") == 3
    run("catalog", "checkout", "report@depth1")
    assert load(python, project, "report") == 3
    assert "is what is there already" in run("catalog", "checkout", "report@depth1").out
    write(project, {"report.json": "77"})
    assert "would be lost" in run("catalog", "checkout", "report@depth2", code=6).err
    run("catalog", "checkout", "report@depth2", "--force")
    assert load(python, project, "report") == 6


def test_a_run_with_the_data_of_another_one(project, run, python):
    train(run, 1, 2)
    run("run", "--from-nodes", "report", "--load-versions", "model=depth1", "--name", "back")
    assert load(python, project, "report") == 3
    found = run("runs", "show", "back", "--json").json["datasets"]
    oldest = run("catalog", "versions", "model", "--json").json[-1]
    assert [one["version"] for one in found if one["dataset"] == "model"] == [oldest["version"]]


def test_checkout_makes_an_old_content_the_latest(project, run, python):
    train(run, 1, 2)
    out = run("catalog", "checkout", "model@depth1").out
    assert load(python, project, "model") == {"weights": [1, 2]}
    versions = run("catalog", "versions", "model", "--json").json
    assert len(versions) == 3
    assert versions[0]["version"] in out
    assert (
        "is what is there already"
        in run("catalog", "checkout", f"model@{versions[0]['version']}").out
    )
    run("catalog", "checkout", "model@depth2", "--to", "copy.json")
    assert json.loads((project / "copy.json").read_text()) == {"weights": [2, 4]}
    assert (
        "is there already"
        in run("catalog", "checkout", "model@depth1", "--to", "copy.json", code=6).err
    )


def test_gc_takes_old_versions_away_and_never_the_latest(project, run):
    train(run, 1, 2, 3)
    write(project, {"models/model.json/2026-01-01T00.00.00.000Z/model.json": "{}"})
    before = run("catalog", "versions", "model", "--json").json
    assert "Would remove 1 version." in run("catalog", "gc", "--unused", "--dry-run").out
    assert "Removed 1 version." in run("catalog", "gc", "--unused").out
    assert "Removed 2 versions." in run("catalog", "gc", "model", "--keep", "1").out
    (left,) = run("catalog", "versions", "model", "--json").json
    assert left == before[0]
    assert "Name the versions" in run("catalog", "gc", code=2).err
    assert "is not versioned" in run("catalog", "gc", "raw", "--keep", "1", code=5).err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["catalog", "checkout", "model"], 2, "names no version"),
        (
            ["catalog", "checkout", "model@nothing"],
            6,
            'has no version "nothing", and there is no run',
        ),
        (["catalog", "checkout", "modle@depth1"], 5, 'Did you mean "model"?'),
        (["catalog", "versions", "raw"], 5, "is not versioned"),
        (
            ["run", "--from-nodes", "report", "--load-versions", "model=nothing"],
            6,
            "there is no run",
        ),
        (["plan", "--load-versions", "model=2020-01-01T00.00.00.000Z"], 6, "has no version 2020"),
        (["catalog", "resolve-patterns"], 2, '"treadle catalog ls" lists datasets'),
        (["package"], 2, "A project runs from its folder"),
        (["run", "__default__"], 4, "The default runs without a name: treadle run"),
    ],
)
def test_what_is_not_there_is_said(run, arguments, code, message):
    train(run, 1)
    assert message in run(*arguments, code=code).err


def test_a_version_that_nothing_reads_is_said(run):
    train(run, 1)
    version = run("catalog", "versions", "model", "--json").json[0]["version"]
    done = run("run", "--nodes", "train", "--load-versions", f"model={version}")
    assert (
        'No node reads "model", so the version of it that was asked for has no effect.' in done.err
    )


def test_a_pipeline_does_not_read_the_past_of_what_it_makes(project, run):
    train(run, 1)
    code = project / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text()
        .replace('outputs="model"', 'outputs="model@python"')
        .replace("node(report)", "node(report, 'model@depth1', 'report')")
    )
    assert "is an old content of" in run("run", code=4).err
    run("run", "--nodes", "report")


def test_a_version_counts_as_used_by_a_variant_and_by_a_run_in_the_bin(project, run):
    code = project / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text()
        .replace('outputs="model"', 'outputs="model@python"')
        .replace("node(report)", "node(report, 'model@python', 'report')")
    )
    train(run, 1, 2, 3)
    run("runs", "delete", "depth2")
    assert "Removed 0 versions." in run("catalog", "gc", "--unused").out
    assert len(run("catalog", "versions", "model", "--json").json) == 3
