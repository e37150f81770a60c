"""What the code of a run had beside its commit: the uncommitted changes as a patch, and the untracked files.

With the commit, they are the tree that ran. What is too large is left out, and said.
"""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import msgspec

from treadle.masking import mask

__all__ = ["Changes", "read_changes"]

_MAX_PATCH: Final = 20 << 20
_MAX_FILE: Final = 1 << 20
_MAX_FILES: Final = 10 << 20
_SECRETS: Final = ("credentials", ".env", "secrets", "id_rsa", "id_ed25519")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is not in the commit."""

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
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return Changes()
    root = Path(top.decode().rstrip("\n"))
    omitted: list[str] = []
    patch = _git(root, "diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD") or b""
    if len(patch) > _MAX_PATCH:
        omitted.append(f"the patch: it has {len(patch) >> 20} MiB, more than {_MAX_PATCH >> 20}")
        patch = b""
    return Changes(patch=patch, files=_archive(root, omitted), omitted=omitted)


def _archive(root: Path, omitted: list[str]) -> bytes:
    """Put the untracked files together, the same bytes for the same files."""
    names = (_git(root, "ls-files", "--others", "--exclude-standard", "-z") or b"").decode(errors="surrogateescape")
    buffer = io.BytesIO()
    total = count = 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(filter(None, names.split("\0"))):
            path = root / name
            reason, size = _judge(path, total)
            if reason:
                omitted.append(f"{mask(name)}: {reason}")
                continue
            entry = archive.gettarinfo(path, arcname=name)
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            if entry.isreg():
                with path.open("rb") as file:
                    archive.addfile(entry, file)
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


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments],
            cwd=folder, capture_output=True, timeout=30, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
