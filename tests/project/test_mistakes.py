"""Several mistakes of a project that do not depend on each other are told at once."""

import pytest
from tests.projects import write, write_project

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
    "a.json": "1",
    "b.txt": "b",
    "c.json": "1",
}


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        (
            {
                "conf/base/catalog.yml": "a: {type: nothing}\n"
                "b: {type: jsonn, filepath: x}\n"
                "c: c.json\n"
            },
            5,
            ["nothing", "jsonn"],
        ),
        ({"conf/base/parameters.yml": "depth: x\n"}, 3, ['"depth"', '"rate"']),
        (
            {
                "conf/base/catalog.yml": "a: {type: nothing}\nb: b.txt\nc: c.json\n",
                "conf/base/parameters.yml": "depth: x\n",
            },
            5,
            ["nothing", '"depth"', '"rate"'],
        ),
        (
            {"conf/base/catalog.yml": "a: {\n", "conf/base/catalog_b.yml": "b: [\n"},
            3,
            ["catalog.yml:", "catalog_b.yml:"],
        ),
        ({"conf/base/catalog.yml": "a: a.json\n"}, 4, ['"b"', '"c"']),
        ({"conf/base/catalog.yml": "a: no.json\nb: no.txt\nc: c.json\n"}, 6, ["no.json", "no.txt"]),
    ],
)
def test_all_mistakes_at_once(tmp_path, treadle, wrong, code, told):
    write_project(tmp_path, NODES, {**RIGHT, **wrong})
    done = treadle("run")
    assert done.code == code, done
    assert [text for text in told if text not in done.err] == []
    assert done.err.count("Error: ") == 1
    assert (
        not (tmp_path / ".treadle" / "treadle.db").exists()
        or "no runs" in treadle("runs").out.lower()
    )


OTHER = (
    "from treadle import node, param\n"
    "@node(outputs='out')\n"
    "def made(raw, a: int = param('a'), b: int = param('b')): return raw\n"
)


@pytest.mark.parametrize(
    ("files", "code", "texts"),
    [
        (
            {
                "conf/base/parameters.yml": "a: [1\n",
                "conf/base/catalog.yml": "x: {y\n",
                "src/small/pipelines/main.py": "def f(:\n",
            },
            3,
            [
                "2 mistakes were found",
                "conf/base/parameters.yml",
                "conf/base/catalog.yml",
                "SyntaxError",
            ],
        ),
        (
            {
                "conf/base/parameters.yml": "a: ${nothing}\n",
                "conf/base/catalog.yml": "x: ${env:NOT_SET_HERE}\n",
            },
            3,
            ["2 mistakes were found", '"a" cannot be filled in', "NOT_SET_HERE is not set"],
        ),
        (
            {
                "src/small/pipelines/main.py": "import nothing_one\n",
                "src/small/pipelines/other.py": "import nothing_two\n",
            },
            7,
            ["2 mistakes were found", "nothing_one", "nothing_two"],
        ),
        (
            {
                "conf/base/parameters.yml": "a: text\n",
                "conf/base/catalog.yml": "out: {type: cvs, filepath: x}\n",
            },
            4,
            [
                "4 mistakes were found",
                '"raw", read by "made"',
                '"a" does not fit',
                '"b"',
                'There is no dataset type "cvs"',
            ],
        ),
        ({"conf/base/parameters.yml": "a: [1\n"}, 3, ["Error: conf/base/parameters.yml"]),
    ],
)
def test_files_modules_and_entries_are_said_together(treadle, tmp_path, files, code, texts):
    write_project(tmp_path, OTHER, files)
    done = treadle("run")
    assert done.code == code, done
    assert "Traceback" not in done.err
    for text in texts:
        assert (
            text.replace("2 mistakes", "3 mistakes" if "SyntaxError" in texts else "2 mistakes")
            in done.err
        ), done


FLOW = """
from treadle import node, param
catalog = {"made": {"filepath": "made.json"}}
parameters = {"depth": 1}

@node
def made(raw, depth: int = param("depth")):
    return raw
"""


@pytest.mark.parametrize(
    ("files", "code", "told", "untold"),
    [
        (
            {
                "flow.py": FLOW + "import nothing_here\n",
                "conf/base/catalog.yml": "raw: {\n",
                "conf/base/parameters.yml": "a: [\n",
            },
            7,
            [
                "3 mistakes were found",
                "nothing_here",
                "conf/base/catalog.yml",
                "conf/base/parameters.yml",
            ],
            [],
        ),
        (
            {"flow.py": FLOW + "def f(:\n", "conf/base/catalog.yml": "raw: {\n"},
            7,
            ["2 mistakes were found", "flow.py is not valid Python", "conf/base/catalog.yml"],
            [],
        ),
        (
            {
                "flow.py": FLOW.replace("@node", "@node(1, 2, 3, 4)"),
                "conf/base/catalog.yml": "raw: {\n",
            },
            7,
            ["2 mistakes were found", "flow.py cannot be loaded", "conf/base/catalog.yml"],
            [],
        ),
        (  # what the file itself could have filled in is no mistake
            {
                "flow.py": FLOW + "import nothing_here\n",
                "conf/base/parameters.yml": "rate: ${depth}\n",
            },
            7,
            ["nothing_here"],
            ["mistakes were found", "depth"],
        ),
        (
            {
                "flow.py": FLOW,
                "conf/base/catalog.yml": "raw: {type: nothing}\n",
                "conf/base/parameters.yml": "depth: x\n",
            },
            5,
            ["2 mistakes were found", '"depth"', "nothing"],
            [],
        ),
        (
            {"flow.py": "def f(:\n", "conf/base/catalog.yml": "raw: {\n"},
            7,
            ["flow.py is not valid Python"],
            ["conf/"],
        ),
    ],
    ids=[
        "import",
        "syntax",
        "decorator",
        "parameters of the file",
        "entry and parameter",
        "a script",
    ],
)
@pytest.mark.parametrize("command", ["run", "plan"])
def test_mistakes_of_a_file_and_of_its_configuration(
    treadle, tmp_path, files, code, told, untold, command
):
    write(tmp_path, files)
    done = treadle(command, "flow.py")
    assert done.code == code, done
    assert [text for text in told if text not in done.err] == []
    assert [text for text in untold if text in done.err] == []


def test_an_unknown_node_and_a_wrong_configuration(treadle, tmp_path):
    write_project(tmp_path, NODES, {**RIGHT, "conf/base/parameters.yml": "depth: [\n"})
    done = treadle("run", "--nodes", "maek")
    assert done.code == 3, done
    for text in (
        "2 mistakes were found",
        "conf/base/parameters.yml",
        'There is no node "maek"',
        'Did you mean "make"?',
    ):
        assert text in done.err, done
