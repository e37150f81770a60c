"""`plan`, `why`, and runs that reuse, as they are typed; each command a process of its own."""

import json

import pytest
from tests.projects import write_project

NODES = """
import os
import time
print("the project is imported")

from treadle import node, param, pipeline


def clean(raw):
    return [abs(value) for value in raw]


def measure(clean, weight: int = param("weight")):
    return {"sum": sum(clean) * weight}


def stamped(clean):
    return {"time": time.time(), "user": os.environ.get("USER")}


def create_pipeline():
    return pipeline([
        node(clean), node(measure, outputs="measured"),
        node(stamped, cache=False, outputs="stamp"),
    ])
"""


@pytest.fixture
def project(tmp_path, treadle):
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/parameters.yml": "weight: 2\n",
            "conf/base/catalog.yml": "raw: raw.json\nclean: clean.json\nstamp: stamp.json\n"
            "measured: {type: metrics, filepath: measured.json}\n",
            "raw.json": "[1, -2]",
        },
    )

    class Small:
        path = tmp_path

        def __call__(self, *arguments):
            return treadle(*arguments, cwd=tmp_path)

        def change(self, name, old, new):
            text = (tmp_path / name).read_text()
            assert old in text
            (tmp_path / name).write_text(text.replace(old, new))

        def is_pure(self):
            stamped = 'node(stamped, cache=False, outputs="stamp"),'
            self.change("src/small/pipelines/main.py", stamped, "")

    return Small()


def actions(done):
    assert done.code == 0, done.err
    text = done.out.removeprefix("the project is imported\n")
    return {one["name"]: (one["action"], one["reason"]) for one in json.loads(text)}


def test_a_plan_says_what_a_run_does(project):
    assert actions(project("plan", "--json"))["clean"] == ("run", "it was not run before")
    assert project("run").code == 0
    done = project("run")
    assert "1 ran, 2 reused" in done.out
    assert json.loads(project("runs", "show", "latest", "--json").out)["run"]["metrics"] == {
        "sum": 6.0
    }
    plan = project("plan", "--params", "weight=3")
    assert plan.out.splitlines()[1].split() == ["node", "action", "reason"]
    assert 'measure  run     parameter "weight": 2 → 3' in plan.out
    assert "stamped  run     the node says cache=False" in plan.out
    assert "2 of 3 nodes would run." in plan.out
    assert "Not seen by a plan" not in plan.out  # the node that reaches outside says cache=False


def test_what_reaches_outside_is_pointed_out(project):
    project.change("src/small/pipelines/main.py", ", cache=False", "")
    out = project("plan").out
    assert "small.pipelines.main:stamped uses time.time. Take the time as a parameter." in out
    entry = next(
        one
        for one in json.loads(project("plan", "--json").out.partition("\n")[2])
        if one["name"] == "stamped"
    )
    assert {one["what"] for one in entry["outside"]} == {"time.time"}  # the environment is observed


def test_why_explains_one_node(project):
    project("run")
    project.change("src/small/pipelines/main.py", "sum(clean) * weight", "weight * sum(clean)")
    out = project("why", "measure").out
    assert "measure would run: measure (small.pipelines.main) changed." in out
    assert "parameter  params:weight" in out
    done = project("why", "mesure")
    assert (done.code, 'Did you mean "measure"?' in done.err) == (4, True)
    assert json.loads(project("why", "clean", "--json").out.partition("\n")[2])["action"] == "reuse"


