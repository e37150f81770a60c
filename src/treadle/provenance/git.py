"""The state of the git repository of a folder."""

import re
from pathlib import Path
from typing import Final

import msgspec

from treadle.git import run_git, try_git
from treadle.masking import mask
from treadle.provenance.code_files import EXCLUDED, NoCode

_GITLINK: Final = "160000 "  # the mode of a submodule in the index
DIFF_OPTIONS: Final = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--unified=3",
    "--inter-hunk-context=0",
    "--no-relative",
    "--diff-algorithm=myers",
    "--no-indent-heuristic",
    "--submodule=short",
    "--ws-error-highlight=none",
    "--color-moved=no",
    "-O/dev/null",
)
"""Options that make a patch independent of the user's settings, so that it can be applied."""


class Submodule(msgspec.Struct, frozen=True, kw_only=True):
    """A repository inside another one."""

    path: str
    """The path relative to the outermost repository."""
    commit: str
    remote: str = ""
    """The URL of its remote, without a password."""


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of the code, and whether the code had been changed since."""

    commit: str
    branch: str
    dirty: bool
    changed: list[str]
    """Files changed or untracked, relative to the repository."""
    remote: str
    """The URL of its remote, without a password."""
    omitted: list[str] = []
    """Changes that are not recorded, and why; the first of many."""
    omitted_more: int = 0
    """The number of further changes that are not recorded."""
    root: str = ""
    """The root of the repository; the folder of the code, if it was not in one."""
    folder: str = ""
    """The folder of the code in the repository, with ``/`` at the end; empty for the root."""
    submodules: list[Submodule] | None = None
    """Submodules that are checked out, outer ones first; None in records that do not list them."""


def read_git(folder: Path) -> GitState | None:
    """Read the state of a folder's repository; None if it has none or git is missing.

    A folder that its repository ignores is not part of it: none of its files are in any commit.

    Raises:
        ConflictError: There is a repository, but git cannot read its state.
    """
    paths = _query(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if paths is None or try_git(folder, "check-ignore", "--quiet", ".") is not None:
        return None
    root, _, prefix = paths.rstrip("\n").partition("\n")
    facts, changed = _read_status(Path(root))
    submodules = list_submodules(Path(root))
    for submodule in submodules:
        _, inner = _read_status(Path(root) / submodule.path)
        changed += [f"{submodule.path}/{name}" for name in inner]
    commit = facts.get("oid", "")
    return GitState(
        commit="" if commit == "(initial)" else commit,
        branch=facts.get("head", ""),
        dirty=bool(changed),
        changed=list(dict.fromkeys(changed))[:1000],
        root=root,
        folder=prefix,
        remote=_remote_of(folder),
        submodules=submodules,
    )


def _read_status(root: Path) -> tuple[dict[str, str], list[str]]:
    """Return a repository's branch headers, and the files that are not as committed."""
    options = ("--branch", "--untracked-files=no", "--ignore-submodules=none")
    status = run_git(root, "status", "--porcelain=v2", *options, "-z")
    facts = {}
    changed = []
    for line in status.decode(errors="surrogateescape").split("\0"):
        if line.startswith("# branch."):
            key, _, value = line.removeprefix("# branch.").partition(" ")
            facts[key] = value
        elif line[:2] in ("1 ", "2 ", "u "):
            changed.append(line.split(" ", {"1": 8, "2": 9, "u": 10}[line[0]])[-1])
    changed += list_untracked(root)
    return facts, changed


def list_submodules(root: Path) -> list[Submodule]:
    """List the submodules of a repository that are checked out, including nested ones."""
    submodules = []
    for path in _submodule_paths(root):
        folder = root / path
        commit = (_query(folder, "rev-parse", "--verify", "--quiet", "HEAD") or "").strip()
        if not (folder / ".git").exists() or not commit:
            continue
        submodules.append(Submodule(path=path, commit=commit, remote=_remote_of(folder)))
        submodules += [
            msgspec.structs.replace(inner, path=f"{path}/{inner.path}")
            for inner in list_submodules(folder)
        ]
    return submodules


def _submodule_paths(root: Path) -> list[str]:
    if not (root / ".gitmodules").is_file():
        return []
    entries = (_query(root, "ls-files", "--stage", "-z") or "").split("\0")
    return [entry.partition("\t")[2] for entry in entries if entry.startswith(_GITLINK)]


def has_commit(repository: Path) -> bool:
    """Return whether a repository has a commit yet."""
    return try_git(repository, "rev-parse", "--verify", "--quiet", "HEAD") is not None


def list_untracked(repository: Path) -> list[str]:
    """List the untracked files that git does not ignore, except those that are not code."""
    listing = ["ls-files", "--others", "--exclude-standard", "-z"]
    listing += [f"--exclude={pattern}/" for pattern in EXCLUDED]
    # Files in new folders are not listed if the folders are environments or builds.
    no_code = NoCode(repository)
    folders = (
        run_git(repository, *listing, "--directory").decode(errors="surrogateescape").split("\0")
    )
    listing += [
        f"--exclude=/{_escape(folder)}"
        for folder in folders
        if folder.endswith("/") and no_code.covers(folder)
    ]
    if not has_commit(repository):
        listing.insert(1, "--cached")  # before the first commit, no file is committed
    names = run_git(repository, *listing).decode(errors="surrogateescape").split("\0")
    return [name for name in names if name and not no_code.covers(name)]


def _escape(name: str) -> str:
    """Return a git pathspec that matches only this name."""
    return re.sub(r"([\\*?\[\]!# ])", r"\\\1", name)


def _remote_of(folder: Path) -> str:
    return mask((_query(folder, "config", "--get", "remote.origin.url") or "").strip())


def _query(folder: Path, *arguments: str) -> str | None:
    answer = try_git(folder, *arguments)
    return None if answer is None else answer.decode(errors="surrogateescape")
