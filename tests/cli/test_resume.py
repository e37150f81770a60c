"""``treadle resume``, as it is typed."""

import json

import pytest
from tests.projects import write_project

from treadle import node, pipeline, run
from treadle.errors import NodeError
from treadle.store import Search

NODES = """
import os
import signal
from pathlib import Path

from treadle import node, param, pipeline


def first(raw):
    return [value + 1 for value in raw]


def second(first, weight: int = param("weight")):
    mood = Path("mood.txt").read_text()
    if mood == "bad":
        raise ValueError("in a bad mood")
    if mood == "dead":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"sum": sum(first) * weight}


def third(second):
    return second["sum"]


def create_pipeline():
    return pipeline([node(first), node(second), node(third)])
"""


@pytest.fixture
def project(tmp_path, treadle):
    write_project(
        tmp_path,
        NODES,
        {
            "conf/base/parameters.yml": "weight: 2\n",
            "conf/base/catalog.yml": "raw: raw.json\nfirst: first.json\nsecond: second.json\n"
            "third: third.json\n",
            "raw.json": "[1, 2]",
            "mood.txt": "bad",
        },
    )
    return tmp_path


def treadle_runs(store):
    return store.find_runs(Search())


def statuses(store, run):
    return {one.node: one.status for one in store.get_run(run).nodes}


@pytest.mark.parametrize(("mood", "how"), [("bad", "failed"), ("dead", "was killed")])
def test_a_run_goes_on_where_it_ended(project, treadle, store, mood, how):
    (project / "mood.txt").write_text(mood)
    ended = treadle(
        "run", "--params", "weight=5", "--name", "one", "--tag", "who=me", "--seed", "3"
    )
    assert ended.code != 0
    if mood == "bad":
        assert "treadle resume" in ended.err
    (project / "mood.txt").write_text("good")
    done = treadle("resume")
    assert done.code == 0, done.err
    assert f"which {how}." in done.out
    assert "2 ran, 1 reused" in done.out
    assert json.loads((project / "third.json").read_text()) == 25
    details = store.get_run("latest")
    assert details.run.params == {"weight": 5}
    assert (details.run.name, details.run.tags["who"]) == ("one", "me")
    assert json.loads(bytes(details.snapshots["config"]))["seed"] == 3
    (before,) = [one.id for one in treadle_runs(store) if one.id != details.run.id]
    assert details.run.tags["treadle.resumes"] == before
    assert statuses(store, "latest") == {
        "first": "reused",
        "second": "finished",
        "third": "finished",
    }


def test_a_run_without_a_recorded_request_is_passed_over(project, treadle, store):
    treadle("run")
    (failed,) = treadle_runs(store)

    def broken():
        raise ValueError("from Python")

    with pytest.raises(NodeError):
        run(pipeline([node(broken, None, "x")]), store=project / ".treadle" / "treadle.db")
    assert [one.status for one in treadle_runs(store)] == ["failed", "failed"]
    (project / "mood.txt").write_text("good")
    done = treadle("resume")
    assert f"Resuming run {failed.id}" in done.out, done
    assert done.code == 0


def test_nodes_can_be_run_again(project, treadle, store):
    treadle("run")
    (project / "mood.txt").write_text("good")
    done = treadle("resume", "--from", "first")
    assert "Finished" in done.out, done.err
    assert statuses(store, "latest") == {
        "first": "finished",
        "second": "finished",
        "third": "finished",
    }
    reasons = {one.node: one.reason for one in store.get_run("latest").nodes}
    assert reasons["first"] == "it was asked to run again"
    assert reasons["second"] == 'it is behind "first", which runs again'


def test_a_selection_and_a_file_of_nodes_are_resumed_too(project, treadle, store):
    treadle("run", "--to-nodes", "second")
    (project / "mood.txt").write_text("good")
    treadle("resume")
    assert set(statuses(store, "latest")) == {"first", "second"}
    (project / "flow.py").write_text(
        "from pathlib import Path\n"
        "from treadle import node\n"
        "catalog = {'raw': 'raw.json', 'out': 'out.json'}\n"
        "@node(outputs='out')\n"
        "def work(raw):\n"
        "    assert Path('mood.txt').read_text() == 'fine'\n"
        "    return raw\n"
    )
    assert treadle("run", "flow.py").code != 0
    (project / "mood.txt").write_text("fine")
    assert treadle("resume").code == 0
    assert json.loads((project / "out.json").read_text()) == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 8, 'No run that "treadle run" started has failed or was killed'),
        (["whole"], None, "has finished"),
        (["nowhere"], 8, 'There is no run "nowhere"'),
    ],
)
def test_what_cannot_be_resumed(project, treadle, arguments, code, message):
    (project / "mood.txt").write_text("good")
    assert treadle("run", "--name", "whole").code == 0
    done = treadle("resume", *arguments)
    assert message in done.err
    assert done.code == code or (code is None and done.code)


def test_an_unknown_node_is_refused_before_anything_runs(project, treadle):
    treadle("run")
    done = treadle("resume", "--from", "frist")
    assert done.code == 4
    assert 'There is no node "frist".' in done.err
    assert 'Did you mean "first"?' in done.err
    assert treadle("runs", "--json").out.count('"status"') == 1


def test_a_run_that_python_started_is_started_again_there(project, treadle, python):
    done = python(
        "import treadle\n"
        "from treadle import node, pipeline\n"
        "def fail(x):\n"
        "    raise ValueError\n"
        "try:\n"
        "    treadle.run(pipeline([node(fail, 'x', 'y')]), inputs={'x': 1})\n"
        "except Exception:\n"
        "    pass\n"
    )
    assert done.code == 0, done.err
    assert 'was not started by "treadle run"' in treadle("resume", "latest").err
