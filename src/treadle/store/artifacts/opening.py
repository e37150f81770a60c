"""Opening of an artifact storage by its address."""

from pathlib import Path

from treadle.store.artifacts.base import ContentStore
from treadle.store.artifacts.local import ArtifactStore


def open_artifacts(address: str) -> ContentStore:
    """Open the artifact storage in a folder or at a URL.

    Raises:
        StoreError: There is no library for the scheme of the URL.
    """
    if "://" in address and not address.startswith("file://"):
        from treadle.store.artifacts.remote import RemoteArtifactStore

        return RemoteArtifactStore(address)
    return ArtifactStore(Path(address.removeprefix("file://")))
