"""What the code of a run had beside its commit: the uncommitted changes as a patch, and the untracked files.

With the commit, they are the tree that ran. Where there is no repository, the files of the code are all of it. What
is too large is left out, and said.
"""

import io
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from treadle.masking import MASK, mask, mask_content
from treadle.project.git import is_made_by_running, try_git

__all__ = ["CHANGES", "FILES", "Changes", "read_changes", "read_files"]

CHANGES: Final = "code/changes.patch"
"""The artifact that the uncommitted changes are."""
FILES: Final = "code/untracked.tar"
"""The artifact that the files are that no commit has."""

_DIFF: Final = ("diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv")
_MAX_PATCH: Final = 20 << 20
_MAX_FILE: Final = 1 << 20
_MAX_FILES: Final = 10 << 20
_MAX_COUNT: Final = 2000
_NO_CODE: Final = frozenset({"__pycache__", "node_modules", "site-packages", "mlruns", "mlartifacts"})
_SECRETS: Final = ("credentials", ".env", "secrets", "id_rsa", "id_ed25519")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is in no commit."""

    patch: bytes = b""
    """As ``git apply --binary`` takes it; empty where nothing that is tracked has changed."""
    files: bytes = b""
    """The untracked files as an archive of tar; empty where there are none."""
    omitted: list[str] = []
    """What was left out, and why."""


def read_changes(folder: Path) -> Changes:
    """Read what the repository that a folder is in has beside its last commit.

    Files that git ignores are left out, and so are those whose names say that they hold secrets.
    """
    top = try_git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return Changes()
    root = Path(top.decode().rstrip("\n"))
    omitted: list[str] = []
    listing = ["ls-files", "--others", "--exclude-standard", "-z"]
    if try_git(root, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        listing.insert(1, "--cached")  # before the first commit, no file is in one
    patch = try_git(root, *_DIFF, "HEAD") or b""
    if len(patch) > _MAX_PATCH:
        omitted.append(f"the patch: it has {len(patch) >> 20} MiB, more than {_MAX_PATCH >> 20}")
        patch = b""
    names = (try_git(root, *listing) or b"").decode(errors="surrogateescape").split("\0")
    if mask_content(patch) != patch:
        patch, secret = _without_secrets(root, omitted)
        names += secret
    return Changes(patch=patch, files=_archive(root, names, omitted), omitted=omitted)


def _without_secrets(root: Path, omitted: list[str]) -> tuple[bytes, list[str]]:
    """Return the patch without the files that have secrets, and the names of those.

    A patch that is masked would fit nothing any more. So these files are kept whole, and masked.
    """
    listed = try_git(root, "diff", "--name-only", "--no-renames", "-z", "HEAD") or b""
    names = [one for one in listed.decode(errors="surrogateescape").split("\0") if one]
    options = (*_DIFF, "--no-renames", "HEAD", "--")
    secret = []
    for name in names:
        one = try_git(root, *options, f":(top,literal){name}") or b""
        if mask_content(one) != one:
            secret.append(name)
            if not os.path.lexists(root / name):
                omitted.append(f"the deletion of {mask(name)}: it had secrets in it")
    excluded = (f":(top,exclude,literal){name}" for name in secret)
    patch = try_git(root, *options, ":(top)", *excluded) or b""
    return patch, [name for name in secret if os.path.lexists(root / name)]


def read_files(folder: Path, code: Iterable[Path]) -> Changes:
    """Read the files of code that is in no repository.

    Args:
        folder: What their names count from.
        code: Files, and folders that are read with all that is in them; what is hidden, and what Python compiled, is
            left out.
    """
    names: set[str] = set()
    omitted: list[str] = []
    for path in code:
        found = _walk(path) if path.is_dir() else [path] if path.is_file() else []
        for count, one in enumerate(found):
            if count == _MAX_COUNT:
                omitted.append(f"{path.relative_to(folder)}: it has more than {_MAX_COUNT:,} files")
                break
            names.add(one.relative_to(folder).as_posix())
    return Changes(files=_archive(folder, names, omitted), omitted=omitted)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NO_CODE)
        yield from (Path(root) / name for name in sorted(files) if not name.startswith("."))


def _archive(root: Path, names: Iterable[str], omitted: list[str]) -> bytes:
    """Put files together, the same bytes for the same files."""
    buffer = io.BytesIO()
    total = count = 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(filter(None, names)):
            path = root / name
            if is_made_by_running(name):
                continue
            reason, size = _judge(path, total)
            if reason:
                omitted.append(f"{mask(name)}: {reason}")
                continue
            entry = archive.gettarinfo(path, arcname=name)
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            if entry.isreg():
                whole = path.read_bytes()
                content = mask_content(whole)
                if content != whole:
                    omitted.append(f"the secrets in {mask(name)}: {MASK} is in their place")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                archive.addfile(entry)
            total, count = total + size, count + 1
    return buffer.getvalue() if count else b""


def _judge(path: Path, total: int) -> tuple[str, int]:
    """Say why a file is left out, if it is, and how large it is."""
    if path.name.startswith(_SECRETS):
        return "its name says that it holds secrets", 0
    if not (path.is_file() or path.is_symlink()):
        return "it is no file", 0
    size = path.lstat().st_size
    if size > _MAX_FILE:
        return f"it has {size >> 20} MiB, more than {_MAX_FILE >> 20}", size
    if total + size > _MAX_FILES:
        return f"all untracked files together have more than {_MAX_FILES >> 20} MiB", size
    return "", size
