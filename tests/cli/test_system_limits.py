"""The command line where the system around it lacks something.

One line, the right code, no traceback.
"""

import os
import signal
import subprocess
import sys

import pytest
from tests.conftest import start

import treadle

COMMAND = f"{sys.executable} -m treadle"


@pytest.fixture
def shell(tmp_path):
    for number in range(3):
        with treadle.start_run(f"grüße-日本-{number}") as logged:
            logged.log_param("ü", "ß")
            logged.log_text("x", "ünï.txt")
            logged.log_params({f"p{one}": "x" * 400 for one in range(400)})

    def run(line, **environment):
        return subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        )

    return run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{COMMAND} runs --json | head -c 5", 0),
        (f"set -o pipefail; {COMMAND} runs show latest --json | true", {0, 1, 141}),
        (f"{COMMAND} runs >&-", {0, 1}),
        (f"{COMMAND} runs > /dev/full", 1),
        (f"{COMMAND} --help > /dev/full", 1),
        (f"{COMMAND} runs 2>&-", 0),
        (f"mkdir gone; cd gone; rmdir ../gone; {COMMAND} runs", {1, 7, 8}),
        (f"mkdir gone; cd gone; rmdir ../gone; {COMMAND} doctor", 1),
        (f"mkdir gone; cd gone; rmdir ../gone; {COMMAND} run x.py", 6),
        (f"env -u HOME {COMMAND} runs", 0),
        (f"HOME=/nonexistent {COMMAND} runs", 0),
        (f"{COMMAND} runs show $'gr\\xfc'", {1, 8}),
    ],
)
def test_one_line_and_no_traceback(shell, line, code):
    done = shell(line)
    assert done.returncode in (code if isinstance(code, set) else {code}), done
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Error: ") <= 1
    assert "Exception ignored" not in done.stderr


def test_a_locale_of_ascii_shows_all_names_or_says_what_to_set(shell):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = shell(f"{COMMAND} runs", **ascii_only)
    assert (shown.returncode, shown.stdout.count("finished")) == (0, 3)
    named = shell(f"{COMMAND} runs download latest --to here", **ascii_only)
    assert named.returncode == 1
    assert named.stderr.startswith("Error: The locale's encoding, ascii, cannot write")
    assert "PYTHONUTF8=1" in named.stderr
    assert "Traceback" not in named.stderr


SLOW = """
import sys, time
from treadle import node
catalog = {"out": {"filepath": "out.json"}}
AT_IMPORT
@node(outputs="out")
def slow():
    print("started", flush=True)
    time.sleep(60)
    return 1
"""


def end(process, number):
    """Send a signal until the process ends: Python may miss one just before it begins to sleep."""
    for _ in range(12):
        process.send_signal(number)
        try:
            return process.communicate(timeout=10)[1]
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.communicate()[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", ["node", "import"])
def test_a_signal_ends_a_run_with_one_line(tmp_path, number, stage):
    wait = "print('started', flush=True); time.sleep(60)" if stage == "import" else ""
    (tmp_path / "flow.py").write_text(SLOW.replace("AT_IMPORT", wait))
    process = start(
        ["-m", "treadle", "run", "flow.py"],
        tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while "started" not in (line := process.stdout.readline()):
        assert line, process.stderr.read()
    said = end(process, number)
    if number == signal.SIGINT:
        assert process.returncode == 130, said
        assert said.lower().count("interrupted") == 1
    else:
        assert process.returncode in (143, -signal.SIGTERM), said
    assert "Traceback" not in said
    assert not (tmp_path / "out.json").exists()


def test_ctrl_c_while_treadle_is_imported(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'treadle.cli':\n"
        "            print('importing', flush=True)\n"
        "            time.sleep(60)\n"
        "sys.meta_path.insert(0, Slow())\n"
    )
    process = start(
        ["-m", "treadle", "runs"],
        tmp_path,
        {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == "importing\n"
    said = end(process, signal.SIGINT)
    assert (process.returncode, said) == (130, "\nInterrupted.\n")
