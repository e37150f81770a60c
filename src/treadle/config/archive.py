"""Configuration in an archive, as ``--conf-source`` accepts it."""

import atexit
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from treadle.errors import ConfigError

_LARGEST: Final = 64 << 20
"""The maximum number of bytes of configuration in an archive, unpacked."""
_BASE: Final = "base"

_Member = tuple[str, IO[bytes]]


def open_source(source: Path) -> Path:
    """Return the folder of a configuration; an archive is unpacked until this process ends.

    Args:
        source: A folder, or a ``.zip`` or ``.tar.gz`` of one, with or without the folder itself.

    Raises:
        ConfigError: There is no such folder or archive, or its content is rejected.
    """
    if source.is_dir():
        return source
    if not source.is_file():
        raise ConfigError(
            f"There is no folder or archive {source} to take the configuration from.",
            hint="--conf-source takes a folder, a .zip or a .tar.gz.",
        )
    folder = Path(tempfile.mkdtemp(prefix="treadle-conf-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    total = 0
    for name, content in _members(source):
        target = _inside(folder, name, source)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = content.read(_LARGEST - total + 1)
        total += len(data)
        if total > _LARGEST:
            raise ConfigError(f"{source} holds more than {_LARGEST >> 20} MiB of configuration.")
        target.write_bytes(data)
    return _top(folder)


def _members(source: Path) -> Iterator[_Member]:
    """Yield the regular files of an archive, without links and devices."""
    try:
        yield from _zip_members(source) if zipfile.is_zipfile(source) else _tar_members(source)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError, OSError) as error:
        raise ConfigError(
            f"{source} cannot be read as an archive: {error}.",
            hint="--conf-source takes a folder, a .zip or a .tar.gz.",
        ) from error


def _zip_members(source: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                with archive.open(entry) as content:
                    yield entry.filename, content


def _tar_members(source: Path) -> Iterator[_Member]:
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None:
                yield member.name, content
            elif not member.isdir():
                raise ConfigError(f"{source}: {member.name} is not a file, and is refused.")


def _inside(folder: Path, name: str, source: Path) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise ConfigError(f"{source}: the file {name!r} is outside of its folder, and is refused.")
    return folder / path


def _top(folder: Path) -> Path:
    """Return the folder with the environments: the archived folder, or one inside it."""
    inner = [path for path in folder.iterdir() if not path.name.startswith(".")]
    is_wrapped = len(inner) == 1 and inner[0].is_dir() and inner[0].name != _BASE
    return inner[0] if is_wrapped else folder
