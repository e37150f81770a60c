"""Private folders and files: ``.treadle``, where Treadle stores the data of a project.

A ``.treadle`` belongs to a user of this machine, and never comes with a project. So one that git
tracks is not used, nothing is written to one of another user, and nothing in it is a link: Treadle
writes and deletes there by itself, and a link could redirect that to any other folder.
"""

import contextlib
import errno
import os
import re
import stat
import time
from pathlib import Path
from typing import Final

from treadle.errors import ConflictError, DataError

HOME: Final = ".treadle"
"""The folder of Treadle's data of a project: only its owner may read it."""

_IGNORE: Final = ".gitignore"
# A path in a git index; not the folder's name in its cache of trees, before two numbers.
_ENTRY: Final = re.compile(rb"\.treadle(?:/|\0(?!-?\d+ \d+\n))")
_PATIENCE: Final = 60.0  # seconds for git
_REMEMBERED: Final = 5.0  # seconds; logging in a training loop asks for each record
_Refusal = tuple[str, str]  # a message and a hint
_untracked: set[tuple[int, int]] = set()  # folders that git does not track
_refused: dict[
    tuple[int, int], tuple[float, _Refusal]
] = {}  # those that are rejected, and since when


def find_home(path: Path) -> Path | None:
    """Return the ``.treadle`` that a path is in, or is."""
    if HOME not in path.parts:
        return None
    return next(one for one in (path, *path.parents) if one.name == HOME)


def prepare_home(home: Path) -> None:
    """Create ``.treadle`` for its owner only, or check the existing one.

    Raises:
        DataError: It is not of this user, or came with a repository, or has links in it.
        OSError: It cannot be created.
    """
    home.mkdir(0o700, parents=True, exist_ok=True)
    _check_owner(home)
    check_home(home)
    close_to_others(home)
    ignore = home / _IGNORE
    if not ignore.exists():
        with contextlib.suppress(OSError):
            descriptor = os.open(ignore, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write("*\n")


def check_home(home: Path) -> None:
    """Check that a ``.treadle`` did not come with a repository, and that nothing in it is a link.

    Raises:
        DataError: It did, or something is, or git fails to answer.
    """
    with (
        contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError),
        os.scandir(home) as entries,
    ):
        for entry in entries:
            if entry.is_symlink():
                raise _is_link(Path(entry.path))
    status = home.lstat()
    identity = status.st_dev, status.st_ino
    if identity in _untracked:
        return
    asked, refusal = _refused.get(identity, (0.0, None))
    if refusal is None or time.monotonic() - asked > _REMEMBERED:
        refusal = _find_refusal(home)
        if refusal is None:
            _untracked.add(identity)
            return
        _refused[identity] = time.monotonic(), refusal
    message, hint = refusal
    raise DataError(message, hint=hint)


def check_links(path: Path) -> None:
    """Check that a path does not lead out of its ``.treadle`` by a link.

    Raises:
        DataError: A folder between the two is a link.
    """
    if (link := _find_link(path)) is not None:
        raise _is_link(link)


def is_below_link(path: Path) -> bool:
    """Return whether a path leaves its ``.treadle`` by a link; other links are the user's own."""
    return _find_link(path) is not None


def _find_link(path: Path) -> Path | None:
    """Return the first link between a path and its ``.treadle``, which itself may be one."""
    home = find_home(path)
    if home is None:
        return None
    inner = home
    for part in path.relative_to(home).parts:
        inner /= part
        if inner.is_symlink():
            return inner
    return None


def _is_link(path: Path) -> DataError:
    return DataError(
        f"{path} is a link: Treadle does not follow links in {HOME}.",
        hint=f"Make {HOME} itself a link, or name another folder by TREADLE_STORE or "
        "TREADLE_ARTIFACTS.",
    )


def _check_owner(home: Path) -> None:
    owner = home.stat().st_uid
    user = os.geteuid()
    # The administrator works in the folders of others, as containers do.
    if user not in (owner, 0):
        raise DataError(
            f"{home} belongs to another user (number {owner}): Treadle writes nothing to it.",
            hint="Name a store of your own: --store, or TREADLE_STORE.",
        ) from PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _find_refusal(home: Path) -> _Refusal | None:
    """Return why a ``.treadle`` is rejected, and what to do; None if git does not track it.

    A folder may be tracked even if it is ignored. Git is run only if its index may contain such a
    file: reading the index is much faster. If git then fails, the folder may have come with the
    repository.
    """
    try:
        tracked = _ask_git(home) if _may_be_tracked(home) else ""
    except ConflictError as error:
        return (
            (
                f"{home} may have come with its repository, whose index has such a path, and git"
                f" cannot be asked: {error.message} Treadle does not use it."
            ),
            (
                "Treadle has to be able to run git here. If the folder is yours, and only the index"
                " is damaged, repair that first: git status."
            ),
        )
    if not tracked:
        return None
    return (
        f"{home} came with its repository: git tracks {tracked}. Treadle does not use it.",
        (
            "What is in it belongs to one user of one machine. If it is yours: "
            f"git rm -r --cached {HOME}. If not, remove it, too."
        ),
    )


def _may_be_tracked(home: Path) -> bool:
    """Return whether the index of git contains such a path, or cannot be read directly."""
    index = _find_index(home.parent)
    if index is None:
        return False
    try:
        content = index.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return False  # nothing was ever added
    except OSError:
        return True
    # Other formats abbreviate paths, or split them over several files.
    is_short = content[:4] == b"DIRC" and content[4:8] not in (b"\0\0\0\2", b"\0\0\0\3")
    is_split = any(index.parent.glob("sharedindex.*"))
    return is_short or is_split or _ENTRY.search(content) is not None


def _find_index(folder: Path) -> Path | None:
    """Return the index of the repository that a folder is in."""
    for outer in (folder, *folder.absolute().parents):
        git = outer / ".git"
        if git.is_dir():
            return git / "index"
        if git.is_file():  # a submodule or another work tree: the file points to the git folder
            with contextlib.suppress(OSError, UnicodeDecodeError):
                named = git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
                return outer / named / "index"
            return None
    return None


def _ask_git(home: Path) -> str:
    """Return a file in a ``.treadle`` that git tracks; empty if it tracks none.

    Raises:
        ConflictError: Git fails.
    """
    from treadle.git import run_git  # imports subprocess, which few commands need

    # Also if the repository belongs to another user: nothing that it configures is executed.
    asked = ("ls-files", "--cached", "-z", "--", f":(literal){HOME}")
    answer = run_git(home.parent, *asked, settings=["safe.directory=*"], patience=_PATIENCE)
    names = answer.decode(errors="replace").split("\0")
    return next((name for name in names if name and name != f"{HOME}/{_IGNORE}"), "")


def is_planted(path: Path) -> bool:
    """Return whether any user may have put a file there, as in ``/tmp``.

    Settings that are searched for in all parent folders could otherwise be those of anyone who
    writes to a folder for temporary files.
    """
    try:
        folder, file = path.parent.stat(), path.stat()
    except OSError:
        return False
    is_shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    return bool(is_shared) and file.st_uid not in (os.geteuid(), 0)


def create_private(path: Path) -> None:
    """Create an empty file that only its owner may read; restrict one that exists in ``.treadle``.

    Other existing files are left unchanged.

    Raises:
        OSError: It cannot be created.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if find_home(path) is not None:
            close_to_others(path)


def close_to_others(path: Path) -> None:
    """Remove the permissions of group and others from a file or folder that exists and is ours."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
