"""What Treadle keeps is for its owner, whatever the umask."""

import shutil
import subprocess

import pytest
from tests.conftest import start

FLOW = """
from treadle import node
import treadle
catalog = {"made": {"filepath": ".treadle/kept/made.json"}}

@node
def made():
    treadle.log_metric("m", 1.0)
    treadle.log_text("x" * 10, "notes.txt")
    return [1]
"""


def modes(home):
    return {
        str(path.relative_to(home.parent)): oct(path.stat().st_mode & 0o077)
        for path in (home, *home.rglob("*"))
        if path.stat().st_mode & 0o077
    }


@pytest.fixture
def ran(tmp_path):
    (tmp_path / "flow.py").write_text(FLOW)

    def run(*arguments):
        process = start(
            ["-m", "treadle", *arguments],
            tmp_path,
            umask=0,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out

    run("run", "flow.py")
    return run


def test_a_run_leaves_nothing_that_others_can_read(tmp_path, ran):
    home = tmp_path / ".treadle"
    assert {"treadle.db", "ledger.db", "artifacts", "journal"} <= {
        path.name for path in home.iterdir()
    }
    assert modes(home) == {}


def test_folders_that_are_open_to_others_are_closed_by_the_next_command(tmp_path, ran):
    home = tmp_path / ".treadle"
    names = [home, home / "treadle.db", home / "ledger.db"]
    for path in names:
        path.chmod(0o777 if path.is_dir() else 0o666)
    ran("run", "flow.py")
    for path in names:
        assert path.stat().st_mode & 0o077 == 0, path


def test_git_does_not_see_it(tmp_path, ran):
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    shown = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    # What Python compiles is not ours.
    assert [one for one in shown.stdout.splitlines() if "__pycache__" not in one] == ["?? flow.py"]
    ignore = tmp_path / ".treadle" / ".gitignore"
    ignore.write_text("own\n")
    ran("run", "flow.py")
    assert ignore.read_text() == "own\n"


def test_a_store_elsewhere_is_private_and_its_folder_is_left(tmp_path, python):
    shared = tmp_path / "shared"
    shared.mkdir(0o755)
    done = python(
        "import treadle\n"
        "with treadle.start_run('r', store='shared/x.db'):\n"
        "    treadle.log_text('x', 'a.txt')\n"
    )
    assert done.code == 0, done
    assert shared.stat().st_mode & 0o777 == 0o755
    assert (shared / "x.db").stat().st_mode & 0o077 == 0
    assert (shared / "x.artifacts").stat().st_mode & 0o077 == 0
    shutil.rmtree(shared)
