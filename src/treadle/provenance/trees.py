"""Reconstruction of the code that ran: commit, uncommitted changes, and untracked files.

A clone that shares the repository's objects costs as little as a worktree, but is no entry in the
user's repository that would stay if the process is killed.
"""

import io
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from treadle.errors import ConflictError
from treadle.git import run_git, try_git
from treadle.provenance.changes import CHANGES, FILES
from treadle.provenance.git import DIFF_OPTIONS, GitState, Submodule
from treadle.provenance.run_record import Recorded
from treadle.provenance.submodules import bare_options, find_commit, holds_commit
from treadle.store import RunReader

_NUMBERS: Final = ("--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
_COMMIT: Final = re.compile("[0-9a-f]{40,64}")


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file that differs between two trees."""

    path: str
    added: int
    """The number of lines added; -1 for a binary file."""
    removed: int


class TreeDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between the code of two runs."""

    files: list[FileChange]
    patch: str
    """The output of ``git diff``."""


def find_repository(git: GitState, near: Path) -> str:
    """Find a repository that has the commit: the one around a folder, or the run's own.

    Returns:
        Its folder; empty if no repository on this machine has it.
    """
    for folder in (near, Path(git.root) if git.root else near):
        top = (
            try_git(folder, "rev-parse", "--show-toplevel")
            if folder.is_dir() and holds_commit(folder, git.commit)
            else None
        )
        if top is not None:
            return top.decode().rstrip("\n")
    return ""


def build_tree(recorded: Recorded, store: RunReader, into: Path, near: Path) -> None:
    """Restore the code of a run in a folder, with its repository if it was in one.

    Args:
        recorded: The run.
        store: The store of its code artifacts.
        into: An empty folder.
        near: A folder to search first for its repository; then its old path, then its remote.

    Raises:
        ConflictError: The commit cannot be found, or the changes do not apply to it.
    """
    git = _require(recorded)
    if git.commit:
        source = find_repository(git, near) or _remote(recorded, git)
        shared = ["--shared"] if Path(source).is_dir() else []
        run_git(into, "clone", "--quiet", "--no-checkout", *shared, "--", source, ".")
        if try_git(into, "cat-file", "-e", git.commit) is None:
            run_git(into, "fetch", "--quiet", "origin", git.commit)
        run_git(into, "checkout", "--quiet", "--detach", git.commit)
        if git.remote:
            run_git(into, "remote", "set-url", "origin", git.remote)
        _check_out_submodules(git, into, near)
    paths = [artifact.path for artifact in recorded.details.artifacts]
    if CHANGES in paths:
        run_git(
            into,
            "apply",
            "--binary",
            "--whitespace=nowarn",
            "-",
            given=_content(recorded, store, CHANGES),
        )
    if FILES in paths:
        _extract(_content(recorded, store, FILES), into)


def _remote(recorded: Recorded, git: GitState) -> str:
    if git.remote:
        return git.remote
    raise ConflictError(
        f"The commit {git.commit[:12]} of run {recorded.label} is in no repository here, and no "
        "remote is recorded.",
        hint=f"It was made in {git.root or 'an unknown folder'}: run this where that repository "
        "is, or fetch it.",
    )


def _require(recorded: Recorded) -> GitState:
    if recorded.git is None:
        raise ConflictError(
            f"The code of run {recorded.label} is not recorded.",
            hint="Code is recorded if it is in a git repository or a project, or is run with "
            "treadle run FILE.py.",
        )
    if recorded.git.commit and not _COMMIT.fullmatch(recorded.git.commit):
        raise ConflictError(f"{recorded.git.commit!r} is not the name of a commit.")
    return recorded.git


def compare_trees(old: Recorded, new: Recorded, store: RunReader, near: Path) -> TreeDifference:
    """Compare the code of two runs, including uncommitted changes and untracked files.

    Nothing is written to their repository: the trees are built in a separate one.

    Raises:
        ConflictError: The code of one is not recorded, or its commit is not on this machine.
    """
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        scratch = Path(folder)
        run_git(scratch, "init", "--quiet", "--bare", ".")
        trees = [
            _write_tree(one, store, scratch, near, f"index{place}")
            for place, one in enumerate((old, new))
        ]
        listed = run_git(scratch, "diff-tree", "-r", *_NUMBERS, *trees)
        patch = run_git(scratch, "diff-tree", "-r", "-M", *DIFF_OPTIONS, "--patch", *trees)
        return TreeDifference(
            files=[*_changes(listed.decode(errors="surrogateescape"))],
            patch=patch.decode(errors="replace"),
        )


def _changes(listed: str) -> Iterator[FileChange]:
    for line in filter(None, listed.split("\0")):
        added, removed, path = line.split("\t", 2)
        yield FileChange(path=path, added=_count(added), removed=_count(removed))


def _count(text: str) -> int:
    return int(text) if text.isdigit() else -1


def _write_tree(recorded: Recorded, store: RunReader, scratch: Path, near: Path, index: str) -> str:
    """Write the tree of a run into a bare repository, and return its hash."""
    git = _require(recorded)
    variables = {"GIT_INDEX_FILE": str(scratch / index)}
    if git.commit:
        repository = find_repository(git, near)
        if not repository:
            raise ConflictError(
                f"The commit {git.commit[:12]} of run {recorded.label} is in no repository here.",
                hint="Run this where that repository "
                f"is{f', or fetch it from {git.remote}' if git.remote else ''}.",
            )
        _share_objects(scratch, Path(repository))
        run_git(scratch, "read-tree", git.commit, variables=variables)
        _read_submodules(git, near, scratch, variables)
    paths = [artifact.path for artifact in recorded.details.artifacts]
    if CHANGES in paths:
        apply = ("apply", "--cached", "--whitespace=nowarn", "-")
        run_git(scratch, *apply, given=_content(recorded, store, CHANGES), variables=variables)
    if FILES in paths:
        files = scratch / f"files-{index}"
        files.mkdir()
        names = _extract(_content(recorded, store, FILES), files)
        given = "\0".join(names).encode(errors="surrogateescape")
        add = (*_with_work_tree(scratch, files), "update-index", "--add", "-z", "--stdin")
        run_git(files, *add, given=given, variables=variables)
    return run_git(scratch, "write-tree", variables=variables).decode().strip()


def _with_work_tree(repository: Path, work: Path) -> tuple[str, ...]:
    """Return the options for a bare repository if git requires a work tree."""
    return (f"--git-dir={repository}", f"--work-tree={work}", "-c", "core.bare=false")


def _share_objects(scratch: Path, repository: Path) -> None:
    """Make the objects of another repository available in a repository."""
    place = ("rev-parse", "--path-format=absolute", "--git-path", "objects")
    with (scratch / "objects" / "info" / "alternates").open("ab") as file:
        file.write(run_git(repository, *bare_options(repository), *place))


def _read_submodules(
    git: GitState, near: Path, scratch: Path, variables: Mapping[str, str]
) -> None:
    """Replace references to submodules in the index by their files.

    The objects of a submodule that are not on this machine cannot be compared; its commit still is.
    """
    for one in git.submodules or []:
        source = _find_submodule(git, one, near)
        entry = f"160000 {one.commit}" if source is None else f"0 {'0' * len(one.commit)}"
        line = f"{entry}\t{one.path}\0".encode(errors="surrogateescape")
        run_git(scratch, "update-index", "-z", "--index-info", given=line, variables=variables)
        if source is not None:
            _share_objects(scratch, source)
            tree = (
                "read-tree",
                f"--prefix={one.path}/",
                one.commit,
            )  # requires a work tree, and does not touch it
            run_git(scratch, *_with_work_tree(scratch, scratch), *tree, variables=variables)


def _check_out_submodules(git: GitState, into: Path, near: Path) -> None:
    """Check out the submodules as they were: from this machine if possible, else their remotes."""
    if git.submodules is None:
        if (into / ".gitmodules").is_file():
            run_git(into, "submodule", "update", "--quiet", "--init", "--recursive")
        return
    for one in git.submodules:
        folder = into / one.path
        folder.mkdir(parents=True, exist_ok=True)
        source = _find_submodule(git, one, near)
        if source is None and not one.remote:
            raise ConflictError(
                f"The commit {one.commit[:12]} of the submodule {one.path} is in no repository "
                "here.",
                hint="Run this where its repository is checked out.",
            )
        place = str(source) if source is not None else one.remote
        shared = ["--shared"] if source is not None else []
        run_git(folder, "clone", "--quiet", "--no-checkout", *shared, "--", place, ".")
        if not holds_commit(folder, one.commit):
            run_git(folder, "fetch", "--quiet", "origin", one.commit)
        run_git(folder, "checkout", "--quiet", "--detach", one.commit)
        if one.remote:
            run_git(folder, "remote", "set-url", "origin", one.remote)


def _find_submodule(git: GitState, submodule: Submodule, near: Path) -> Path | None:
    """Find a repository of this machine that has the commit of a submodule."""
    tops = filter(None, (find_repository(git, near), git.root))
    return find_commit(submodule.commit, submodule.path, map(Path, tops))


def _content(recorded: Recorded, store: RunReader, path: str) -> bytes:
    """Read a code artifact of a run.

    Raises:
        StoreError: It is damaged or missing.
    """
    return b"".join(store.artifact(recorded.details.run.id, path))


def _extract(content: bytes, into: Path) -> list[str]:
    """Unpack files and links, none of them outside of the folder, and return their names.

    Not by tarfile's own filters: Python has those from 3.11.4 on, and Debian's is older.
    """
    names = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive.getmembers():
            place = _inside(into, member.name)
            if member.issym() and Path(member.linkname).is_absolute():
                continue  # points to a path of another machine
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            source = archive.extractfile(member) if member.isreg() else None
            if source is not None:
                place.write_bytes(source.read())
                place.chmod(0o755 if member.mode & 0o100 else 0o644)
            elif member.issym():
                _inside(into, str(PurePosixPath(member.name).parent / member.linkname))
                place.symlink_to(member.linkname)
            else:
                raise _refused(member.name)
            names.append(member.name)
    return names


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a name in a folder.

    Raises:
        ConflictError: It is outside of the folder, also by a link.
    """
    place = Path(os.path.normpath(folder / name))
    if ".git" in map(str.casefold, PurePosixPath(name).parts):
        raise _refused(name)  # git runs what its configuration says
    if not place.is_relative_to(folder) or not place.parent.resolve().is_relative_to(
        folder.resolve()
    ):
        raise _refused(name)
    return place


def _refused(name: str) -> ConflictError:
    return ConflictError(
        f"The recorded file {name!r} is rejected: it is not a plain file in the folder of the code."
    )
