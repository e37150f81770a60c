"""Checkout of the submodules of a clone, from this machine if it has their commits."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from treadle.errors import ConflictError
from treadle.git import run_git, try_git
from treadle.masking import mask

_COMMIT: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_GITLINK: Final = "160000 commit "
_PATH: Final = re.compile(r"submodule\.(?P<name>.*)\.path", re.DOTALL)


class _Link(msgspec.Struct, frozen=True):
    """A submodule as recorded in a commit."""

    path: str
    commit: str
    name: str = ""
    """Its name in ``.gitmodules``; empty if it is not there."""


def check_out_submodules(into: Path, near: Iterable[Path]) -> None:
    """Check out the submodules of a clone, including nested ones.

    Args:
        into: The clone, with its commit checked out. Relative URLs of submodules refer to its
            ``origin``.
        near: Repositories of this machine that may have the submodules.

    Raises:
        ConflictError: A submodule cannot be found anywhere.
    """
    links = _list_links(into)
    if not links:
        return
    run_git(into, "submodule", "--quiet", "init")  # which makes relative URLs absolute
    for link in links:
        _check_out(into, link, near)
        check_out_submodules(into / link.path, [top / link.path for top in near])


def _check_out(into: Path, link: _Link, near: Iterable[Path]) -> None:
    url = _configured(into, f"submodule.{link.name}.url") if link.name else ""
    source = find_commit(link.commit, link.path, near)
    if source is None and not url:
        raise ConflictError(
            f"The commit {link.commit[:12]} of the submodule {link.path} is in no repository here, "
            "and .gitmodules has no URL of it.",
            hint="Commit .gitmodules, or check the submodule out where it comes from.",
        )
    folder = into / link.path
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run_git(folder, "clone", "--quiet", "--no-checkout", "--", str(source or url), ".")
        if not holds_commit(folder, link.commit):
            run_git(folder, "fetch", "--quiet", "origin", link.commit)
    except ConflictError as error:
        raise ConflictError(
            f"The commit {link.commit[:12]} of the submodule {link.path} is not on this machine, "
            "and "
            f"cannot be fetched from {mask(url)}: {error.message}",
            hint="Is it pushed? Private repositories need credentials that git finds by itself.",
        ) from error
    run_git(folder, "checkout", "--quiet", "--detach", link.commit)
    if url:
        run_git(folder, "remote", "set-url", "origin", url)


def _list_links(into: Path) -> list[_Link]:
    listed = run_git(into, "ls-tree", "-r", "-z", "HEAD").decode(errors="surrogateescape")
    names = _names(into)
    links = []
    for entry in listed.split("\0"):
        if entry.startswith(_GITLINK):
            commit, _, path = entry.removeprefix(_GITLINK).partition("\t")
            links.append(_Link(path, commit, names.get(path, "")))
    return links


def _names(into: Path) -> dict[str, str]:
    """Return the names of submodules in ``.gitmodules`` by their paths."""
    command = ("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    entries = (try_git(into, *command) or b"").decode(errors="surrogateescape").split("\0")
    names = {}
    for entry in entries:
        key, _, path = entry.partition("\n")
        if match := _PATH.fullmatch(key):
            names[path] = match["name"]
    return names


def _configured(into: Path, key: str) -> str:
    return os.fsdecode(try_git(into, "config", "--get", key) or b"").rstrip("\n")


def find_commit(commit: str, path: str, tops: Iterable[Path]) -> Path | None:
    """Find a repository of this machine that has the commit of a submodule.

    If it is not checked out any more, its repository is still among the modules of the outer one.

    Args:
        commit: Its full hash.
        path: The path of the submodule in the outer repository.
        tops: Outer repositories.

    Raises:
        ConflictError: The commit is not a valid hash.
    """
    if not _COMMIT.fullmatch(commit):
        raise ConflictError(f"{commit!r} is not the name of a commit.")
    for top in dict.fromkeys(tops):
        if (checked_out := top / path).is_dir() and holds_commit(checked_out, commit):
            return checked_out
        common = (
            try_git(top, "rev-parse", "--path-format=absolute", "--git-common-dir")
            if top.is_dir()
            else None
        )
        modules = Path(os.fsdecode(common).rstrip("\n")) / "modules" if common is not None else None
        if modules is not None and modules.is_dir():
            for head in sorted(modules.rglob("HEAD")):
                if (head.parent / "objects").is_dir() and holds_commit(head.parent, commit):
                    return head.parent
    return None


def holds_commit(folder: Path, commit: str) -> bool:
    """Return whether the repository of a folder has a commit."""
    return (
        try_git(folder, *bare_options(folder), "cat-file", "-e", f"{commit}^{{commit}}") is not None
    )


def bare_options(folder: Path) -> tuple[str, ...]:
    """Return the options for a folder that is a git directory, whose work tree may be deleted."""
    is_repository = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return ("--git-dir=.", "--work-tree=.") if is_repository else ()
