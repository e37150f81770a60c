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
        "model.weight  2  3",
        "+    return [abs(value) + 1 for value in raw]",
        "notes.txt",
        "sum",
        "+400.00%",
        "seed",
        "raw       input",
        "clean     output",
        'input "raw": ',
        ', parameter "model.weight": 2 → 3',
    ):
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
    assert (
        out.splitlines()[-1]
        == "The same: params, configuration, code, environment, data, nodes, metrics."
    )
    assert "CODE" not in treadle("diff", "a", "b").out


def test_runs_of_other_kinds_are_compared_as_far_as_they_go(project, treadle, python, monkeypatch):
    treadle("run", "--name", "a")
    monkeypatch.setenv("TREADLE_RECORD_CODE", "false")
    code = (
        "import treadle\n"
        "with treadle.start_run(name='b') as run:\n"
        "    run.log_metric('sum', float('nan'))\n"
    )
    assert python(code, cwd=project).code == 0
    done = treadle("diff", "a", "b")
    assert "is not recorded" in done.out
    assert "nan" in done.out
    assert treadle("diff", "a", "nowhere").code == 8


def test_what_differs_is_between_these_two_runs(project, treadle):
    for name, weight in (("a", 1), ("between", 2), ("b", 3)):
        assert treadle("run", "--name", name, "--params", f"model.weight={weight}").code == 0
    nodes = {one["name"]: one for one in treadle("diff", "a", "b", "--json").json["nodes"]}
    assert nodes["measure"]["differs"] == 'parameter "model.weight": 1 → 3'
    assert nodes["clean"]["differs"] == ""
    assert '"model.weight": 2 → 3' in nodes["measure"]["new_reason"]
    out = treadle("diff", "a", "b").out
    assert 'parameter "model.weight": 1 → 3' in out
    assert "2 → 3" not in out


def test_only_the_code_of_a_node_differs(project, treadle):
    assert treadle("run", "--name", "a").code == 0
    code = project / "src/small/pipelines/main.py"
    code.write_text(code.read_text().replace("abs(value)", "value * value"))
    assert treadle("run", "--name", "b").code == 0
    nodes = {one["name"]: one for one in treadle("diff", "a", "b", "--json").json["nodes"]}
    assert nodes["clean"]["differs"] == "its code or libraries"
    assert nodes["measure"]["differs"].startswith('input "clean": ')


def test_a_file_of_data_does_not_hide_the_code(project, treadle):
    assert treadle("run", "--name", "a").code == 0
    write(project, {"aaa.csv": "".join(f"{row},1\n" for row in range(500))})
    code = project / "src/small/pipelines/main.py"
    code.write_text(code.read_text().replace("abs(value)", "abs(value) + 1"))
    assert treadle("run", "--name", "b").code == 0
    out = treadle("diff", "a", "b").out
    assert "more lines of this file: --only code" in out
    assert "+    return [abs(value) + 1 for value in raw]" in out
    assert "499,1" in treadle("diff", "a", "b", "--only", "code").out
