"""Creation of datasets of other packages' classes from catalog entries."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from treadle.catalog.adapted import AdaptedConfirmable, AdaptedDataset, has_versions
from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import ConfirmableDataset, Dataset
from treadle.catalog.foreign import create_foreign, find_class
from treadle.catalog.versions import Versions
from treadle.errors import CatalogError
from treadle.files import is_remote

_OURS: Final = {"type", "validator", "cache", "engine", "version", "layer"}
"""Keys of an entry that are not passed to a foreign class."""


def create_foreign_dataset(
    context: EntryContext, name: str, entry: Mapping[str, Any], load_version: str
) -> Dataset:
    """Create a dataset of a class of kedro-datasets or of the project."""
    cls = find_class(name, context.packages)
    arguments = foreign_arguments(context, entry)
    filepath = arguments.get("filepath")
    versions = None
    if arguments.pop("versioned", False) or load_version:
        if not has_versions(cls) or filepath is None:
            raise CatalogError(
                f'the type "{name}" has no versions.', hint="Remove versioned from its entry."
            )
        versions = Versions(context.location(filepath, entry), load_version)

    def create(path: Path | None) -> Any:
        options = arguments if path is None else {**arguments, "filepath": str(path)}
        return create_foreign(name, cls, copy.deepcopy(options))

    is_confirmable = hasattr(cls, "confirm")
    is_adapted = is_confirmable and not issubclass(cls, ConfirmableDataset)
    if issubclass(cls, Dataset) and versions is None and not is_adapted:
        dataset: Dataset = create(None)
        return dataset
    # Every dataset of Kedro can be created again for another file.
    can_stage = filepath is not None and hasattr(cls, "_copy")
    adapted = AdaptedConfirmable if is_confirmable else AdaptedDataset
    return adapted(create, name, versions, can_stage=can_stage, digests=context.digests)


def foreign_arguments(context: EntryContext, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a foreign class, with resolved paths and credentials."""
    arguments: dict[str, Any] = {}
    for key, value in entry.items():
        if key in _OURS:
            continue
        if key == "credentials" and isinstance(value, str):
            arguments[key] = context.find_credentials(value)
        elif key in ("filepath", "path") and isinstance(value, str) and not is_remote(value):
            arguments[key] = str(context.root / value)
        elif key in ("dataset", "checkpoint") and isinstance(value, Mapping):
            type_of = {"type": value["type"]} if "type" in value else {}
            arguments[key] = {**type_of, **foreign_arguments(context, value)}
        else:
            arguments[key] = value
    return arguments
