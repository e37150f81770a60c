"""Changes of a run's code that are not committed: a patch, and the untracked files.

With the commit, they are the tree that ran. Without a repository, the files are all of the code.
Files that are too large are omitted and listed.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from treadle.errors import ConflictError
from treadle.git import run_git, try_git
from treadle.masking import MASK, mask, mask_content
from treadle.provenance.binary_secrets import SearchError, has_secret, is_text
from treadle.provenance.code_files import walk_code
from treadle.provenance.git import DIFF_OPTIONS, has_commit, list_submodules, list_untracked

if TYPE_CHECKING:
    import tarfile


CHANGES: Final = "code/changes.patch"
"""The artifact path of the uncommitted changes."""
FILES: Final = "code/untracked.tar"
"""The artifact path of the archive of files that are not in any commit."""

_MAX_PATCH: Final = 20 << 20
_MAX_FILE: Final = 1 << 20
_MAX_FILES: Final = 10 << 20
_MAX_COUNT: Final = 2000
_MAX_OMITTED: Final = 50
_SHA1: Final = 40  # digits
_BINARY: Final = b"\nGIT binary patch\n"
_PACKED_SECRETS: Final = (
    "it has secrets in it, and is a binary file, in which they cannot be masked"
)
_SECRETS: Final = ("credentials", ".env", "secrets", "id_rsa", "id_ed25519")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the code that is not in any commit."""

    patch: bytes = b""
    """A patch for ``git apply --binary``; empty if no tracked file has changed."""
    files: bytes = b""
    """The untracked files as a tar archive; empty if there are none."""
    omitted: list[str] = []
    """What was omitted, and why; the first of many."""
    more: int = 0
    """The number of further things that were omitted."""


def read_changes(folder: Path) -> Changes:
    """Read the changes since the last commit of the repository that contains a folder.

    Changes of submodules are included, by their paths. Files that git ignores are omitted, as are
    files that are not code, and those whose names indicate secrets.
    """
    top = try_git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return Changes()
    root = Path(top.decode().rstrip("\n"))
    omitted: list[str] = []
    patch = b""
    names: list[str] = []
    for path in ["", *(submodule.path for submodule in list_submodules(root))]:
        try:
            changed, secret = _diff(root / path, path, omitted)
            patch += changed
            names += [f"{path}/{name}" if path else name for name in secret]
            names += [f"{path}/{name}" if path else name for name in list_untracked(root / path)]
        except ConflictError as error:
            omitted.append(f"the changes{f' in {path}' if path else ''}: {error.message}")
    if len(patch) > _MAX_PATCH:
        omitted.append(f"the patch: it has {len(patch) >> 20} MiB, more than {_MAX_PATCH >> 20}")
        patch = b""
    files = _archive(root, names, omitted)
    return _described(files, omitted, patch)


def _diff(repository: Path, path: str, omitted: list[str]) -> tuple[bytes, list[str]]:
    """Return the changes of one repository as a patch, and the names of files that have secrets.

    Names in the patch are relative to the outermost repository.

    Raises:
        ConflictError: Git fails, which is not the same as no changes.
    """
    if not has_commit(repository):
        return b"", []
    inside = (f"--src-prefix=a/{path}/", f"--dst-prefix=b/{path}/") if path else ()
    # Submodules have patches of their own, and their commits are recorded.
    options = ("--binary", *DIFF_OPTIONS, *inside, "--ignore-submodules=all")
    patch = run_git(repository, "diff", *options, "HEAD")
    if mask_content(patch) == patch and _BINARY not in patch:
        return patch, []
    # A patch that is masked could not be applied any more.
    return _without_secrets(repository, (*options, "--no-renames", "HEAD", "--"), omitted)


def _described(files: bytes, omitted: list[str], patch: bytes = b"") -> Changes:
    more = max(0, len(omitted) - _MAX_OMITTED)
    return Changes(patch=patch, files=files, omitted=omitted[:_MAX_OMITTED], more=more)


