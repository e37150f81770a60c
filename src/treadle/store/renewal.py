"""Check for artifact contents that a store still has, and protection of them from sweeping."""

from collections.abc import Mapping
from pathlib import Path

from treadle.errors import StoreError
from treadle.store.artifacts.local import ArtifactStore
from treadle.store.artifacts.opening import open_artifacts
from treadle.store.location import StoreLocation


def find_missing(location: StoreLocation, contents: Mapping[str, int]) -> set[str]:
    """Return the digests of the contents that a store no longer has.

    The others are renewed: ``treadle gc`` keeps them until their artifacts are stored. If the
    store cannot be reached, all contents are assumed to exist.

    Args:
        location: The store.
        contents: The sizes in bytes, by digest.
    """
    try:
        if location.kind != "http":
            store = open_artifacts(location.artifacts)
            return {one for one, size in contents.items() if not store.renew(one, size)}
        waiting = ArtifactStore(Path(location.artifacts))
        sent = {one: size for one, size in contents.items() if not waiting.renew(one, size)}
        return _ask_server(location, sent) if sent else set()
    except (StoreError, OSError):
        return set()


def _ask_server(location: StoreLocation, contents: Mapping[str, int]) -> set[str]:
    from treadle.store.http.store import HttpStore

    with HttpStore(location) as store:
        return store.find_missing(contents)
