"""Nodes that are not selected run again where a selected one needs what nothing keeps."""

import shutil

import pytest
from tests.projects import write_project

NODES = """
from treadle import node, param

@node
def clean(raw): return [abs(value) for value in raw]

@node(outputs=["train_set", "test_set"])
def split(clean): return [clean[1:], clean[:1]]

@node
def model(train_set, weight: int = param("weight")): return {"sum": sum(train_set) * weight}

@node
def score(model, test_set): return {"score": model["sum"] + sum(test_set)}
"""


@pytest.fixture
def project(tmp_path, treadle):
    write_project(
        tmp_path, NODES,
        {
            "conf/base/parameters.yml": "weight: 2\n",
            "conf/base/catalog.yml": "raw: raw.json\nclean: clean.json\nmodel: model.json\nscore: score.json\n",
            "raw.json": "[1, -2, 3]",
        },
    )  # fmt: skip

    def call(*arguments):
        return treadle(*arguments, cwd=tmp_path)

    assert call("run").code == 0
    return call


def reasons(done):
    assert done.code == 0, done
    return {one["name"]: (one["action"], one["reason"]) for one in done.json}


@pytest.mark.parametrize("selection", [["--from-nodes", "score"], ["--nodes", "score"], ["--from-inputs", "test_set"]])
def test_what_lives_in_memory_is_made_again_for_a_part(project, tmp_path, selection):
    (tmp_path / "score.json").write_text("{}")
    planned = reasons(project("plan", *selection, "--json"))
    assert planned["split"] == ("reuse", "it is in the cache")
    shutil.rmtree(tmp_path / ".treadle" / "contents")
    planned = reasons(project("plan", *selection, "--json"))
    assert planned["split"] == ("run", '"score" needs its output "test_set", which is not saved')
    assert set(planned) == {"split", "score"}  # what made "clean" is saved
    done = project("run", *selection)
    assert done.code == 0, done
    assert "2 nodes; with what they need: split" in done.out
    assert (tmp_path / "score.json").read_text() == '{\n  "score": 11\n}\n'


def test_it_does_not_run_where_nothing_needs_it(project):
    done = project("run", "--from-nodes", "score")
    assert "0 ran, 2 reused" in done.out, done


def test_why_says_which_run_changed_an_output(project):
    assert project("run", "--params", "weight=3").code == 0
    other = project("runs", "--json").json[0]["id"][-8:]
    reason = f'its output "model" is of run {other}, which made it of something else (parameter "weight": 2 → 3)'
    assert reason in project("why", "model").out
    assert reasons(project("plan", "--json"))["model"] == ("run", reason)
