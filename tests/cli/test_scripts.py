"""What follows a script belongs to it, and options that have no effect are refused by name."""

import json

import pytest

ARGUMENTS = (
    "import json, pathlib, sys\npathlib.Path('seen.json').write_text(json.dumps(sys.argv[1:]))\n"
)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        (["s.py", "--epochs", "3"], ["--epochs", "3"]),
        (["s.py", "--name", "x", "-p", "1", "--help"], ["--name", "x", "-p", "1", "--help"]),
        (["s.py", "--", "--epochs", "3"], ["--epochs", "3"]),
        (["s.py", "--", "--", "x"], ["--", "x"]),
        (["s.py", "a", "--"], ["a", "--"]),
        (["s.py", "--verbose"], ["--verbose"]),
        (["--verbose", "s.py", "--verbose"], ["--verbose"]),
        (["--name", "n", "s.py", "--name", "m"], ["--name", "m"]),
        (["--tag", "a=b", "--", "s.py", "-x"], ["-x"]),
        (["s.py"], []),
    ],
)
def test_what_follows_a_script_is_passed_to_it(treadle, tmp_path, typed, seen):
    (tmp_path / "s.py").write_text(ARGUMENTS)
    done = treadle("run", *typed)
    assert done.code == 0, done
    assert json.loads((tmp_path / "seen.json").read_text()) == seen


@pytest.mark.parametrize(
    "option",
    [
        ["--tags", "x"],
        ["-t", "x"],
        ["--env", "prod"],
        ["--fresh"],
        ["--seed", "0"],
        ["--params", "a=1"],
        ["--nodes", "a"],
        ["--namespace", "a"],
        ["--load-versions", "a=1"],
        ["--conf-source", "conf"],
        ["--from-nodes", "a"],
        ["--to-nodes", "a"],
        ["--from-inputs", "a"],
        ["--to-outputs", "a"],
    ],
    ids=lambda option: option[0],
)
def test_options_of_pipelines_have_no_effect_on_a_script_and_are_refused(treadle, tmp_path, option):
    (tmp_path / "s.py").write_text("raise SystemExit('it ran')")
    done = treadle("run", *option, "s.py")
    assert done.code == 3, done
    name = {"-t": "--tags"}.get(option[0], option[0])
    assert f"s.py is a script and has no nodes: {name} has no effect on it." in done.err
    assert "treadle run s.py --option value" in done.err


def test_an_environment_variable_is_no_option_of_a_script(treadle, tmp_path):
    (tmp_path / "s.py").write_text("print('it ran')")
    done = treadle("run", "s.py", environment={"TREADLE_ENV": "prod"})
    assert (done.code, "it ran" in done.out) == (0, True), done


def test_a_script_that_refuses_arguments_that_look_like_ours(treadle, tmp_path):
    (tmp_path / "s.py").write_text("import argparse\nargparse.ArgumentParser().parse_args()\n")
    done = treadle("run", "s.py", "--tag", "a=b")
    assert done.code == 2
    assert "write it before: treadle run --tag … s.py" in done.err


BOTH = """
import sys
from treadle import node

@node(outputs="three")
def made(): return 3

if __name__ == "__main__":
    print("main", sys.argv[1:])
"""


def test_a_file_of_nodes_can_be_run_as_a_script(treadle, tmp_path):
    (tmp_path / "both.py").write_text(BOTH)
    assert "Outputs: three" in treadle("run", "both.py").out
    done = treadle("run", "--script", "both.py", "--epochs", "3")
    assert "main ['--epochs', '3']" in done.out, done
    refused = treadle("run", "both.py", "--epochs", "3")
    assert refused.code == 2
    assert "To run it as a script: treadle run --script both.py --epochs 3" in refused.err
    also = treadle("run", "both.py", "3")
    assert "To run it as a script: treadle run --script both.py 3" in also.err
    kinds = [run["kind"] for run in treadle("runs", "--json").json]
    assert kinds == ["script", "pipeline"]
    assert treadle("run", "--script").code == 4


def test_a_script_with_nodes_is_reproduced_as_a_script(treadle, tmp_path):
    (tmp_path / "both.py").write_text(
        BOTH.replace("print(", "import treadle; treadle.log_metric('n', len(sys.argv)); print(")
    )
    assert treadle("run", "--name", "first", "--script", "both.py", "--a", "1").code == 0
    done = treadle("reproduce", "latest")
    assert done.code == 0, done
    assert "main ['--a', '1']" in done.out + done.err
