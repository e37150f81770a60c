"""Code in submodules is recorded, compared and built again, from this machine where it has it."""

import shutil

import pytest
from tests.projects import commit, git, write

from treadle.provenance.git import read_git

SCRIPT = "import sys\nsys.path.insert(0, 'sub')\nimport lib\nimport treadle\ntreadle.log_metric('value', lib.value())\n"


@pytest.fixture
def code(tmp_path, treadle):
    """A repository with a submodule that has one, too."""
    for name, text in {"inner": "deep = 1\n", "sub": "def value(): return 4\n", "code": ""}.items():
        write(tmp_path / name, {"lib.py" if name == "sub" else f"{name}.txt": text})
        commit(tmp_path / name)
    allowed = ["-c", "protocol.file.allow=always"]
    git(tmp_path / "sub", *allowed, "submodule", "add", "-q", str(tmp_path / "inner"), "inner")
    commit(tmp_path / "sub")
    write(tmp_path / "code", {"train.py": SCRIPT, ".gitignore": ".treadle/\n__pycache__/\n"})
    git(tmp_path / "code", *allowed, "submodule", "add", "-q", str(tmp_path / "sub"), "sub")
    commit(tmp_path / "code")
    git(tmp_path / "code", *allowed, "submodule", "update", "-q", "--init", "--recursive")
    return tmp_path / "code"


def test_submodules_are_recorded(code):
    state = read_git(code)
    assert [(one.path, one.commit, one.remote) for one in state.submodules] == [
        (path, git(code / path, "rev-parse", "HEAD").decode().strip(), str(code.parent / path.rpartition("/")[2]))
        for path in ("sub", "sub/inner")
    ]
    assert (state.dirty, state.changed) == (False, [])
    write(code, {"sub/lib.py": "changed", "sub/inner/new.py": "new"})
    state = read_git(code)
    assert state.dirty
    assert {"sub/lib.py", "sub/inner/new.py"} <= set(state.changed)


def run(treadle, code):
    done = treadle("run", "train.py", cwd=code)
    assert done.code == 0, done
    return done


def test_uncommitted_changes_of_submodules_come_back(treadle, code):
    run(treadle, code)
    write(
        code,
        {
            "sub/lib.py": "import more\ndef value(): return more.nine\n",
            "sub/more.py": "nine = 9\n",
            "sub/inner/inner.txt": "deep = 2\n",
        },
    )
    run(treadle, code)
    newest, oldest = [one["id"] for one in treadle("runs", "--json", cwd=code).json]
    differs = treadle("diff", oldest, newest, cwd=code)
    for text in ("sub/lib.py", "sub/more.py", "sub/inner/inner.txt", "+nine = 9"):
        assert text in differs.out, differs
    git(code / "sub", "checkout", "-q", "--", ".")
    (code / "sub" / "more.py").unlink()
    done = treadle("reproduce", newest, cwd=code)
    assert (done.code, "Reproduced" in done.out or "identical" in done.out) == (0, True), done


def test_a_commit_that_was_never_pushed_is_taken_from_here(treadle, code, tmp_path):
    write(code, {"sub/lib.py": "def value(): return 7\n"})
    commit(code / "sub", "not pushed")
    run(treadle, code)  # the outer repository still refers to the commit before
    assert treadle("reproduce", "latest", cwd=code).code == 0
    commit(code)
    run(treadle, code)
    for name in ("sub", "inner"):
        shutil.rmtree(tmp_path / name)  # what they came from is gone
    assert treadle("reproduce", "latest", cwd=code).code == 0
    git(code, "submodule", "deinit", "-q", "-f", "sub")  # its repository stays in .git/modules
    done = treadle("reproduce", "latest", cwd=code)
    assert done.code == 0, done


def test_a_submodule_that_is_nowhere_is_an_error_that_names_it(treadle, code, tmp_path):
    run(treadle, code)
    git(code, "submodule", "deinit", "-q", "-f", "sub")
    shutil.rmtree(code / ".git" / "modules")
    shutil.rmtree(tmp_path / "sub")
    done = treadle("reproduce", "latest", cwd=code)
    assert done.code == 9
    assert "Traceback" not in done.err
    assert "git clone failed" in done.err or "submodule sub" in done.err, done
