"""The tree that ran, from its commit and what is recorded beside it, in a clean clone."""

import io
import subprocess
import tarfile

import pytest

from treadle.provenance.changes import read_changes


def git(folder, *arguments, **options):
    return subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        **options,
    ).stdout


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    for name, content in {
        "changed.py": b"x = 1\n",
        "gone.py": b"y = 1\n",
        "moved.py": b"z = 1\n" * 20,
        "picture.bin": bytes(range(256)),
        "same.py": b"same\n",
        ".gitignore": b"ignored.txt\nconf/local/\n",
        "latin.txt": b"caf\xe9\n",
        "run.sh": b"#!/bin/sh\n",
    }.items():
        (folder / name).write_bytes(content)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def tree(folder):
    listed = git(folder, "ls-files", "-co", "--exclude-standard", "-z").decode().split("\0")
    return {
        name: (
            str(path.readlink()) if path.is_symlink() else path.read_bytes(),
            path.lstat().st_mode,
        )
        for name in filter(None, listed)
        if (path := folder / name).exists() or path.is_symlink()
    }


def rebuilt(repository, tmp_path, changes):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    if changes.patch:
        git(clone, "apply", "--binary", "-", input=changes.patch)
    if changes.files:
        with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
            # Debian's Python 3.11 has no filters yet, and Python 3.14 wants one.
            archive.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
            archive.extractall(clone)
    return clone


def test_a_clean_tree_has_no_changes(repository):
    changes = read_changes(repository)
    assert (changes.patch, changes.files, changes.omitted) == (b"", b"", [])


def test_the_tree_that_ran_comes_back(repository, tmp_path):
    (repository / "changed.py").write_text("x = 2\n")
    (repository / "gone.py").unlink()
    git(repository, "mv", "moved.py", "elsewhere.py")
    (repository / "picture.bin").write_bytes(bytes(range(255, -1, -1)) * 3)
    (repository / "latin.txt").write_bytes(b"th\xe9\n")
    (repository / "run.sh").chmod(0o755)
    (repository / "staged.py").write_text("staged\n")
    git(repository, "add", "staged.py")
    (repository / "staged.py").write_text("and changed again\n")
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / "deep" / "er" / "ünïcode name.py").write_text("new\n")
    (repository / "deep" / "empty.txt").touch()
    (repository / "link").symlink_to("same.py")
    (repository / "ignored.txt").write_text("not of the tree")
    changes = read_changes(repository / "deep")
    assert changes.omitted == []
    clone = rebuilt(repository, tmp_path, changes)
    assert tree(clone) == tree(repository)
    assert read_changes(repository) == changes  # the same bytes for the same tree


def test_what_is_too_large_or_secret_is_left_out_and_said(repository):
    (repository / "large.bin").write_bytes(bytes(3 << 20))
    (repository / "credentials.yml").write_text("password: 1")
    (repository / ".env.local").write_text("KEY=1")
    (repository / "fine.py").write_text("x")
    changes = read_changes(repository)
    with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
        assert archive.getnames() == ["fine.py"]
    assert changes.omitted == [
        ".env.local: its name says that it holds secrets",
        "credentials.yml: its name says that it holds secrets",
        "large.bin: it has 3 MiB, more than 1",
    ]


def test_outside_of_a_repository_and_before_the_first_commit(tmp_path):
    assert read_changes(tmp_path).files == b""
    git(tmp_path, "init", "-q")
    (tmp_path / "new.py").write_text("x")
    changes = read_changes(tmp_path)
    assert changes.patch == b""
    with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
        assert archive.getnames() == ["new.py"]
