"""Several mistakes of a project that do not depend on each other are told at once."""

import pytest
from tests.projects import write_project

NODES = """
from treadle import node, pipeline


def make(a, b, c, depth: int, rate: float):
    return 1


def create_pipeline():
    return pipeline([node(make, ["a", "b", "c", "params:depth", "params:rate"], "made")])
"""
RIGHT = {
    "conf/base/catalog.yml": "a: a.json\nb: {type: text, filepath: b.txt}\nc: c.json\n",
    "conf/base/parameters.yml": "depth: 1\nrate: 0.5\n",
    "a.json": "1", "b.txt": "b", "c.json": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        (
            {"conf/base/catalog.yml": "a: {type: nothing}\nb: {type: jsonn, filepath: x}\nc: c.json\n"},
            5,
            ["nothing", "jsonn"],
        ),
        ({"conf/base/parameters.yml": "depth: x\n"}, 3, ['"depth"', '"rate"']),
        (
            {"conf/base/catalog.yml": "a: {type: nothing}\nb: b.txt\nc: c.json\n", "conf/base/parameters.yml": "depth: x\n"},
            5,
            ["nothing", '"depth"', '"rate"'],
        ),
        ({"conf/base/catalog.yml": "a: {\n", "conf/base/catalog_b.yml": "b: [\n"}, 3, ["catalog.yml:", "catalog_b.yml:"]),
        ({"conf/base/catalog.yml": "a: a.json\n"}, 4, ['"b"', '"c"']),
        ({"conf/base/catalog.yml": "a: no.json\nb: no.txt\nc: c.json\n"}, 6, ["no.json", "no.txt"]),
    ],
)  # fmt: skip
def test_all_mistakes_at_once(tmp_path, treadle, wrong, code, told):
    write_project(tmp_path, NODES, {**RIGHT, **wrong})
    done = treadle("run")
    assert done.code == code, done
    assert [text for text in told if text not in done.err] == []
    assert done.err.count("Error: ") == 1
    assert not (tmp_path / ".treadle" / "treadle.db").exists() or "no runs" in treadle("runs").out.lower()
