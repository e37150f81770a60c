"""Fetching of a project that is given by a folder or a git URL."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec

from treadle.addresses import split_location
from treadle.errors import ProjectError
from treadle.git import run_git, try_git
from treadle.masking import mask
from treadle.provenance.submodules import check_out_submodules

_URL: Final = re.compile(r"(?:https|ssh|file)://.+|[\w.\-]+@[\w.\-]+:.+")
_URL_HINT: Final = "A git URL begins with https://, ssh:// or file://."
_OTHER: Final = re.compile(r"[a-z][a-z0-9+.\-]*://", re.IGNORECASE)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A project on this machine."""

    folder: Path
    """The folder of the project."""
    root: Path
    """The folder that was fetched; it contains the project."""
    url: str = ""
    """The git URL, without a password; empty for a local folder."""
    commit: str = ""
    """The full hash of the commit that the URL and the version resolved to."""
    subject: str = ""
    """The first line of the commit's message, and its author."""


def is_repository(uri: str) -> bool:
    """Return whether an address is a git URL, not a folder."""
    return _URL.fullmatch(uri.partition("#")[0]) is not None


def fetch_project(uri: str, version: str, into: Path) -> Origin:
    """Fetch a project.

    Args:
        uri: A folder, or a git URL; with ``#sub/folder`` after it, that folder of it.
        version: A commit, branch or tag of the repository; what it has checked out if empty.
        into: An empty folder, for what is fetched. A local folder is used where it is, unless a
            version of it is requested.

    Raises:
        ProjectError: It does not exist, or has no such version or folder.
        ConflictError: Git fails.
    """
    address, _, inner = uri.partition("#")
    inner = inner.strip("/")
    if inner and any(part in ("", ".", "..") for part in inner.split("/")):
        raise ProjectError(f'"{inner}" is not the path of a folder in {mask(address)}.')
    _check_kind(address)
    address = _local(address) or address
    if not is_repository(address):
        folder = Path(address).expanduser().absolute()
        if not version:
            return Origin(folder=_enter(folder, inner), root=folder)
        root, prefix = _find_root(folder, version)
        address, inner = str(root), "/".join(filter(None, (prefix, inner)))
    if version.startswith("-"):
        raise ProjectError(f'"{version}" is not the name of a commit, a branch or a tag.')
    run_git(into, "clone", "--quiet", "--no-checkout", "--", address, ".")
    commit = _resolve(into, version, address)
    run_git(into, "checkout", "--quiet", "--detach", commit)
    with _remote_of(into, address) as near:
        check_out_submodules(into, near)
    subject = run_git(into, "log", "-1", "--format=%s (%an, %as)").decode(errors="replace").strip()
    return Origin(
        folder=_enter(into, inner), root=into, url=mask(address), commit=commit, subject=subject
    )


def _check_kind(address: str) -> None:
    """Check that an address is of a kind that can be fetched.

    Raises:
        ProjectError: It is not; the message explains why.
    """
    if address.lower().endswith(".zip"):
        raise ProjectError(
            f"{mask(address)} is an archive: a project is a folder or a git repository.",
            hint="Unpack it, and name the folder.",
        )
    if is_repository(address) or not _OTHER.match(address):
        return
    scheme = address.partition("://")[0].lower()
    why = ""
    if scheme in ("http", "git"):
        why = f" {scheme}:// is not encrypted, so that anybody on the way could change the code."
    elif scheme.startswith("git+"):
        why = f" Leave out the git+: {mask(address[len('git+') :])}"
    raise ProjectError(
        f"{mask(address)} is not a git URL that is accepted.{why}",
        hint="It begins with https://, ssh:// or file://, or is of the form user@host:path.",
    )


def _local(address: str) -> str:
    """Return the folder of a ``file://`` URL without a repository, as in MLflow; else nothing."""
    if not address.startswith("file://"):
        return ""
    folder = Path(unquote(split_location(address).path))
    is_repository_itself = (
        try_git(folder, "rev-parse", "--git-dir") is not None if folder.is_dir() else True
    )
    return "" if is_repository_itself else str(folder)


def _find_root(folder: Path, version: str) -> tuple[Path, str]:
    """Return the repository that a folder is in, and the relative path in it.

    Raises:
        ProjectError: It is not in a repository.
    """
    if not folder.is_dir():
        raise ProjectError(f"There is no folder {folder}.")
    top = try_git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise ProjectError(f"{folder} is in no git repository, and has no version {version}.")
    root = Path(top.decode().rstrip("\n"))
    prefix = folder.resolve().relative_to(root.resolve()).as_posix()
    return root, "" if prefix == "." else prefix


@contextlib.contextmanager
def _remote_of(into: Path, address: str) -> Iterator[list[Path]]:
    """Set a clone's remote to that of its local source repository within the block.

    Not that of a bare one, which is a remote itself. Relative URLs of submodules refer to it.
    Afterwards the clone's remote is the source again: it has commits that are not pushed.

    Yields:
        The source repository, if it is local.
    """
    near = Path(unquote(split_location(address).path) if address.startswith("file://") else address)
    if not near.is_dir():
        yield []
        return
    remote = (try_git(near, "config", "--get", "remote.origin.url") or b"").decode().rstrip("\n")
    if remote and (near / ".git").exists():
        is_whole = is_repository(remote) or Path(remote).is_absolute()
        run_git(
            into,
            "remote",
            "set-url",
            "origin",
            remote if is_whole else str((near / remote).resolve()),
        )
    yield [near]
    run_git(into, "remote", "set-url", "origin", address)


def _enter(root: Path, inner: str) -> Path:
    folder = root / inner if inner else root
    if not folder.is_dir():
        raise ProjectError(f"There is no folder {folder}.", hint="" if root.exists() else _URL_HINT)
    return folder


def _resolve(repository: Path, version: str, address: str) -> str:
    """Return the commit of a version; of a branch, the one of the remote."""
    names = (
        [f"refs/remotes/origin/{version}", f"refs/tags/{version}", version] if version else ["HEAD"]
    )
    for name in names:
        found = try_git(
            repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        if found is not None:
            return found.decode().strip()
    if version and re.fullmatch("[0-9a-f]{40,64}", version):
        run_git(repository, "fetch", "--quiet", "origin", version)
        return version
    raise ProjectError(f'{mask(address)} has no commit, branch or tag "{version}".')
