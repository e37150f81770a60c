"""Creation of partitioned and incremental datasets from catalog entries."""

import copy
import operator
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from treadle.catalog.dataset import Dataset
from treadle.catalog.entry_type import resolve_type
from treadle.catalog.foreign import find_class
from treadle.catalog.format import EngineFormat
from treadle.catalog.incremental import Checkpoint, IncrementalDataset, checkpoint_within
from treadle.catalog.location import Location
from treadle.catalog.open_args import Opening
from treadle.catalog.options import check_keys, dict_of, required
from treadle.catalog.partition_type import ForeignPartitions, FormatPartitions, PartitionType
from treadle.catalog.partitioned import Listing, PartitionedDataset
from treadle.errors import CatalogError

if TYPE_CHECKING:
    from treadle.catalog.entries import EntryMaker


_COMMON: Final = frozenset(
    {
        "type",
        "metadata",
        "layer",
        "cache",
        "validator",
        "path",
        "dataset",
        "filename_suffix",
        "filepath_arg",
        "engine",
        "load_args",
        "credentials",
        "fs_args",
    }
)
_PARTITIONED: Final = _COMMON | {"overwrite", "save_lazily"}
_INCREMENTAL: Final = _COMMON | {"checkpoint"}
_INNER: Final = frozenset(
    {
        "type",
        "metadata",
        "layer",
        "engine",
        "backend",
        "load_args",
        "save_args",
        "credentials",
        "fs_args",
    }
)
_HINTS: Final = {
    "save_args": "Those of the partitions are written below dataset.",
    "versioned": "Partitions have no versions: version the dataset that is made of them.",
}


def make_partitioned(maker: "EntryMaker", options: dict[str, Any]) -> Dataset:
    """Create a partitioned dataset.

    Raises:
        CatalogError: The entry is invalid.
    """
    check_keys(options, _PARTITIONED, hints=_HINTS)
    location = maker.location(required(options, "path"), options)
    return PartitionedDataset(
        _partition_type(maker, options, location),
        location,
        listing=_listing(options),
        overwrite=bool(options.get("overwrite")),
        calls=bool(options.get("save_lazily", True)),
    )


def make_incremental(maker: "EntryMaker", name: str, options: dict[str, Any]) -> Dataset:
    """Create an incremental dataset.

    Raises:
        CatalogError: The entry is invalid.
    """
    check_keys(options, _INCREMENTAL, hints={**_HINTS, "overwrite": "Its partitions are added to."})
    location = maker.location(required(options, "path"), options)
    checkpoint = _checkpoint(maker, name, options)
    listing = _listing(options, apart=checkpoint_within(location, checkpoint.dataset))
    return IncrementalDataset(
        _partition_type(maker, options, location), location, listing=listing, checkpoint=checkpoint
    )


def _listing(options: Mapping[str, Any], apart: frozenset[str] = frozenset()) -> Listing:
    """Parse the ``load_args``, which are those of fsspec's ``find``."""
    given = dict_of(options, "load_args")
    check_keys(
        given,
        {"maxdepth", "withdirs"},
        where="its load_args have",
        hints={"detail": "Remove it: it changes nothing."},
    )
    depth = given.get("maxdepth")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 1):
        raise CatalogError(f"its maxdepth is {depth!r}.", hint="It is a number of levels: 1, 2, …")
    return Listing(
        suffix=str(options.get("filename_suffix") or ""),
        depth=depth,
        folders=bool(given.get("withdirs")),
        apart=apart,
    )


def _partition_type(
    maker: "EntryMaker", options: Mapping[str, Any], location: Location
) -> PartitionType:
    given = required(options, "dataset")
    inner = {"type": given} if isinstance(given, str) else given
    if not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
        raise CatalogError("its dataset has no type.", hint="Write dataset: {type: csv, …}.")
    if inner.get("versioned"):
        raise CatalogError("its dataset is versioned.", hint=_HINTS["versioned"])
    filepath_arg = str(options.get("filepath_arg") or "filepath")
    if filepath_arg in inner:
        raise CatalogError(
            f"its dataset has a {filepath_arg}, which is that of each partition.", hint="Remove it."
        )
    resolved = resolve_type(inner["type"], maker.formats)
    if resolved.is_foreign:
        found = _foreign(maker, resolved.name, inner, options, filepath_arg)
        # Errors of the entry are raised before anything is loaded or saved.
        found.at(location.child(f"partition{options.get('filename_suffix') or ''}"))
        return found
    if resolved.name not in maker.formats:
        raise CatalogError(
            f'partitions cannot be of type "{inner["type"]}".',
            hint="A class of yours or of kedro-datasets, or one of "
            f"{', '.join(sorted(maker.formats))}.",
        )
    if filepath_arg != "filepath":
        raise CatalogError(
            f'its filepath_arg is "{filepath_arg}", but a dataset of type {resolved.name} has a '
            "filepath."
        )
    return _format(maker, resolved.name, resolved.engine, inner, options)


