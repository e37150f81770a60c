"""Sees which contents of artifacts a store still has, and keeps them from being swept away."""

from collections.abc import Mapping
from pathlib import Path

from treadle.errors import StoreError
from treadle.store.artifacts import ArtifactStore, open_artifacts
from treadle.store.location import StoreLocation

__all__ = ["find_missing"]


def find_missing(location: StoreLocation, contents: Mapping[str, int]) -> set[str]:
    """Return the digests of the contents that a store does not have any more.

    Those that it has count as new: ``treadle gc`` leaves them until what refers to them is there.
    What a store does not answer about, because it cannot be reached, is taken to be there.

    Args:
        location: The store.
        contents: Digests, to sizes.
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