def _without_secrets(
    repository: Path, options: tuple[str, ...], omitted: list[str]
) -> tuple[bytes, list[str]]:
    """Return the patches of the files without secrets, and the names of those that have some.

    The latter are stored whole, and masked. A patch is returned exactly as it was searched: if it
    were created again, it could differ.
    """
    listing = ("--name-only", "--no-renames", "--ignore-submodules=all", "--no-relative", "-z")
    listed = run_git(repository, "diff", *listing, "HEAD").decode(errors="surrogateescape")
    clean, secret = [], []
    for name in filter(None, listed.split("\0")):
        patch = run_git(repository, "diff", *options, f":(top,literal){name}")
        if mask_content(patch) == patch and not _packs_secret(patch, repository, name):
            clean.append(patch)
        elif os.path.lexists(repository / name):
            secret.append(name)
        else:
            omitted.append(f"the deletion of {mask(name)}: it had secrets in it")
    return b"".join(clean), secret


def _packs_secret(patch: bytes, repository: Path, name: str) -> bool:
    """Return whether a patch contains a secret in a binary file, whose content it compresses.

    A file that cannot be searched counts as if it had one, and so does a file that changes
    meanwhile: the patch has both contents, and they have to be the ones that were searched.
    """
    if _BINARY not in patch:
        return False
    before = try_git(repository, "cat-file", "blob", f"HEAD:{name}") or b""
    path = repository / name
    now = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    index = re.search(rb"^index ([0-9a-f]+)\.\.([0-9a-f]+)", patch, re.MULTILINE)
    if index is None or not all(map(_is_blob, (before, now), index.groups())):
        return True
    try:
        return has_secret(before) or has_secret(now)
    except SearchError:
        return True


def _is_blob(content: bytes, name: bytes) -> bool:
    """Return whether content has a git object name; the name of nothing is all zeros."""
    algorithm = hashlib.sha1 if len(name) == _SHA1 else hashlib.sha256
    digest = algorithm(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return digest.hexdigest().encode() == name or (not content and not name.strip(b"0"))


def _mask_file(content: bytes) -> tuple[bytes, str]:
    """Return a file without its secrets, and the reason if it is omitted instead of masked."""
    if is_text(content):
        return mask_content(content), ""
    try:
        reason = _PACKED_SECRETS if has_secret(content) else ""
    except SearchError as error:
        reason = mask(str(error))
    return content, reason


def read_files(folder: Path, code: Iterable[Path]) -> Changes:
    """Read the files of code that is not in a repository.

    Args:
        folder: The folder that their names are relative to.
        code: Files, and folders that are read recursively; hidden files and compiled Python files
            are omitted.
    """
    names: set[str] = set()
    omitted: list[str] = []
    for path in code:
        listed = walk_code(path) if path.is_dir() else [path] if path.is_file() else []
        for count, file in enumerate(listed):
            if count == _MAX_COUNT:
                omitted.append(f"{path.relative_to(folder)}: it has more than {_MAX_COUNT:,} files")
                break
            names.add(file.relative_to(folder).as_posix())
    files = _archive(folder, names, omitted)
    return _described(files, omitted)


def _archive(root: Path, names: Iterable[str], omitted: list[str]) -> bytes:
    """Create a tar archive that is the same bytes for the same files."""
    buffer = io.BytesIO()
    total = count = 0
    import tarfile  # slow to load, and often there is nothing to archive

    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(filter(None, names)):
            path = root / name
            try:
                reason, size = _judge(path, total)
                reason = reason or _add(archive, path, name, omitted)
            except OSError as error:
                reason = f"it cannot be read: {error.strerror}"
            if reason:
                omitted.append(f"{mask(name)}: {reason}")
            else:
                total, count = total + size, count + 1
    return buffer.getvalue() if count else b""


def _add(archive: "tarfile.TarFile", path: Path, name: str, omitted: list[str]) -> str:
    """Add a file without its secrets to an archive; return the reason if it is omitted."""
    entry = archive.gettarinfo(path, arcname=name)
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    if not entry.isreg():
        archive.addfile(entry)
        return ""
    whole = path.read_bytes()
    content, reason = _mask_file(whole)
    if reason:
        return reason
    if content != whole:
        omitted.append(f"the secrets in {mask(name)}: {MASK} is in their place")
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
    return ""


def _judge(path: Path, total: int) -> tuple[str, int]:
    """Return the reason if a file is omitted, and its size in bytes."""
    if path.name.startswith(_SECRETS):
        return "its name says that it holds secrets", 0
    if not (path.is_file() or path.is_symlink()):
        return "it is not a file", 0
    size = path.lstat().st_size
    if size > _MAX_FILE:
        return f"it has {size >> 20} MiB, more than {_MAX_FILE >> 20}", size
    if total + size > _MAX_FILES:
        return f"all untracked files together have more than {_MAX_FILES >> 20} MiB", size
    return "", size
