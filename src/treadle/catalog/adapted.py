"""Datasets of other libraries, by duck typing: above all those of kedro-datasets."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from treadle.catalog.dataset import DatasetDescription
from treadle.catalog.digests import FileDigests
from treadle.catalog.foreign import install_hint
from treadle.catalog.location import LocalLocation
from treadle.catalog.versioned import VersionedDataset
from treadle.catalog.versions import Versions
from treadle.errors import DataError, DataNotFoundError, TreadleError
from treadle.files import replace_atomically
from treadle.masking import mask


class AdaptedDataset(VersionedDataset):
    """A dataset with ``load`` and ``save``, such as one of Kedro.

    If it supports that and writes one local file, its saves are staged as for other datasets, and
    its versions are those of the catalog's own formats.

    Args:
        create: Creates the dataset, for another file if one is given.
        type_name: Its type in the catalog.
        versions: Its versions, if it has them.
        can_stage: Whether it can be created for another file than its own.
        digests: Digests its file, and remembers the digest.
    """

    runs_code: ClassVar[bool] = True
    """Whether loading may run code in the file: True, as it is not known what the class does."""

    def __init__(
        self,
        create: Callable[[Path | None], Any],
        type_name: str,
        versions: Versions | None = None,
        *,
        can_stage: bool = False,
        digests: FileDigests | None = None,
    ) -> None:
        super().__init__(type_name, versions)
        self._create = create
        self.inner = create(None)
        self._can_stage = can_stage
        self._digests = digests

    @property
    def code(self) -> tuple[object, ...]:
        """The class that loads and saves it, for the fingerprints of nodes."""
        return (type(self.inner),)

    def load(self) -> Any:
        """Load by the dataset itself; with versions, the pinned or latest one."""
        with self._explained("loaded"):
            if self._versions is None:
                return self.inner.load()
            with self._versions.location(self._versions.latest()).reading() as path:
                return self._create(path).load()

    def save(self, data: Any) -> None:
        """Save by the dataset itself; a local file is written next to the target first."""
        with self._explained("saved"):
            if self._versions is not None:
                with self._versions.writing() as path:
                    self._create(path).save(data)
                return
            target = self._local_file()
            if target is None or target.is_dir() or not self._can_stage:
                self.inner.save(data)
                return
            with replace_atomically(target) as stage:
                self._create(stage).save(data)
            # What it has cached about its file is from before the save.
            self.inner = self._create(None)

    def _local_file(self) -> Path | None:
        holder = getattr(
            self.inner, "_dataset", self.inner
        )  # the dataset inside a CachedDataset of Kedro
        path = getattr(holder, "_filepath", None)
        is_local = getattr(holder, "_protocol", "file") == "file"
        return Path(str(path)) if path is not None and is_local else None

    @contextlib.contextmanager
    def _explained(
        self, what: Literal["loaded", "saved", "confirmed", "digested"]
    ) -> Iterator[None]:
        try:
            yield
        except TreadleError:
            raise
        except Exception as error:
            kind = DataNotFoundError if what == "loaded" and not self.exists() else DataError
            hint = install_hint(self._type) if _is_missing_library(error) else ""
            raise kind(f"{self._type} cannot be {what}: {error}", hint=hint) from error

    def exists(self) -> bool:
        """Return whether there is committed content, as far as the dataset can report it."""
        if self._versions is not None:
            return bool(self._versions.names())
        try:
            return bool(self.inner.exists())
        except Exception:  # noqa: BLE001 - foreign code; not to know is not to have
            return False

    def digest(self) -> str:
        """Return the class's own digest of its content, or the file's digest, if there is one."""
        return self.describe(content=True).digest

    def _own_digest(self) -> str | None:
        """Return the digest that the class computes of its content; None if it computes none."""
        compute = getattr(self.inner, "digest", None)
        if not callable(compute) or not self.exists():
            return None
        with self._explained("digested"):
            digest = compute()
        if digest is not None and not isinstance(digest, str):
            raise DataError(
                f"digest() of {self._type} returned {type(digest).__name__}.",
                hint="It returns a string that changes with the content; an empty one means that "
                "it is unknown.",
            )
        return digest or ""

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the dataset as far as its attributes are accessible."""
        path = self._local_file()
        own = self._own_digest() if content and self._versions is None else None
        if own is not None:
            location = (
                str(path) if path is not None else mask(str(getattr(self.inner, "_filepath", "")))
            )
            digest = f"{self._type}:{own}" if own else ""
            return DatasetDescription(
                type=self._type, location=location, is_local=path is not None, digest=digest
            )
        if path is None:
            shown = mask(str(getattr(self.inner, "_filepath", "")))
            return DatasetDescription(type=self._type, location=shown)
        if not content or not path.exists():
            return DatasetDescription(type=self._type, location=str(path), is_local=True)
        if self._versions is None:
            return self._describe_content(LocalLocation(path, self._digests))
        return self.describe_version(self._versions.latest()) if self.exists() else self.describe()

    def __repr__(self) -> str:
        return f"AdaptedDataset({self._type!r})"


class AdaptedConfirmable(AdaptedDataset):
    """A confirmable dataset of another library; only that library knows what in it is new."""

    def confirms_to(self) -> str:
        """Return an empty string: it is unknown where the dataset stores its checkpoint."""
        return ""

    def renew(self) -> None:
        """Clear what the dataset has cached about new content."""
        release = getattr(self.inner, "release", None)
        if callable(release):
            release()

    def has_new(self) -> bool:
        """Return True: the dataset cannot report whether there is something new."""
        return True

    def confirm(self) -> None:
        """Confirm by the dataset itself."""
        with self._explained("confirmed"):
            self.inner.confirm()


def _is_missing_library(error: BaseException | None) -> bool:
    """Return whether an error is, or was caused by, a library that is not installed."""
    while error is not None and not isinstance(error, ImportError):
        error = error.__cause__ or error.__context__
    return error is not None


def has_versions(cls: type) -> bool:
    """Return whether a class is one of Kedro's that can have versions: it writes one file."""
    return any(base.__name__ == "AbstractVersionedDataset" for base in cls.__mro__)
