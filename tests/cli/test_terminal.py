"""No text of somebody else steers the terminal that it is shown in."""

import ast
import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner
from tests.projects import git
from tests.store.test_credentials import listening

import treadle as library
from treadle.cli import render, runs, tables
from treadle.cli.render import visible
from treadle.files import digest_file

EVIL = "\x1b]0;owned\x07\x1b[2J"


def is_harmless(text):
    """Whether a text in the code is written there, or made visible."""
    if isinstance(text, ast.IfExp):
        return is_harmless(text.body) and is_harmless(text.orelse)
    if isinstance(text, ast.Call):
        return ast.unparse(text.func) == "visible"
    return isinstance(text, ast.Constant)


def test_what_is_printed_goes_through_one_function():
    printing = {"click.echo", "click.secho", "print", "sys.stdout.write", "sys.stderr.write"}
    found = 0
    own = {Path(render.__file__), Path(tables.__file__)}  # cells of tables are made visible, too
    for path in set(Path(render.__file__).parent.glob("*.py")) - own:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in printing:
                found += 1
                assert all(map(is_harmless, call.args)), f"{path.name}:{call.lineno}"
    assert found > 10


FOLLOWED = f"""
from treadle import node
catalog = {{{f"a{EVIL}"!r}: {{"filepath": "a.json"}}}}

@node(outputs={f"a{EVIL}"!r}, name="made")
def made():
    return [1]
"""


def on_terminal(command, folder, **environment):
    """Return what a command prints to a terminal, line feeds as they were written."""
    shown, terminal = pty.openpty()
    code = (
        f"import sys; sys.argv = {['treadle', *command]!r}; from treadle.cli import *; "
        "run_command_line()"
    )
    environment = {**os.environ, "TERM": "xterm", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=terminal, env=environment
    )
    os.close(terminal)
    pieces = []
    # That the other side is closed is an error here.
    with contextlib.suppress(OSError), os.fdopen(shown, "rb", buffering=0) as file:
        while piece := file.read(4096):
            pieces.append(piece)
    assert process.wait() == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_lineage_has_its_own_style_and_no_other(tmp_path, treadle):
    (tmp_path / "flow.py").write_text(FOLLOWED)
    assert treadle("run", "flow.py").code == 0
    done = treadle("runs", "show", "latest", "--lineage")
    assert done.code == 0, done
    first, second = done.out.splitlines()
    digest = digest_file(tmp_path / "a.json")[0].removeprefix("blake3:")[:12]
    assert first == f"a␛]0;owned␇␛[2J  {digest}  a.json"
    assert second.startswith("  made by made in run ")
    shown = on_terminal(["runs", "show", "latest", "--lineage"], tmp_path).splitlines()
    assert shown == [f"\x1b[1ma␛]0;owned␇␛[2J\x1b[0m  {digest}  a.json", second]


def test_doctor_has_its_own_colours_and_no_other(tmp_path, treadle):
    folder = tmp_path / f"a{EVIL}"
    (folder / ".treadle" / "journal").mkdir(parents=True)
    (folder / ".treadle" / "journal" / "x.log").write_bytes(b"not a journal")
    done = treadle("doctor", cwd=folder)
    lines = done.out.splitlines()
    assert done.code == 1, done
    assert lines[2] == "project           ok    none here"
    assert lines[4].startswith("journals          wrong /"), lines
    assert "/a␛]0;owned␇␛[2J/.treadle/journal/x.log cannot be read" in lines[4]
    assert "\x1b" not in done.out
    coloured = done.out.replace(" ok    ", " \x1b[32mok   \x1b[0m ")
    coloured = coloured.replace(" wrong ", " \x1b[31mwrong\x1b[0m ")
    assert on_terminal(["doctor"], folder) == coloured
    assert on_terminal(["doctor"], folder, NO_COLOR="1").splitlines() == lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\rb\x07", "a␍b␇"),
        ("a\x9b2J", "a�2J"),
        ("evil\u202etxt.exe", "evil�txt.exe"),
        ("name \u2066x\u2069", "name �x�"),
        ("two\nlines\tand a tab, é, 日本, שלום", "two\nlines\tand a tab, é, 日本, שלום"),
    ],
)
def test_characters_that_steer_are_shown(text, shown):
    assert visible(text) == shown


def test_an_error_of_a_server(treadle):
    problem = (
        b'{"error": "StoreError", "message": "no \\u001b[2J run", "hint": "try \\u001b]0;x\\u0007"}'
    )
    with listening((404, problem)) as (_, address):
        done = treadle("runs", "show", "x", "--store", address)
    assert done.code == 8, done
    assert "\x1b" not in done.err
    assert "\x07" not in done.err


def test_a_program_whose_commit_and_command_steer(tmp_path, treadle):
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "MLproject").write_text(
        'name: x\nentry_points:\n  main:\n    command: "python -c 1 \\e[2J"\n'
    )
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", f"first {EVIL}")
    done = treadle("project", "run", f"file://{folder}", "--here")
    assert "is at commit" in done.out, done
    assert "\x1b" not in done.out + done.err
    assert "␛" in done.out


def test_an_import_of_somebody_elses_runs(tmp_path, treadle):
    source = tmp_path / "mlruns" / "0"
    (source / ("a" * 32)).mkdir(parents=True)
    (source / "meta.yaml").write_text(
        'artifact_location: x\nexperiment_id: "0"\nlifecycle_stage: active\nname: d\n'
    )
    (source / ("a" * 32) / "meta.yaml").write_text(f"run_id: [{EVIL!r}\n")
    done = treadle("import", "mlflow", str(tmp_path / "mlruns"))
    assert done.code == 6, done
    assert "\x1b" not in done.out + done.err


def test_names_and_logs_of_runs(location, treadle):
    with library.start_run("r"):
        library.log_metric("m", 1.0)
    with contextlib.closing(apsw.Connection(str(location.database))) as database:
        database.execute("UPDATE run SET name = ?", (f"run {EVIL}",))
    for command in (
        "runs",
        "runs show latest",
        "runs logs latest",
        "diff latest latest",
        "runs delete latest",
    ):
        done = treadle(*command.split())
        assert done.code == 0, done
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out + done.err


def test_colours_of_a_program_are_shown_in_its_log(location, monkeypatch):
    with library.start_run("r", capture_output=True):
        print("\x1b[31mred\x1b[0m and \x1b[2Jgone")
    shown = CliRunner().invoke(runs.command, ["logs", "latest"], color=True).output
    assert "\x1b[31mred\x1b[0m and ␛[2Jgone\x1b[0m" in shown
    assert "\x1b[2J" not in shown
