"""Where a store is: its database or server, and the folders that belong to it."""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from treadle.errors import StoreError
from treadle.masking import mask, remember_addresses

__all__ = ["StoreLocation", "explain_read_only", "locate_store"]

_DEFAULT: Final = "treadle.db"
_SCHEMES: Final[dict[str, Literal["sqlite", "postgresql", "http"]]] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "http": "http",
    "https": "http",
}


class StoreLocation(msgspec.Struct, frozen=True):
    """A store's address, and what it has on this machine's disk."""

    kind: Literal["sqlite", "postgresql", "http"]
    uri: str
    """What `locate_store` finds it by again: a path, or an address as it was given."""
    journals: Path
    """Where the processes of this machine keep what the store does not have yet."""
    artifacts: str
    """The folder of the contents of artifacts, or of those that still have to be sent to a server."""
    is_named: bool = False
    """Whether the user names it, by an option, an argument or a variable: a project's settings do not count."""

    @property
    def database(self) -> Path:
        """The file of an embedded store.

        Raises:
            StoreError: It is kept somewhere else.
        """
        if self.kind != "sqlite":
            raise StoreError(f"The store {self} is not a file.")
        return Path(self.uri)

    @property
    def folder(self) -> Path:
        """Where this machine keeps what belongs to the store."""
        return self.journals.parent

    def __str__(self) -> str:
        return mask(self.uri)


def explain_read_only(store: str) -> StoreError:
    """Return the error of who wants to change something in a store that can only be read."""
    return StoreError(
        f"The store {store} can only be read here: this user cannot write to it or to its folder.",
        hint="Name a store of your own, by --store or TREADLE_STORE, or have the permissions changed.",
    )


def locate_store(uri: str | os.PathLike[str], base: Path | None = None, *, artifacts: str = "") -> StoreLocation:
    """Find the places of a store.

    Args:
        uri: ``sqlite:///FILE`` or just a file, ``postgresql://…``, or a server's ``http(s)://…``. A
            folder means ``treadle.db`` in it.
        base: What a relative file counts from, and what ``.treadle`` lies in for a store elsewhere;
            the working directory if not given.
        artifacts: The folder or URL for the contents of artifacts, if not beside the database.

    Raises:
        StoreError: The scheme is not one that runs can be kept in.
    """
    text = os.fspath(uri)
    remember_addresses(text)
    scheme, separator, rest = text.partition("://")
    kind = _SCHEMES.get(scheme) if separator else "sqlite"
    if kind is None:
        raise StoreError(
            f'The store "{scheme}://…" cannot be used: there is no such kind of store.',
            hint="Use the path of a file, sqlite:///FILE, postgresql://USER@HOST/DATABASE, or the http(s):// of a "
            "Treadle server.",
        )
    folder = base or Path.cwd()
    if kind != "sqlite":
        return _locate_remote(kind, text, folder, artifacts)
    # sqlite:///relative.db and sqlite:////absolute.db, as elsewhere
    path = folder / Path(rest.removeprefix("/") if separator else text).expanduser()
    if path.is_dir():
        path /= _DEFAULT
    if path.name == _DEFAULT:
        journals, files = path.parent / "journal", path.parent / "artifacts"
    else:
        journals, files = path.with_name(f"{path.stem}.journal.d"), path.with_name(f"{path.stem}.artifacts")
    return StoreLocation("sqlite", str(path), journals, artifacts or str(files))


def _locate_remote(kind: Literal["postgresql", "http"], uri: str, folder: Path, artifacts: str) -> StoreLocation:
    """Give every address a folder of its own for what waits to be delivered there."""
    import hashlib

    name = hashlib.sha256(uri.rstrip("/").encode()).hexdigest()[:16]
    home = folder / ".treadle"
    waiting = home / "remote" / name
    # What goes to a server waits here until it is there.
    files = str(waiting / "artifacts") if kind == "http" else artifacts or str(home / "artifacts")
    return StoreLocation(kind, uri.rstrip("/"), waiting / "journal", files)
