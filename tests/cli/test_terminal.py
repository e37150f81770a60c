"""No text of somebody else steers the terminal that it is shown in."""

import contextlib
import re
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner
from tests.projects import git
from tests.store.test_credentials import listening

import treadle as library
from treadle.cli import render, runs
from treadle.cli.render import visible

EVIL = "\x1b]0;owned\x07\x1b[2J"


def test_what_is_printed_goes_through_one_function():
    for path in Path(render.__file__).parent.glob("*.py"):
        if path.name not in ("render.py", "progress.py"):
            assert not re.search(r"click\.echo\(\s*(?!\"|one\)|made\)|\))", path.read_text()), path.name


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
    problem = b'{"error": "StoreError", "message": "no \\u001b[2J run", "hint": "try \\u001b]0;x\\u0007"}'
    with listening((404, problem)) as (_, address):
        done = treadle("runs", "show", "x", "--store", address)
    assert done.code == 8, done
    assert "\x1b" not in done.err
    assert "\x07" not in done.err


def test_a_program_whose_commit_and_command_steer(tmp_path, treadle):
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "MLproject").write_text('name: x\nentry_points:\n  main:\n    command: "python -c 1 \\e[2J"\n')
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
    (source / "meta.yaml").write_text('artifact_location: x\nexperiment_id: "0"\nlifecycle_stage: active\nname: d\n')
    (source / ("a" * 32) / "meta.yaml").write_text(f"run_id: [{EVIL!r}\n")
    done = treadle("import", "mlflow", str(tmp_path / "mlruns"))
    assert done.code == 6, done
    assert "\x1b" not in done.out + done.err


def test_names_and_logs_of_runs(location, treadle):
    with library.start_run("r"):
        library.log_metric("m", 1.0)
    with contextlib.closing(apsw.Connection(str(location.database))) as database:
        database.execute("UPDATE run SET name = ?", (f"run {EVIL}",))
    for command in ("runs", "runs show latest", "runs logs latest", "diff latest latest", "runs delete latest"):
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
