"""The history of a project's datasets in its runs."""

from pathlib import Path

from treadle.catalog import Revision
from treadle.catalog.cache import ContentCache
from treadle.errors import DataNotFoundError, RunNotFoundError
from treadle.pipelines import base_name
from treadle.store import open_store
from treadle.tracking import choose_location


class RunHistory:
    """The runs of one project; its store is opened on the first query.

    Args:
        folder: The project's folder.
        store: The location of the runs, if not the project's.
    """

    def __init__(self, folder: Path, store: str = "") -> None:
        self._folder = folder
        self._store = store

    def find(self, dataset: str, run: str) -> Revision:
        """Return the content of a dataset that a run wrote, or else read."""
        store = open_store(choose_location(self._store, self._folder))
        try:
            details = store.get_run(run)
        except RunNotFoundError as error:
            raise DataNotFoundError(
                f'"{dataset}" has no version "{run}", and '
                f"{error.message[0].lower()}{error.message[1:]}",
                hint=error.hint,
            ) from error
        finally:
            store.close()
        uses = [use for use in details.datasets if base_name(use.dataset) == dataset]
        if not uses:
            names = ", ".join(sorted({use.dataset for use in details.datasets})) or "no dataset"
            raise DataNotFoundError(
                f'Run "{run}" did not use "{dataset}".', hint=f"It used {names}."
            )
        best = next((use for use in uses if use.role != "read"), uses[0])
        return Revision(best.version, best.digest)

    def locate(self, digest: str) -> Path | None:
        """Return where content is stored; None if it is not."""
        cache = ContentCache(choose_location(self._store, self._folder).folder / "contents", 0)
        return cache.locate(digest) if cache.is_sound(digest) else None
