"""What a user has set up for git changes nothing of what is recorded."""

import subprocess

import pytest
from tests.projects import commit, git, write

from treadle.errors import ConflictError
from treadle.provenance.changes import read_changes
from treadle.provenance.git import read_git

SETTINGS = [
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("diff.srcPrefix", "x/"),
    ("diff.context", "0"),
    ("diff.interHunkContext", "50"),
    ("diff.external", "false"),
    ("color.ui", "always"),
    ("color.diff", "always"),
    ("core.quotepath", "true"),
    ("diff.submodule", "log"),
    ("diff.relative", "true"),
    ("diff.renames", "copies"),
    ("diff.algorithm", "patience"),
    ("diff.orderFile", "/nothing"),
    ("diff.wsErrorHighlight", "all"),
    ("diff.colorMoved", "plain"),
    ("diff.ignoreSubmodules", "all"),
    ("status.showUntrackedFiles", "no"),
    ("status.short", "true"),
    ("diff.suppressBlankEmpty", "true"),
    ("diff.upper.textconv", "tr a-z A-Z <"),
    ("diff.upper.command", "false"),
    ("core.pager", "false"),
    ("diff.indentHeuristic", "false"),
]


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "code"
    lines = "".join(f"line {number}\n\n" for number in range(30))
    write(
        folder,
        {
            "a.py": lines,
            "b.py": "z = 1\n" * 20,
            "ünï.txt": "x\n",
            ".gitattributes": "*.py diff=upper\n",
        },
    )
    commit(folder)
    write(
        folder,
        {
            "a.py": lines.replace("line 3\n", "three\n").replace("line 20", "twenty"),
            "ünï.txt": "y\n",
            "new.py": "n\n",
        },
    )
    git(folder, "mv", "b.py", "c.py")
    return folder


@pytest.mark.parametrize(("name", "value"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_settings_of_the_user_change_no_patch(repository, tmp_path, name, value):
    before, state = read_changes(repository), read_git(repository)
    git(repository, "config", name, value)
    assert read_changes(repository) == before
    assert read_git(repository) == state
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    git(clone, "apply", "--binary", "-", input=before.patch)
    assert (clone / "a.py").read_text() == (repository / "a.py").read_text()
    assert (clone / "c.py").exists()


def test_a_diff_that_fails_is_not_taken_for_no_changes(repository):
    blob = git(repository, "rev-parse", "HEAD:a.py").decode().strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    changes = read_changes(repository)
    assert len(changes.omitted) == 1
    assert changes.omitted[0].startswith("the changes: git diff failed: ")
    assert changes.patch == b""


def test_a_repository_that_git_cannot_read_is_not_taken_for_a_clean_one(repository):
    (repository / ".git" / "index").write_bytes(b"damaged")
    with pytest.raises(ConflictError, match="git status failed"):
        read_git(repository)


def test_a_run_in_a_damaged_repository_keeps_the_files_and_says_so(repository, treadle):
    (repository / "s.py").write_text("print('it runs')\n")
    (repository / ".git" / "index").write_bytes(b"damaged")
    done = treadle("run", "s.py", cwd=repository)
    assert (done.code, "it runs" in done.out) == (0, True), done
    assert "The state of the code's repository is not recorded: git status failed" in done.err
    shown = treadle("runs", "show", "latest", "--json", cwd=repository).json
    assert "code/untracked.tar" in [one["path"] for one in shown["artifacts"]]
    assert subprocess.run(["git", "status"], cwd=repository, capture_output=True).returncode != 0
