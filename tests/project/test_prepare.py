"""Preparation of a project's run: what is known before its pipeline is imported."""

import sys

import pytest
from tests.projects import write_project

from treadle.errors import ParameterError, PipelineError
from treadle.project import RunOptions, find_project
from treadle.project.prepare import prepare
from treadle.provenance.request import PipelineRequest
from treadle.tracking.reading import get_run

NODES = """
from treadle import node, param

@node(outputs="halves", tags="first")
def halved(raw, share: float = param("share")): return [value * share for value in raw]

@node(outputs="total")
def summed(halves): return sum(halves)
"""
FILES = {
    "conf/base/catalog.yml": "raw: raw.json\nhalves: halves.json\ntotal: total.json\n",
    "conf/base/parameters.yml": "share: 0.5\n",
    "raw.json": "[1, 3]",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    write_project(tmp_path, NODES, FILES)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield find_project(tmp_path)
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "small":
            del sys.modules[name]


def test_no_module_of_the_project_is_imported_before_it_is_loaded(project):
    prepared = prepare(project, PipelineRequest(params=("share=2",)))
    assert "small" not in sys.modules
    assert prepared.workspace.parameters.get("share") == 2
    assert prepared.workspace.name == "small"
    session = prepared.load()
    assert "small.pipelines.main" in sys.modules
    assert [step.node.name for step in session.plan().steps] == ["halved", "summed"]


def test_a_session_has_the_requested_nodes_and_all_of_them(project):
    session = prepare(project, PipelineRequest(nodes=("summed",))).load()
    assert [node.name for node in session.pipeline] == ["summed"]
    assert [node.name for node in session.whole] == ["halved", "summed"]
    with pytest.raises(PipelineError, match='no node "sumed"'):
        prepare(project, PipelineRequest(nodes=("sumed",))).load()
    with pytest.raises(ParameterError):
        prepare(project, PipelineRequest(params=("share=much",))).load().plan()


def test_a_run_that_nothing_would_change_is_repeated_without_the_pipeline(project):
    request = PipelineRequest()
    options = RunOptions(seed=3)
    prepared = prepare(project, request)
    assert prepared.repeat(options) is None
    first = prepared.load().run(options).id
    prepare(project, request).load().run(options)  # one that leaves nothing to do
    repeated = prepare(project, request).repeat(options)
    assert repeated is not None
    again, footprint = repeated
    assert [node.name for node in footprint.nodes] == ["halved", "summed"]
    assert prepare(project, PipelineRequest(params=("share=2",))).repeat(options) is None
    assert prepare(project, request).repeat(RunOptions(seed=4)) is None
    store = str(project.folder / ".treadle" / "treadle.db")
    old, new = get_run(first, store=store), get_run(again, store=store)
    assert {node.node: node.status for node in new.nodes} == {
        "halved": "reused",
        "summed": "reused",
    }
    assert new.run.params == old.run.params == {"share": 0.5}
    assert bytes(new.snapshots["config"]) == bytes(old.snapshots["config"])
    assert bytes(new.snapshots["graph"]) == bytes(old.snapshots["graph"])
