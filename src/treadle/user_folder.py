"""The folder of a user, as opposed to a project: credentials of servers, and the user's key.

It is ``TREADLE_CONFIG_DIR``, else ``treadle`` in ``XDG_CONFIG_HOME``, else ``~/.config/treadle``.
A relative ``XDG_CONFIG_HOME`` is ignored, as its specification requires.
Nothing that comes with a project can be in it.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from treadle.errors import ConfigError, DataError
from treadle.files import create_folder, exclusive, replace_atomically, stage_path
from treadle.private import close_to_others, create_private

_KEY: Final = "key"
_KEY_BYTES: Final = 32


def user_folder() -> Path:
    """Return the path of the folder; it need not exist.

    Raises:
        ConfigError: The user has no home directory.
    """
    if given := os.environ.get("TREADLE_CONFIG_DIR"):
        return Path(given)
    given = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(given):  # noqa: PTH117 - no path is made of an empty text
        return Path(given) / "treadle"
    try:
        return Path.home() / ".config" / "treadle"
    except RuntimeError as error:
        raise ConfigError(
            "This user has no home folder, so that nothing can be stored for them.",
            hint="Set TREADLE_CONFIG_DIR to a folder.",
        ) from error


def read_own_file(name: str) -> bytes | None:
    """Read a file of the folder; None if it does not exist.

    Raises:
        ConfigError: It cannot be read, or belongs to another user.
    """
    path = user_folder() / name
    try:
        with path.open("rb") as file:
            owner = os.fstat(file.fileno()).st_uid
            if owner not in (os.geteuid(), 0):
                raise ConfigError(
                    f"{path} belongs to another user (number {owner}), and is not read.",
                    hint="Remove it, or set TREADLE_CONFIG_DIR to a folder of your own.",
                )
            close_to_others(path)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Set TREADLE_CONFIG_DIR to a folder that can be written.",
        ) from error


def write_own_file(name: str, content: bytes) -> Path:
    """Write a file of the folder, which only its owner can read; return its path.

    Raises:
        ConfigError: It cannot be written.
    """
    path = user_folder() / name
    try:
        create_folder(path.parent, private=True)
        with replace_atomically(path) as stage:
            create_private(stage)
            stage.write_bytes(content)
    except (DataError, OSError) as error:
        raise _unwritable(path, error) from error
    return path


@contextlib.contextmanager
def lock_own_file(name: str) -> Iterator[None]:
    """Hold the lock of a file of the folder, so that no other process changes it meanwhile.

    Raises:
        ConfigError: The folder cannot be written.
    """
    lock = user_folder() / f".{name}.lock"
    with contextlib.ExitStack() as held:
        try:
            create_folder(lock.parent, private=True)
            held.enter_context(exclusive(lock))
        except (DataError, OSError) as error:
            raise _unwritable(lock, error) from error
        yield


def read_key() -> bytes:
    """Return this user's key, which signs what may be trusted later; the first call creates it.

    Raises:
        ConfigError: It cannot be read or created.
    """
    found = read_own_file(_KEY)
    if found is None:
        _create_key(user_folder() / _KEY)
        found = read_own_file(_KEY)
    if found is None or len(found) != _KEY_BYTES:
        raise ConfigError(
            f"{user_folder() / _KEY} is not a key.", hint="Remove it: a new one is made."
        )
    return found


def _create_key(path: Path) -> None:
    """Create a key atomically, and only if another process has created none."""
    stage = stage_path(path)
    try:
        create_folder(path.parent, private=True)
        create_private(stage)
        stage.write_bytes(secrets.token_bytes(_KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(stage, path)
    except (DataError, OSError) as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            stage.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError | DataError) -> ConfigError:
    why = (
        error.message
        if isinstance(error, DataError)
        else f"{path} cannot be written: {error.strerror}."
    )
    return ConfigError(why, hint="Set TREADLE_CONFIG_DIR to a folder that can be written.")
