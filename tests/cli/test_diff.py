"""``treadle diff``, as it is typed."""

import pytest
from tests.projects import commit, write, write_project

NODES = """
from treadle import node, param, pipeline


def clean(raw):
    return [abs(value) for value in raw]


def measure(clean, weight: int = param("model.weight")):
    return {"sum": sum(clean) * weight, "count": len(clean)}


def create_pipeline():
    return pipeline([node(clean), node(measure, outputs="measured")])
"""


@pytest.fixture
def project(tmp_path):
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/parameters.yml": "model: {weight: 2}\n",
            "conf/base/catalog.yml": "raw: raw.json\nclean: clean.json\n"
            "measured: {type: metrics, filepath: measured.json}\n",
            "raw.json": "[1, -2]",
            ".gitignore": "*.json\n.treadle/\n__pycache__\n",
        },
    )
    commit(tmp_path)
    return tmp_path


def test_what_explains_a_difference_comes_first(project, treadle):
    assert treadle("run", "--name", "a").code == 0
    write(project, {"raw.json": "[1, -2, 4]"})
    code = project / "src/small/pipelines/main.py"
    code.write_text(code.read_text().replace("abs(value)", "abs(value) + 1"))
    write(project, {"notes.txt": "new\n"})
    assert treadle("run", "--name", "b", "--params", "model.weight=3", "--seed", "5").code == 0
    out = treadle("diff", "a", "b").out
    titles = [line for line in out.splitlines() if line.isupper() and len(line) > 3]
    assert titles == ["PARAMS", "CONFIGURATION", "CODE", "DATA", "NODES", "METRICS"]
    assert out.splitlines()[-1] == "The same: environment."
    for text in (
        "model.weight  2  3", "+    return [abs(value) + 1 for value in raw]", "notes.txt", "sum", "+400.00%",
        "seed", "raw       input", "clean     output", "clean (small.pipelines.main) changed",
    ):  # fmt: skip
        assert text in out, (text, out)
    only = treadle("diff", "a", "b", "--only", "metrics").out
    assert "METRICS" in only
    assert "PARAMS" not in only


def test_json_has_all_of_it(project, treadle):
    treadle("run", "--name", "a")
    treadle("run", "--name", "b", "--params", "model.weight=4")
    found = treadle("diff", "a", "b", "--json").json
    assert found["params"] == [{"name": "model.weight", "old": 2, "new": 4}]
    assert found["code"] == {"files": [], "patch": ""}
    assert (found["configuration"], found["environment"]) == ([], [])
    assert [one["name"] for one in found["data"]] == ["measured"]
    statuses = {one["name"]: (one["old_status"], one["new_status"]) for one in found["nodes"]}
    assert statuses == {"clean": ("finished", "reused"), "measure": ("finished", "finished")}
    assert found["metrics"] == [{"name": "sum", "old": 6.0, "new": 12.0}]


def test_runs_that_are_the_same(project, treadle):
    treadle("run", "--name", "a")
    treadle("run", "--name", "b")
    out = treadle("diff", "b", "b").out
    assert out.splitlines()[-1] == "The same: params, configuration, code, environment, data, nodes, metrics."
    assert "CODE" not in treadle("diff", "a", "b").out


def test_runs_of_other_kinds_are_compared_as_far_as_they_go(project, treadle, python):
    treadle("run", "--name", "a")
    code = "import treadle\nwith treadle.start_run(name='b') as run:\n    run.log_metric('sum', float('nan'))\n"
    assert python(code, cwd=project).code == 0
    done = treadle("diff", "a", "b")
    assert "is not recorded" in done.out
    assert "nan" in done.out
    assert treadle("diff", "a", "nowhere").code == 8