def test_a_run_that_would_do_nothing_does_not_even_import_the_project(project, store):
    project.is_pure()
    first = project("run", "--tag", "round=1")
    assert "the project is imported" in first.out
    second = project("run", "--name", "again", "--tag", "round=2")
    assert "the project is imported" not in second.out
    assert "2 nodes" in second.out
    assert "Outputs: measured" in second.out
    assert "0 ran, 2 reused" in second.out
    details = store.get_run("again")
    assert details.run.status == "finished"
    assert details.run.params == {"weight": 2}
    assert details.run.tags["round"] == "2"
    assert [one.status for one in details.nodes] == ["reused", "reused"]
    assert details.run.metrics == {"sum": 6.0}
    assert [(one.node, one.dataset, one.role) for one in details.datasets] == [
        ("clean", "raw", "read"),
        ("clean", "clean", "reused"),
        ("measure", "clean", "read"),
        ("measure", "measured", "reused"),
    ]
    one, other = json.loads(project("runs", "show", "again", "--json").out), store.get_run("latest")
    assert set(one["snapshots"]) == set(other.snapshots) >= {"config", "graph", "environment"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("raw.json", "[1, 3]"),
        ("measured.json", "{}"),
        ("src/small/extra.py", ""),
        ("src/small/__init__.py", "# changed\n"),
        ("conf/base/parameters.yml", "weight: 3\n"),
        ("conf/local/catalog.yml", "measured: {filepath: elsewhere.json}\n"),
    ],
)
def test_whatever_differs_is_decided_in_the_usual_way(project, name, content):
    project.is_pure()
    project("run")
    assert "imported" not in project("run").out
    (project.path / name).parent.mkdir(exist_ok=True)
    (project.path / name).write_text(content)
    assert "the project is imported" in project("run").out
    assert "imported" not in project("run").out


@pytest.mark.parametrize(
    "arguments", [["--fresh"], ["--seed", "3"], ["--nodes", "measure"], ["--params", "weight=5"]]
)
def test_another_request_is_decided_in_the_usual_way(project, arguments):
    project.is_pure()
    project("run")
    assert "the project is imported" in project("run", *arguments).out


def test_a_project_with_plugins_of_its_own_is_imported(project):
    project.is_pure()
    (project.path / "src/small/plugin.py").write_text(
        "from treadle.hooks import hook\n"
        "class Plugin:\n"
        "    @hook\n"
        "    def after_node_reused(self, node):\n"
        "        print('seen', node.name)\n"
        "plugin = Plugin()\n"
    )
    project.change(
        "pyproject.toml", 'package = "small"', 'package = "small"\nhooks = ["small.plugin:plugin"]'
    )
    project("run")
    out = project("run").out
    assert "seen clean" in out
    assert "seen measure" in out


def test_a_deleted_ledger_costs_one_run(project):
    project.is_pure()
    project("run")
    (project.path / ".treadle" / "ledger.db").unlink()
    assert "2 ran" not in project("run").out  # nothing is reused, so nothing is said of it
    assert "0 ran, 2 reused" in project("run").out


def test_a_script_has_no_plan(project):
    (project.path / "script.py").write_text("print(1)\n")
    done = project("plan", "script.py")
    assert (done.code, "is a script" in done.err) == (4, True)


def test_gc_shrinks_the_cache(project):
    project.change(
        "conf/base/catalog.yml", "clean: clean.json", "clean: {type: memory, cache: store}"
    )
    assert project("run").code == 0
    cached = list((project.path / ".treadle/contents").glob("??/*"))
    assert len(cached) == 1
    assert "Would remove 1 contents" in project("gc", "--cache", "0", "--dry-run").out
    assert "from the cache" not in project("gc").out
    assert "Removed 1 contents" in project("gc", "--cache", "0").out
    assert (project("gc", "--cache", "much").code, cached[0].exists()) == (7, False)
    project.change("pyproject.toml", 'package = "small"', 'package = "small"\ncache_size = "lots"')
    assert (project("run").code, "'lots' is not a valid size" in project("run").err) == (7, True)


def test_a_parameter_that_no_node_reads_is_said_each_time(project):
    project.is_pure()
    for command in ("plan", "run", "run"):  # the last one does not even import the project
        done = project(command, "--params", "wieght=3")
        assert done.code == 0, done
        assert (
            'WARNING: No node reads the parameter "wieght", so setting it has no effect. Did you '
            'mean "weight"?' in done.err
        )
    outside = project("run", "--nodes", "clean", "--params", "weight=3")
    assert (outside.code, outside.err) == (0, "")
