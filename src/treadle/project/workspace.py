"""What a run of a pipeline needs besides the pipeline: data, parameters, plugins, and a record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog import DataCatalog
from treadle.catalog.cache import ContentCache
from treadle.config import Parameters
from treadle.hooks import Hooks
from treadle.masking import mask_tree
from treadle.project.run_options import RunOptions
from treadle.store import StoreLocation, check_store
from treadle.tracking import Run, choose_location
from treadle.tracking.recorded_run import Recording


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """The data, parameters and plugins of runs, and how they are recorded."""

    catalog: DataCatalog
    parameters: Parameters
    hooks: Hooks
    folder: Path
    """The folder of the code, for the record."""
    store_from: Path
    """The folder from which the project that sets the store is searched."""
    name: str
    experiment: str
    configuration: Mapping[str, Any] = {}
    """The recorded configuration, besides the parameters; without secrets."""
    code: tuple[Path, ...] = ()
    """Files and folders of the code, which are stored if it is not in a repository."""
    cache_limit: int = 10**10
    """The maximum size in bytes of the cache of datasets that request it."""
    result_limit: int = 10**7
    """The maximum size in bytes of a result that is stored without an entry that saves it."""
    keeps_results: bool = True
    """Whether results are stored if nothing is saved; False if a program receives them."""

    def locate(self, options: RunOptions, parent: Run | None = None) -> StoreLocation:
        """Return the store of a run: the requested one, that of its parent, or the project's.

        Raises:
            StoreError: It cannot be opened, or is read-only.
        """
        if parent is not None and not options.store:
            location = parent.location
        else:
            location = choose_location(options.store, self.store_from)
        check_store(location)
        return location

    def recording(
        self, options: RunOptions, params: Mapping[str, Any], parent: Run | None = None
    ) -> Recording:
        """Return what is recorded of a run at its start.

        Args:
            options: How it is recorded.
            params: The parameters that its nodes read, by dotted path.
            parent: The run that it is started in, whose experiment it inherits.
        """
        inherited = parent.experiment if parent is not None else ""
        return Recording(
            kind="pipeline",
            name=options.name or self.name,
            experiment=options.experiment or inherited or self.experiment,
            command=options.command,
            params=params,
            tags=options.tags,
            folder=self.folder,
            code=self.code,
            configuration={
                "parameters": mask_tree(self.parameters.tree),
                "seed": options.seed,
                **self.configuration,
            },
        )

    def run_params(self, options: RunOptions) -> dict[str, Any]:
        """Return the request, for plugins."""
        return {
            **(self.configuration.get("request") or {}),
            "environment": self.configuration.get("environment", ""),
            "seed": options.seed,
            "fresh": options.fresh,
        }

    def cache(self, location: StoreLocation) -> ContentCache:
        """Return the cache of contents beside a store."""
        return ContentCache(location.folder / "contents", self.cache_limit)
