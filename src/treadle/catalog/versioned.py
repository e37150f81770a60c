"""The base of datasets whose saves can each create a new version."""

from treadle.catalog.dataset import Dataset, DatasetDescription
from treadle.catalog.location import Location
from treadle.catalog.versions import Versions
from treadle.errors import DataError


class VersionedDataset(Dataset):
    """A dataset of one file that may have versions.

    Args:
        type_name: The dataset's type in the catalog.
        versions: Its versions; None if each save replaces the file.
    """

    def __init__(self, type_name: str, versions: Versions | None) -> None:
        self._type = type_name
        self._versions = versions

    @property
    def is_versioned(self) -> bool:
        """Whether every save creates a new version."""
        return self._versions is not None

    def versions(self) -> list[str]:
        """List the versions, the oldest first; none if the dataset is not versioned."""
        return self._versions.names() if self._versions else []

    def describe_version(self, version: str) -> DatasetDescription:
        """Describe one version."""
        return self._describe_content(self._require_versions().location(version), version)

    def check_version(self) -> None:
        """Check that the version to load exists, if one was named.

        Raises:
            DataNotFoundError: It does not.
        """
        if self._versions is not None:
            self._versions.check_pinned()

    def restore_version(self, version: str) -> str:
        """Save the content of an old version as the latest one, and return the new version's name.

        Raises:
            DataNotFoundError: There is no such version.
        """
        return self._require_versions().restore(version)

    def drop_version(self, version: str) -> None:
        """Remove a version."""
        self._require_versions().drop(version)

    def _require_versions(self) -> Versions:
        if self._versions is None:
            raise DataError(
                f"A dataset of type {self._type} is not versioned.",
                hint="Add versioned: true to its entry.",
            )
        return self._versions

    def _describe_content(self, location: Location, version: str = "") -> DatasetDescription:
        """Describe what is stored, with its digest and size."""
        digest, size = location.content()
        return DatasetDescription(
            type=self._type,
            location=str(location),
            is_local=location.is_local,
            version=version,
            digest=digest,
            size=size,
        )
