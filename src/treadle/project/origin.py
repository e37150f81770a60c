"""Brings a project that is named by a folder or a git URL to this machine."""

import re
from pathlib import Path
from typing import Final

import msgspec

from treadle.errors import ProjectError
from treadle.masking import mask
from treadle.provenance.git import run_git, try_git

__all__ = ["Origin", "fetch_project", "is_repository"]

_URL: Final = re.compile(r"(?:https|ssh|file)://.+|[\w.\-]+@[\w.\-]+:.+")
_OTHER: Final = re.compile(r"[a-z][a-z0-9+.\-]*://", re.IGNORECASE)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A project on this machine."""

    folder: Path
    """Where it lies."""
    root: Path
    """The folder that was brought; the project lies in it."""
    url: str = ""
    """Without a password; empty for a folder of this machine."""
    commit: str = ""
    """The whole name of what the URL and the version came to."""
    subject: str = ""
    """The first line of its message, and its author."""


def is_repository(uri: str) -> bool:
    """Tell a git URL from a folder."""
    return _URL.fullmatch(uri.partition("#")[0]) is not None


def fetch_project(uri: str, version: str, into: Path) -> Origin:
    """Bring a project here.

    Args:
        uri: A folder, or a git URL; with ``#sub/folder`` behind it, that folder of it.
        version: A commit, branch or tag of the repository; what it has checked out if empty.
        into: An empty folder, for what is fetched. A folder of this machine stays where it is, unless a version of it
            is asked for.

    Raises:
        ProjectError: It is not there, or has no such version or folder.
        ConflictError: Git fails.
    """
    place, _, inner = uri.partition("#")
    if inner and any(part in ("", ".", "..") for part in inner.strip("/").split("/")):
        raise ProjectError(f'"{inner}" is not the path of a folder in {mask(place)}.')
    if not is_repository(place):
        if _OTHER.match(place):
            raise ProjectError(f"{mask(place)} is no git URL.", hint="It begins with https://, ssh:// or file://.")
        folder = Path(place).expanduser().absolute()
        if not version:
            return Origin(folder=_enter(folder, inner), root=folder)
        if not folder.is_dir():
            raise ProjectError(f"There is no folder {folder}.")
        top = try_git(folder, "rev-parse", "--show-toplevel")
        if top is None:
            raise ProjectError(f"{folder} is in no git repository, and has no version {version}.")
        root = Path(top.decode().rstrip("\n"))
        prefix = folder.resolve().relative_to(root.resolve()).as_posix()
        place, inner = str(root), "/".join(one for one in (prefix if prefix != "." else "", inner) if one)
    if version.startswith("-"):
        raise ProjectError(f'"{version}" is not the name of a commit, a branch or a tag.')
    run_git(into, "clone", "--quiet", "--no-checkout", "--", place, ".")
    commit = _resolve(into, version, place)
    run_git(into, "checkout", "--quiet", "--detach", commit)
    run_git(into, "submodule", "update", "--quiet", "--init", "--recursive")
    subject = run_git(into, "log", "-1", "--format=%s (%an, %as)").decode(errors="replace").strip()
    return Origin(folder=_enter(into, inner), root=into, url=mask(place), commit=commit, subject=subject)


def _enter(root: Path, inner: str) -> Path:
    folder = root / inner.strip("/") if inner else root
    if not folder.is_dir():
        raise ProjectError(f"There is no folder {folder}.")
    return folder


def _resolve(repository: Path, version: str, place: str) -> str:
    """Find the commit of a version: of a branch, what the remote has."""
    names = [f"refs/remotes/origin/{version}", f"refs/tags/{version}", version] if version else ["HEAD"]
    for name in names:
        found = try_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if found is not None:
            return found.decode().strip()
    if version and re.fullmatch("[0-9a-f]{40,64}", version):
        run_git(repository, "fetch", "--quiet", "origin", version)
        return version
    raise ProjectError(f'{mask(place)} has no commit, branch or tag "{version}".')
