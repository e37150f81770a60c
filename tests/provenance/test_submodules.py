"""Code in submodules is recorded, compared and built again, from this machine where it has it."""

import shutil

import pytest
from tests.projects import commit, git, write

from treadle.errors import ConflictError, ProjectError
from treadle.project.fetch import fetch_project
from treadle.provenance.git import read_git

SCRIPT = (
    "import sys\nsys.path.insert(0, 'sub')\nimport lib\nimport treadle\n"
    "treadle.log_metric('value', lib.value())\n"
)


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
        (
            path,
            git(code / path, "rev-parse", "HEAD").decode().strip(),
            str(code.parent / path.rpartition("/")[2]),
        )
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


def fetched(code, into, version=""):
    into.mkdir()
    return fetch_project(str(code), version or "HEAD", into).folder


def test_a_project_of_this_machine_brings_its_submodules_from_here(code, tmp_path):
    write(code, {"sub/lib.py": "def value(): return 7\n"})
    commit(code / "sub", "not pushed")
    commit(code)
    for name in ("sub", "inner"):
        shutil.rmtree(tmp_path / name)
    folder = fetched(code, tmp_path / "into")
    assert "return 7" in (folder / "sub" / "lib.py").read_text()
    assert (folder / "sub" / "inner" / "inner.txt").read_text() == "deep = 1\n"
    assert git(folder / "sub", "remote", "get-url", "origin").decode().strip() == str(
        tmp_path / "sub"
    )
    git(code, "submodule", "deinit", "-q", "-f", "sub")  # its repository stays in .git/modules
    assert (fetched(code, tmp_path / "again") / "sub" / "lib.py").is_file()
    shutil.rmtree(code / ".git" / "modules")
    with pytest.raises(
        ConflictError, match=r"submodule sub is not on this machine, and cannot be fetched from"
    ):
        fetched(code, tmp_path / "last")


def test_relative_urls_of_submodules_count_from_the_remote(code, tmp_path):
    git(code, "config", "--file", ".gitmodules", "submodule.sub.url", "../sub")
    commit(code, "relative")
    (tmp_path / "host").mkdir()
    for name in ("code", "sub"):
        git(tmp_path, "clone", "-q", "--bare", str(tmp_path / name), f"host/{name}")
    (tmp_path / "elsewhere").mkdir()
    local = tmp_path / "elsewhere" / "local"
    git(
        tmp_path, "clone", "-q", str(tmp_path / "host" / "code"), str(local)
    )  # without its submodules
    shutil.rmtree(tmp_path / "sub")
    folder = fetched(local, tmp_path / "into")
    assert (folder / "sub" / "lib.py").is_file()
    assert git(folder, "remote", "get-url", "origin").decode().strip() == str(local)
    (tmp_path / "other").mkdir()
    url = f"file://{tmp_path}/host/code"
    assert (fetch_project(url, "", tmp_path / "other").folder / "sub" / "lib.py").is_file()


@pytest.mark.parametrize("version", ["v1", "topic", "short", "whole", "HEAD~1", ""])
def test_versions_of_a_project(tmp_path, version):
    write(tmp_path / "code", {"a/x.txt": "1"})
    commit(tmp_path / "code")
    first = git(tmp_path / "code", "rev-parse", "HEAD").decode().strip()
    git(tmp_path / "code", "tag", "v1")
    git(tmp_path / "code", "branch", "topic")
    write(tmp_path / "code", {"a/x.txt": "2"})
    commit(tmp_path / "code")
    (tmp_path / "into").mkdir()
    name = {"short": first[:8], "whole": first}.get(version, version)
    found = fetch_project(f"file://{tmp_path}/code#a/", name, tmp_path / "into")
    assert (found.folder / "x.txt").read_text() == ("1" if version else "2")
    assert (found.commit == first) == bool(version)
    with pytest.raises(ProjectError, match='no commit, branch or tag "v2"'):
        (tmp_path / "more").mkdir()
        fetch_project(f"file://{tmp_path}/code", "v2", tmp_path / "more")


def test_a_file_url_of_a_plain_folder_is_that_folder(tmp_path):
    write(tmp_path / "my code", {"sub/x.txt": "1"})
    found = fetch_project(f"file://{tmp_path}/my%20code#sub", "", tmp_path)
    assert found.folder == tmp_path / "my code" / "sub"
