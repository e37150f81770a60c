"""Locations of stores: the database or server, and the folders that belong to it."""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from treadle.errors import StoreError
from treadle.masking import mask, remember_addresses

_DEFAULT: Final = "treadle.db"
_SCHEMES: Final[dict[str, Literal["sqlite", "postgresql", "http"]]] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "http": "http",
    "https": "http",
}


class StoreLocation(msgspec.Struct, frozen=True):
    """Address of a store, and its local folders."""

    kind: Literal["sqlite", "postgresql", "http"]
    uri: str
    """Path or URL, which `locate_store` accepts again."""
    journals: Path
    """Folder of the journals of this machine, which are not yet delivered."""
    artifacts: str
    """Folder or URL of the artifacts, or folder of those not yet sent to a server."""
    is_named: bool = False
    """Whether the user names it (option, argument or variable), not only a project's settings."""

    @property
    def database(self) -> Path:
        """Path of the SQLite database.

        Raises:
            StoreError: It is not a SQLite store.
        """
        if self.kind != "sqlite":
            raise StoreError(f"The store {self} is not a file.")
        return Path(self.uri)

    @property
    def folder(self) -> Path:
        """Local folder of the store."""
        return self.journals.parent

    def __str__(self) -> str:
        return mask(self.uri)


def explain_read_only(store: str) -> StoreError:
    """Return the error for a change to a read-only store."""
    return StoreError(
        f"The store {store} can only be read here: this user cannot write to it or to its folder.",
        hint="Name a store of your own, by --store or TREADLE_STORE, or have the permissions "
        "changed.",
    )


def locate_store(
    uri: str | os.PathLike[str], base: Path | None = None, *, artifacts: str = ""
) -> StoreLocation:
    """Return the location of a store.

    Args:
        uri: ``sqlite:///FILE`` or the path of a file, ``postgresql://…``, or a server's
            ``http(s)://…``. A folder stands for ``treadle.db`` in it.
        base: The folder that relative paths start from, and that contains ``.treadle`` for remote
            stores; the working directory if not given.
        artifacts: The folder or URL of the artifacts, if not beside the database.

    Raises:
        StoreError: The scheme is not supported.
    """
    text = os.fspath(uri)
    remember_addresses(text)
    scheme, separator, rest = text.partition("://")
    kind = _SCHEMES.get(scheme) if separator else "sqlite"
    if kind is None:
        raise StoreError(
            f'The store "{scheme}://…" cannot be used: there is no such kind of store.',
            hint="Use the path of a file, sqlite:///FILE, postgresql://USER@HOST/DATABASE, or the "
            "http(s):// of a "
            "Treadle server.",
        )
    folder = base or Path.cwd()
    if kind != "sqlite":
        return _locate_remote(kind, text, folder, artifacts)
    # sqlite:///relative.db and sqlite:////absolute.db, as in SQLAlchemy
    path = folder / Path(rest.removeprefix("/") if separator else text).expanduser()
    if path.is_dir():
        path /= _DEFAULT
    if path.name == _DEFAULT:
        journals, files = path.parent / "journal", path.parent / "artifacts"
    else:
        journals, files = (
            path.with_name(f"{path.stem}.journal.d"),
            path.with_name(f"{path.stem}.artifacts"),
        )
    return StoreLocation("sqlite", str(path), journals, artifacts or str(files))


def _locate_remote(
    kind: Literal["postgresql", "http"], uri: str, folder: Path, artifacts: str
) -> StoreLocation:
    """Return a location with a separate local folder per address for undelivered records."""
    import hashlib

    name = hashlib.sha256(uri.rstrip("/").encode()).hexdigest()[:16]
    home = folder / ".treadle"
    waiting = home / "remote" / name
    # Artifacts for a server wait here until they are sent.
    files = str(waiting / "artifacts") if kind == "http" else artifacts or str(home / "artifacts")
    return StoreLocation(kind, uri.rstrip("/"), waiting / "journal", files)
