"""Datasets of other libraries, by duck type: above all those of kedro-datasets."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.catalog.dataset import DatasetDescription
from treadle.catalog.place import LocalPlace
from treadle.errors import DataError, DataNotFoundError, TreadleError
from treadle.files import replace_atomically
from treadle.masking import mask

__all__ = ["AdaptedDataset"]


class AdaptedDataset:
    """A dataset with ``load`` and ``save``, such as one of Kedro.

    Where it writes one local file and can be copied, its saves are staged like everyone else's.

    Args:
        inner: The dataset.
        type_name: What it is called in the catalog.
    """

    def __init__(self, inner: Any, type_name: str) -> None:
        self.inner = inner
        self._type = type_name

    def load(self) -> Any:
        """Load by the dataset itself."""
        with self._explained("loaded"):
            return self.inner.load()

    def save(self, data: Any) -> None:
        """Save by the dataset itself, beside the target where that is a local file."""
        with self._explained("saved"):
            target = self._local_file()
            if target is None or target.is_dir() or not hasattr(self.inner, "_copy"):
                self.inner.save(data)
                return
            with replace_atomically(target) as stage:
                kind = type(self.inner._filepath)  # noqa: SLF001 - the one name for it in all of kedro-datasets
                self.inner._copy(_filepath=kind(stage)).save(data)  # noqa: SLF001

    def _local_file(self) -> Path | None:
        path = getattr(self.inner, "_filepath", None)
        is_local = getattr(self.inner, "_protocol", "file") == "file"
        return Path(str(path)) if path is not None and is_local and not getattr(self.inner, "_version", None) else None

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except TreadleError:
            raise
        except Exception as error:
            kind = DataNotFoundError if what == "loaded" and not self.exists() else DataError
            raise kind(f"{self._type} cannot be {what}: {error}") from error

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code that is in the data: nobody knows of foreign classes."""
        return True

    def exists(self) -> bool:
        """Ask the dataset, if it can be asked."""
        try:
            return bool(self.inner.exists())
        except Exception:  # noqa: BLE001 - foreign code; not to know is not to have
            return False

    def digest(self) -> str:
        """Digest the file, where there is one."""
        return self.describe(content=True).digest

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the dataset as far as it lets itself be seen."""
        path = self._local_file()
        if path is None:
            return DatasetDescription(type=self._type, location=mask(str(getattr(self.inner, "_filepath", ""))))
        digest, size = LocalPlace(path).content() if content and path.exists() else ("", 0)
        return DatasetDescription(type=self._type, location=str(path), is_local=True, digest=digest, size=size)

    def __repr__(self) -> str:
        return f"AdaptedDataset({self._type!r})"
