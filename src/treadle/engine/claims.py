"""Keeps two runs from writing the same data at once.

A claim is a small file that says who writes a place. It holds as long as the process lives: that of
a dead process is taken over.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from treadle.errors import ConflictError
from treadle.files import create_folder, exclusive, sweep_stages, write_atomically
from treadle.records import ProcessIdentity
from treadle.store import describe, identify, is_dead

__all__ = ["claim"]


class _Claim(msgspec.Struct, frozen=True):
    location: str
    run: str
    since: float
    owner: ProcessIdentity


@contextlib.contextmanager
def claim(folder: Path, locations: Iterable[str], run_id: str) -> Iterator[None]:
    """Hold the right to write some places while the block runs.

    Args:
        folder: Where claims are kept; that of the store, so that a project's runs share it.
        locations: The places.
        run_id: Whose it is.

    Raises:
        ConflictError: Another run holds one of them; none is held then.
    """
    files = {_file(folder, location): location for location in sorted(set(locations))}
    if not files:
        yield
        return
    create_folder(folder)
    _acquire(folder, files, run_id)
    try:
        for location in files.values():
            sweep_stages(Path(location).parent)
            sweep_stages(Path(location))  # where versions and partitions are staged
        yield
    finally:
        for path in files:
            path.unlink(missing_ok=True)


def _acquire(folder: Path, files: dict[Path, str], run_id: str) -> None:
    import time

    mine = identify()
    with exclusive(folder / ".lock"):
        for path, location in files.items():
            holder = _read(path)
            if holder is not None and not is_dead(holder.owner):
                since = time.strftime("%H:%M:%S", time.localtime(holder.since))
                raise ConflictError(
                    f"{location} is being written by run {holder.run} ({describe(holder.owner)}, since {since}).",
                    hint="Wait until it ends, or write elsewhere: another --env can have other filepaths.",
                )
        for path, location in files.items():
            write_atomically(path, msgspec.json.encode(_Claim(location, run_id, time.time(), mine)))


def _read(path: Path) -> _Claim | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Claim)
    except (OSError, msgspec.MsgspecError):
        return None


def _file(folder: Path, location: str) -> Path:
    from blake3 import blake3

    return folder / f"{blake3(location.encode()).hexdigest()[:32]}.json"