def _format(
    maker: "EntryMaker",
    name: str,
    engine: str,
    inner: Mapping[str, Any],
    options: Mapping[str, Any],
) -> FormatPartitions:
    check_keys(inner, _INNER, where="its dataset has")
    engine = inner.get("engine") or inner.get("backend") or options.get("engine") or engine
    file_format = maker.format(name, engine)
    fs_args = dict_of(inner if "fs_args" in inner else options, "fs_args")
    opening = Opening.of(fs_args, file_format)
    load_args, save_args = dict_of(inner, "load_args"), dict_of(inner, "save_args")
    if isinstance(file_format, EngineFormat):
        file_format.check_options(load_args, save_args)
    if opening.appends or "mode" in save_args:
        raise CatalogError(
            "its partitions are appended to.",
            hint="Each partition is saved whole: remove the mode.",
        )
    has_own = "fs_args" in inner or "credentials" in inner
    return FormatPartitions(
        file_format,
        load_args=load_args,
        save_args=save_args,
        opening=opening,
        remote_options=maker.remote_options({**options, **inner}) if has_own else None,
    )


def _foreign(
    maker: "EntryMaker",
    name: str,
    inner: Mapping[str, Any],
    options: Mapping[str, Any],
    filepath_arg: str,
) -> ForeignPartitions:
    arguments = maker.foreign_arguments({key: inner[key] for key in inner if key != "versioned"})
    if options.get("credentials") is not None and "credentials" not in arguments:
        arguments["credentials"] = maker.credentials_of(options)
    if options.get("fs_args") and "fs_args" not in arguments:
        arguments["fs_args"] = copy.deepcopy(options["fs_args"])
    return ForeignPartitions(name, find_class(name, maker.packages), arguments, filepath_arg)


def _checkpoint(maker: "EntryMaker", name: str, options: Mapping[str, Any]) -> Checkpoint:
    given = options.get("checkpoint")
    if given is not None and not isinstance(given, str | Mapping):
        raise CatalogError(
            f"its checkpoint is {type(given).__name__}.",
            hint="It is a dict, or the name of a partition: all after it are loaded.",
        )
    config = dict({"force_checkpoint": given} if isinstance(given, str) else given or {})
    if "versioned" in config or "version" in config:
        raise CatalogError(
            "its checkpoint is versioned.", hint="Remove that: a checkpoint has none."
        )
    forced = config.pop("force_checkpoint", None)
    compare = config.pop("comparison_func", None)
    path = str(options["path"]).rstrip("/")
    defaults = {"type": "text", "filepath": f"{path}/CHECKPOINT"}
    for key in ("credentials", "fs_args"):
        if key in options and key not in config:
            defaults[key] = options[key]
    dataset = maker.make(f"{name}: checkpoint", {**defaults, **config})
    is_after = operator.gt if compare is None else _function(str(compare), maker.packages)
    return Checkpoint(dataset, is_after, None if forced is None else str(forced))


def _function(name: str, packages: tuple[str, ...]) -> Callable[[str, str], Any]:
    """Import a function, only from the project's own packages: a catalog chooses no other code."""
    module, _, attribute = name.rpartition(".")
    if module.partition(".")[0] not in {"operator", *packages}:
        raise CatalogError(
            f'the comparison_func "{name}" is of another package.',
            hint="Use one of operator, or a function of the project: my_project.dates.is_after.",
        )
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise CatalogError(f'the comparison_func "{name}" cannot be imported: {error}.') from error
    if not callable(found):
        raise CatalogError(f'the comparison_func "{name}" is not a function.')
    compare: Callable[[str, str], Any] = found
    return compare
