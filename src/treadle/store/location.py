"""Where a store is: its database, and the folders beside it."""

import os
from pathlib import Path

import msgspec

from treadle.errors import StoreError

__all__ = ["StoreLocation", "locate_store"]

_DEFAULT = "treadle.db"


class StoreLocation(msgspec.Struct, frozen=True):
    """An embedded store's places on the disk."""

    database: Path
    journals: Path
    artifacts: Path

    @property
    def folder(self) -> Path:
        """Where the database lies."""
        return self.database.parent

    def __str__(self) -> str:
        return str(self.database)


def locate_store(uri: str | os.PathLike[str], base: Path | None = None) -> StoreLocation:
    """Find the places of a store.

    Args:
        uri: ``sqlite:///FILE`` or just a file. A folder means ``treadle.db`` in it.
        base: What a relative file counts from; the working directory if not given.

    Raises:
        StoreError: The scheme is not one that this version keeps runs in.
    """
    text = os.fspath(uri)
    scheme, separator, rest = text.partition("://")
    if separator and scheme != "sqlite":
        raise StoreError(
            f'The store "{scheme}://…" cannot be used: this version keeps runs in SQLite files.',
            hint="Use sqlite:///FILE or the path of a file.",
        )
    # sqlite:///relative.db and sqlite:////absolute.db, as elsewhere
    path = (base or Path.cwd()) / Path(rest.removeprefix("/") if separator else text).expanduser()
    if path.is_dir():
        path /= _DEFAULT
    if path.name == _DEFAULT:
        return StoreLocation(path, path.parent / "journal", path.parent / "artifacts")
    return StoreLocation(path, path.with_name(f"{path.stem}.journal.d"), path.with_name(f"{path.stem}.artifacts"))
