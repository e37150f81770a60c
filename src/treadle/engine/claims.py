"""Prevents two runs from writing the same data at once.

A claim is a small file that names the locations a run writes. It is valid while its process lives;
the claim of a dead process is ignored.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from treadle.errors import ConflictError
from treadle.files import create_folder, exclusive, sweep_stages, write_atomically
from treadle.records import ProcessIdentity
from treadle.store import describe, identify, is_dead


class _Claim(msgspec.Struct, frozen=True):
    locations: list[str]
    run: str
    since: float
    owner: ProcessIdentity


@contextlib.contextmanager
def claim(folder: Path, locations: Iterable[str], run_id: str) -> Iterator[None]:
    """Claim locations for writing while the block runs.

    Args:
        folder: Where claim files are stored: in the store, shared by a project's runs.
        locations: The locations.
        run_id: The run that claims them.

    Raises:
        ConflictError: Another run holds one of them; then none is claimed.
    """
    wanted = sorted(set(locations))
    if not wanted:
        yield
        return
    create_folder(folder)
    own = folder / f"{run_id}.json"
    _acquire(folder, own, wanted, run_id)
    try:
        for place in {*(Path(location).parent for location in wanted), *map(Path, wanted)}:
            if place.is_dir():  # a folder with staged versions or partitions
                sweep_stages(place)
        yield
    finally:
        own.unlink(missing_ok=True)


def _acquire(folder: Path, own: Path, wanted: list[str], run_id: str) -> None:
    import time

    with exclusive(folder / ".lock"):
        for path in folder.glob("*.json"):
            holder = _read(path)
            if holder is None or is_dead(holder.owner):
                path.unlink(missing_ok=True)
                continue
            taken = sorted(set(holder.locations).intersection(wanted))
            if taken:
                since = time.strftime("%H:%M:%S", time.localtime(holder.since))
                raise ConflictError(
                    f"{taken[0]} is being written by run {holder.run} ({describe(holder.owner)}, "
                    f"since {since}).",
                    hint="Wait until it ends, or write elsewhere: another --env can have other "
                    "filepaths.",
                )
        write_atomically(own, msgspec.json.encode(_Claim(wanted, run_id, time.time(), identify())))


def _read(path: Path) -> _Claim | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Claim)
    except (OSError, msgspec.MsgspecError):
        return None
