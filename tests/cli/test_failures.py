"""A run that failed shows the user's own lines, and its record the whole traceback."""

import pytest

from treadle.cli.failures import shorten_traceback

HELPERS = """import json

def outer(text):
    return inner(text)

def inner(text):
    return json.loads(text)
"""
FLOW = """import helpers
from treadle import node

@node(outputs="x")
def features():
    return helpers.outer("{")
"""
LINES = [
    '  at flow.py:6 in features: return helpers.outer("{")',
    "  at helpers.py:4 in outer: return inner(text)",
    "  at helpers.py:7 in inner: return json.loads(text)",
]


@pytest.fixture
def flow(tmp_path):
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "flow.py").write_text(FLOW)


def test_a_failed_node_shows_its_own_lines(flow, treadle):
    done = treadle("run", "flow.py")
    assert done.code == 1
    error = done.err.strip().split("\n")
    assert error[0].startswith('Error: Node "features" failed: JSONDecodeError: Expecting property')
    assert error[1:4] == LINES
    assert error[4].startswith("The whole traceback: treadle runs show ")
    assert error[5].endswith("To go on from there: treadle resume")
    shown = treadle(*error[4].removeprefix("The whole traceback: treadle ").split())
    assert "TRACEBACK OF FEATURES" in shown.out
    assert shown.out.count('File "') == 4  # three of the user's, and that which raised
    assert "… 2 frames of Treadle or Python" in shown.out
    assert shown.out.rstrip().endswith("(char 1)")


@pytest.mark.parametrize("arguments", [[], ["--verbose"]], ids=str)
@pytest.mark.parametrize("kind", ["folder", "loop", "long name", "missing"])
def test_a_script_that_cannot_be_read_is_one_error(tmp_path, treadle, kind, arguments):
    name = "d.py" if kind != "long name" else f"{'d' * 300}.py"
    if kind == "folder":
        (tmp_path / name).mkdir()
    elif kind == "loop":
        (tmp_path / name).symlink_to(name)
    done = treadle("run", name, *arguments)
    assert done.code not in (0, 2), done
    assert sum(line.startswith("Error: ") for line in done.err.splitlines()) == 1, done
    assert name in done.err
    assert ("Traceback" in done.err) == bool(arguments), done


def test_verbose_shows_no_frames_of_the_command_line(flow, treadle):
    done = treadle("run", "flow.py", "--verbose")
    assert "click" not in done.err
    assert "treadle/engine" not in done.err
    assert done.err.index("features") < done.err.index("json/decoder.py")


def test_a_script_shows_its_own_lines(flow, tmp_path, treadle):
    (tmp_path / "train.py").write_text('import helpers\nhelpers.outer("{")\n')
    done = treadle("run", "train.py")
    assert done.err.strip().split("\n")[1:4] == ['  at train.py:2: helpers.outer("{")', *LINES[1:]]


def test_a_module_that_cannot_be_imported_shows_the_way_to_the_line(flow, tmp_path, treadle):
    (tmp_path / "helpers.py").write_text("def load():\n    return {}['nope']\nload()\n")
    done = treadle("run", "flow.py")
    assert done.code == 7
    assert done.err.strip().split("\n")[1:] == [
        "  at flow.py:1: import helpers",
        "  at helpers.py:3: load()",
        "  at helpers.py:2 in load: return {}['nope']",
    ]


def test_a_traceback_of_another_machine_is_shortened():
    text = """Traceback (most recent call last):
  File "/opt/x/lib/python3.12/site-packages/treadle/engine/execute.py", line 1, in run
    call()
  File "/home/me/nodes.py", line 3, in features
    frame.merge(other)
  File "/opt/x/lib/python3.12/site-packages/pandas/core/frame.py", line 9, in merge
    raise_it()
    ^^^^^^^^
  File "/opt/x/lib/python3.12/site-packages/pandas/core/merge.py", line 9, in raise_it
    raise KeyError
KeyError: 'a'
"""
    lines = list(shorten_traceback(text))
    assert [line for line, is_short in lines if is_short] == [
        "  … 1 frame of treadle",
        "  … 1 frame of pandas",
    ]
    assert lines[-2:] == [("    raise KeyError", False), ("KeyError: 'a'", False)]
