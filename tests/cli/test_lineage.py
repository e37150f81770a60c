"""Which run made a file, of what, and what was made of it."""

import pytest
from tests.projects import commit, git, write, write_project

NODES = """
from treadle import node, pipeline


def clean(raw):
    return [abs(value) for value in raw]


def doubled(clean, other):
    return [value * 2 for value in clean] + other


def total(doubled):
    return sum(doubled)


def create_pipeline():
    return pipeline([node(clean), node(doubled), node(total)])
"""


@pytest.fixture
def project(tmp_path):
    catalog = (
        "raw: raw.json\n"
        "other: other.json\n"
        "clean: clean.json\n"
        "total: {type: json, filepath: total.json}\n"
    )
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/catalog.yml": catalog,
            "raw.json": "[1]",
            "other.json": "[2]",
            ".gitignore": "*.json\n.treadle/\n",
        },
    )
    commit(tmp_path)
    return tmp_path


def outline(content):
    maker = content["maker"]
    return (
        content["dataset"],
        maker and (maker["name"], maker["node"], [outline(one) for one in maker["inputs"]]),
    )


def test_a_content_is_followed_back_through_values_in_memory_and_runs(project, treadle):
    treadle("run", "--name", "one")
    write(project, {"other.json": "[3]"})
    treadle("run", "--name", "two")
    found = treadle("catalog", "lineage", "total", "--json").json
    assert outline(found["content"]) == (
        "total",
        ("two", "total", [("clean", ("one", "clean", [("raw", None)])), ("other", None)]),
    )
    maker = found["content"]["maker"]
    assert (maker["commit"], maker["dirty"]) == (
        git(project, "rev-parse", "HEAD").decode().strip(),
        False,
    )
    assert found["users"] == []
    used = treadle("catalog", "lineage", "raw.json", "--json").json
    assert used["content"]["maker"] is None
    assert [(one["name"], one["node"], one["outputs"]) for one in used["users"]] == [
        ("one", "clean", ["clean"])
    ]
    clean = treadle("catalog", "lineage", "clean", "--json").json
    assert [(one["name"], one["node"], one["outputs"]) for one in clean["users"]] == [
        ("two", "doubled", ["total"]),
        ("one", "doubled", ["total"]),
    ]


def test_the_results_of_a_run_are_followed(project, treadle):
    treadle("run", "--name", "one")
    treadle("run", "--name", "again")
    done = treadle("runs", "show", "again", "--lineage")
    assert "made by total in run" in done.out
    assert "one, 20" in done.out
    assert "made by no run that is recorded here" in done.out
    found = treadle("runs", "show", "again", "--lineage", "--json").json
    assert sorted(one["content"]["dataset"] for one in found) == ["clean", "total"]
    assert {one["content"]["maker"]["name"] for one in found} == {"one"}


def test_a_file_that_was_edited_was_made_by_nobody(project, treadle):
    treadle("run")
    write(project, {"total.json": "7"})
    assert "made by no run that is recorded here" in treadle("catalog", "lineage", "total").out


def test_what_is_not_there_is_said(project, treadle):
    done = treadle("catalog", "lineage", "total")
    assert (done.code, "there is nothing" in done.err) == (6, True)
    assert treadle("catalog", "lineage", "totl").code == 5
    (project / "script.py").write_text("print(1)\n")
    treadle("run", "script.py")
    assert "made nothing that is kept" in treadle("runs", "show", "latest", "--lineage").out
