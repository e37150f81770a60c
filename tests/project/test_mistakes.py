"""Mistakes of a project that do not depend on each other are said at once."""

import pytest
from tests.projects import write_project

NODES = "from treadle import node, param\n@node(outputs='out')\ndef made(raw, a: int = param('a'), b: int = param('b')): return raw\n"


@pytest.mark.parametrize(
    ("files", "code", "texts"),
    [
        (
            {"conf/base/parameters.yml": "a: [1\n", "conf/base/catalog.yml": "x: {y\n", "src/small/pipelines/main.py": "def f(:\n"}, 3,
            ["2 things are wrong.", "conf/base/parameters.yml", "conf/base/catalog.yml", "SyntaxError"],
        ),
        (
            {"conf/base/parameters.yml": "a: ${nothing}\n", "conf/base/catalog.yml": "x: ${env:NOT_SET_HERE}\n"}, 3,
            ["2 things are wrong.", '"a" cannot be filled in', "NOT_SET_HERE is not set"],
        ),
        (
            {"src/small/pipelines/main.py": "import nothing_one\n", "src/small/pipelines/other.py": "import nothing_two\n"}, 7,
            ["2 things are wrong.", "nothing_one", "nothing_two"],
        ),
        (
            {"conf/base/parameters.yml": "a: text\n", "conf/base/catalog.yml": "out: {type: cvs, filepath: x}\n"}, 4,
            ["3 things are wrong.", '"raw", read by "made"', "2 parameters are wrong", 'There is no dataset type "cvs"'],
        ),
        ({"conf/base/parameters.yml": "a: [1\n"}, 3, ["Error: conf/base/parameters.yml"]),
    ],
)  # fmt: skip
def test_all_of_them_are_said(treadle, tmp_path, files, code, texts):
    write_project(tmp_path, NODES, files)
    done = treadle("run")
    assert done.code == code, done
    assert "Traceback" not in done.err
    for text in texts:
        assert text.replace("2 things", "3 things" if "SyntaxError" in texts else "2 things") in done.err, done
