"""Single files on the command line: flows of nodes, and scripts."""

import pytest

FLOW = """
import pandas as pd
import treadle
from treadle import node, param

catalog = {"raw": "raw.csv", "report": "report.json"}
parameters = {"share": {"low": 0.5}}

@node
def half(raw: pd.DataFrame, share: float = param("share.low")) -> pd.DataFrame:
    treadle.log_metric("rows", len(raw))
    return raw.head(int(len(raw) * share))

@node(outputs="report")
def count(half: pd.DataFrame):
    return {"rows": len(half)}
"""


@pytest.fixture
def flow(tmp_path):
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "raw.csv").write_text("a\n1\n2\n3\n4\n")
    return tmp_path / "flow.py"


def test_a_file_of_nodes_runs_without_a_project(treadle, tmp_path, flow):
    done = treadle("run", "flow.py", "--params", "share.low=0.25")
    assert done.code == 0, done
    assert (tmp_path / "report.json").read_text() == '{\n  "rows": 1\n}\n'
    (run,) = treadle("runs", "--json").json
    assert (run["name"], run["kind"], run["params"], run["metrics"]) == (
        "flow",
        "pipeline",
        {"share.low": 0.25},
        {"rows": 4.0},
    )
    assert treadle("run", "flow.py", "--nodes", "half").code == 0


def test_a_configuration_beside_the_file_counts(treadle, tmp_path, flow):
    (tmp_path / "conf" / "base").mkdir(parents=True)
    (tmp_path / "conf" / "base" / "parameters.yml").write_text("share: {low: 1.0}\n")
    (tmp_path / "conf" / "base" / "catalog.yml").write_text("report: other.json\n")
    assert treadle("run", "flow.py").code == 0
    assert (tmp_path / "other.json").read_text() == '{\n  "rows": 4\n}\n'


@pytest.mark.parametrize(
    "text",
    [
        (
            "from treadle import node, pipeline\n"
            "pipeline = pipeline([node(len, 'a', 'b', name='n')])\n"
            "catalog = {'a': [1, 2]}\n"
        ),
        "import treadle\nn = treadle.node(lambda: 3, None, 'b', name='n')\n",
        (
            "from treadle import node, pipeline\n"
            "def create_pipeline(): return pipeline(node(lambda: 3, None, 'b', name='n'))\n"
        ),
        "import treadle\n@treadle.node(outputs='b')\ndef n(): return 1\n",
    ],
)
def test_other_ways_to_write_nodes(treadle, tmp_path, text):
    (tmp_path / "flow.py").write_text(text)
    done = treadle("run", "flow.py")
    assert done.code == 0, done
    assert "1 node\n" in done.out
    assert "Outputs: b" in done.out


SCRIPT = """
import sys
import treadle

print(sys.argv, __name__)
treadle.log_param("epochs", int(sys.argv[-1]))
for step in range(3):
    treadle.log_metric("loss", 1 / (step + 1))
"""


def test_a_script_runs_as_python_would_run_it(treadle, tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    done = treadle("run", "--tag", "a=b", "train.py", "--epochs", "3")
    assert done.code == 0, done
    assert "['train.py', '--epochs', '3'] __main__" in done.out
    (run,) = treadle("runs", "--json").json
    assert (run["kind"], run["name"], run["status"], run["params"], run["tags"]) == (
        "script",
        "train",
        "finished",
        {"epochs": 3},
        {"a": "b"},
    )
    assert run["command"] == "treadle run --tag a=b train.py --epochs 3"


@pytest.mark.parametrize(
    ("ending", "code", "status"),
    [
        ("sys.exit(0)", 0, "finished"),
        ("sys.exit(3)", 3, "failed"),
        ("raise ValueError('no')", 1, "failed"),
        ("sys.exit('message')", 1, "failed"),
        ("raise KeyboardInterrupt", 130, "killed"),
    ],
)
def test_how_a_script_ends(treadle, tmp_path, ending, code, status):
    (tmp_path / "s.py").write_text(f"import sys\nprint('hi')\n{ending}\n")
    done = treadle("run", "s.py")
    assert done.code == code, done
    assert "Traceback" not in done.err
    (run,) = treadle("runs", "--json").json
    assert run["status"] == status
    if "ValueError" in ending:
        assert "s.py failed: ValueError: no\n  at s.py:3" in done.err


def test_the_run_that_a_script_starts_is_the_one_that_is_recorded(treadle, tmp_path):
    (tmp_path / "s.py").write_text(
        "import treadle\n"
        "with treadle.start_run('mine', tags={'a': 1}, params={'p': 2}):\n"
        "    treadle.log_metric('m', 1)\n"
        "raise ValueError('after the block')\n"
    )
    assert treadle("run", "s.py").code == 1
    (run,) = treadle("runs", "--json").json
    assert (run["name"], run["status"], run["tags"], run["params"], run["metrics"]) == (
        "mine",
        "failed",
        {"a": "1"},
        {"p": 2},
        {"m": 1.0},
    )


def test_flags_of_pipelines_mean_nothing_to_a_script(treadle, tmp_path):
    (tmp_path / "s.py").write_text("print('hi')")
    done = treadle("run", "--nodes", "a", "s.py")
    assert (done.code, "s.py is a script" in done.err) == (3, True)


def test_a_file_that_is_no_python(treadle, tmp_path):
    (tmp_path / "s.py").write_text("def f(:\n")
    done = treadle("run", "s.py")
    assert (done.code, "s.py is not valid Python: SyntaxError" in done.err) == (7, True)
    (tmp_path / "flow.py").write_text(
        "from treadle import node\n@node\ndef a(): ...\nraise KeyError('x')\n"
    )
    done = treadle("run", "flow.py")
    assert done.code == 7
    assert "flow.py cannot be loaded: KeyError: 'x'" in done.err
    assert "flow.py:4" in done.err


def test_version_and_help(treadle):
    assert treadle("--version").out.startswith("treadle 0.")
    assert "Commands:" in treadle("--help").out
    for command in ("run", "runs", "catalog", "new", "demo", "doctor"):
        assert treadle(command, "--help").out.startswith("Usage:")


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(treadle, tmp_path, flow):
    import os
    import pty
    import subprocess
    import sys

    assert treadle("run", "flow.py").err == ""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "treadle", "run", "flow.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        text=True,
    )
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    drawn = b""
    try:
        while chunk := os.read(master, 65536):
            drawn += chunk
    except OSError:  # the terminal is closed
        pass
    os.close(master)
    assert process.returncode == 0
    assert "Outputs: report" in out
    assert b"0/2" in drawn
    assert "━".encode() in drawn
