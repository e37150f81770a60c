"""Virtual environments, builds and caches in a project's folder are no code."""

import io
import tarfile

import pytest
from tests.projects import commit, write, write_project

from treadle.provenance.changes import read_changes, read_files
from treadle.provenance.code_files import NoCode, walk_code
from treadle.provenance.git import read_git

NONE = {
    "venv/pyvenv.cfg": "",
    "venv/lib/python3.11/site.py": "",
    "tools/my env/pyvenv.cfg": "",
    "tools/my env/lib/x.py": "",
    ".venv/pyvenv.cfg": "",
    ".venv/lib/y.py": "",
    "src/iris.egg-info/PKG-INFO": "",
    "build/lib/small.py": "",
    "dist/small-1.tar.gz": "",
    "notebooks/.ipynb_checkpoints/a.ipynb": "",
    ".mypy_cache/x.json": "",
    "mlruns/0/meta.yaml": "",
    "__pycache__/a.pyc": "",
    "node_modules/x/index.js": "",
}
CODE = {
    "tools/mine.py": "1",
    "src/build/step.py": "2",
    "notebooks/a.ipynb": "3",
    "environment/new.py": "4",
}


def in_archive(changes):
    with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
        return set(archive.getnames())


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "project"
    write(folder, {"pyproject.toml": "", "src/small.py": "1"})
    return folder


def test_what_is_no_code_is_neither_recorded_nor_a_change(folder):
    commit(folder)
    write(folder, NONE)
    assert read_git(folder).dirty is False
    changes = read_changes(folder)
    assert (changes.files, changes.omitted) == (b"", [])
    write(folder, CODE)
    assert read_git(folder).dirty is True
    assert in_archive(read_changes(folder)) == set(CODE)


def test_outside_of_git_too(folder):
    write(folder, {**NONE, **CODE})
    assert in_archive(read_files(folder, [folder])) == {*CODE, "pyproject.toml", "src/small.py"}
    found = {path.relative_to(folder).as_posix() for path in walk_code(folder)}
    assert found == {*CODE, "pyproject.toml", "src/small.py"}


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("build/a.py", True),
        ("src/build/a.py", False),
        ("a.egg-info/x", True),
        ("a.egg-info/", True),
        ("a.py", False),
        ("build", False),
        ("deep/__pycache__/x.pyc", True),
        (".treadle/", True),
        ("treadle/a.py", False),
    ],
)
def test_names(folder, name, covered):
    assert NoCode(folder).covers(name) is covered


def test_lists_of_what_is_left_out_are_capped(treadle, tmp_path):
    write_project(
        tmp_path, "from treadle import node\n@node(outputs='a')\ndef one(): return 1\n", {}
    )
    commit(tmp_path)
    for number in range(300):
        (tmp_path / f"secrets{number:04}.txt").write_text("x")
    changes = read_changes(tmp_path)
    assert (len(changes.omitted), changes.more) == (50, 250)
    assert treadle("run").code == 0
    shown = treadle("runs", "show", "latest").out
    assert "secrets0002.txt: its name says that it holds secrets" in shown
    assert "secrets0003.txt" not in shown
    assert "and 297 more" in shown
