"""Creation of partitioned and incremental datasets from catalog entries."""

import copy
import operator
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import msgspec

from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset
from treadle.catalog.entry_type import resolve_type
from treadle.catalog.foreign import find_class
from treadle.catalog.foreign_entry import foreign_arguments
from treadle.catalog.format import EngineFormat, Format
from treadle.catalog.incremental import Checkpoint, IncrementalDataset, checkpoint_within
from treadle.catalog.location import Location
from treadle.catalog.open_args import Opening
from treadle.catalog.options import CommonOptions, dict_of, parse_options
from treadle.catalog.partition_type import ForeignPartitions, FormatPartitions, PartitionType
from treadle.catalog.partitioned import Listing, PartitionedDataset
from treadle.errors import CatalogError

CreateDataset = Callable[[EntryContext, str, Mapping[str, Any]], Dataset]
"""Creates the dataset of an entry: that of a checkpoint may have any type."""


class FolderOptions(CommonOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of every entry of a folder of files."""

    path: Any
    dataset: Any
    """The type of each file, or a dict like an entry."""
    filename_suffix: Any = None
    filepath_arg: Any = None
    engine: Any = None
    load_args: Mapping[str, Any] = {}
    """How the folder is listed: the arguments of fsspec's ``find``."""
    credentials: Any = None
    fs_args: Any = None

    @property
    def file_argument(self) -> str:
        """The argument for the file of a class of another library."""
        return str(self.filepath_arg or "filepath")


class PartitionedOptions(FolderOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a partitioned dataset."""

    overwrite: Any = False
    save_lazily: Any = True


class IncrementalOptions(FolderOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of an incremental dataset."""

    checkpoint: Any = None


class PartitionOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of the ``dataset`` of such an entry, if it has a format of the catalog."""

    type: Any
    metadata: Any = None
    layer: Any = None
    engine: Any = None
    backend: Any = None
    load_args: Mapping[str, Any] = {}
    save_args: Mapping[str, Any] = {}
    credentials: Any = None
    fs_args: Any = None


class ListingOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of the ``load_args`` of such an entry."""

    maxdepth: Any = None
    withdirs: Any = False


_HINTS: Final = {
    "save_args": "Those of the partitions are written below dataset.",
    "versioned": "Partitions have no versions: version the dataset that is made of them.",
}


def create_partitioned(context: EntryContext, entry: Mapping[str, Any]) -> Dataset:
    """Create a partitioned dataset."""
    options = parse_options(PartitionedOptions, entry, hints=_HINTS)
    location = context.location(options.path, entry)
    return PartitionedDataset(
        _partition_type(context, options, entry, location),
        location,
        listing=_listing(options),
        overwrite=bool(options.overwrite),
        calls=bool(options.save_lazily),
    )


def create_incremental(
    context: EntryContext, name: str, entry: Mapping[str, Any], create: CreateDataset
) -> Dataset:
    """Create an incremental dataset, and with ``create`` the one that stores its checkpoint."""
    hints = {**_HINTS, "overwrite": "Its partitions are added to."}
    options = parse_options(IncrementalOptions, entry, hints=hints)
    location = context.location(options.path, entry)
    checkpoint = _checkpoint(context, name, entry, create)
    listing = _listing(options, apart=checkpoint_within(location, checkpoint.dataset))
    partitions = _partition_type(context, options, entry, location)
    return IncrementalDataset(partitions, location, listing=listing, checkpoint=checkpoint)


def _listing(options: FolderOptions, apart: frozenset[str] = frozenset()) -> Listing:
    """Parse the ``load_args``, which are those of fsspec's ``find``."""
    listing = parse_options(
        ListingOptions,
        options.load_args,
        where="its load_args have",
        hints={"detail": "Remove it: it changes nothing."},
    )
    depth = listing.maxdepth
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 1):
        raise CatalogError(f"its maxdepth is {depth!r}.", hint="It is a number of levels: 1, 2, …")
    return Listing(
        suffix=str(options.filename_suffix or ""),
        depth=depth,
        folders=bool(listing.withdirs),
        apart=apart,
    )


def _partition_type(
    context: EntryContext, options: FolderOptions, entry: Mapping[str, Any], location: Location
) -> PartitionType:
    inner = _inner_entry(options)
    resolved = resolve_type(inner["type"], context.formats)
    if resolved.is_foreign:
        partitions = _foreign(context, resolved.name, inner, options)
        # Errors of the entry are raised before anything is loaded or saved.
        partitions.at(location.child(f"partition{options.filename_suffix or ''}"))
        return partitions
    if resolved.name not in context.formats:
        raise CatalogError(
            f'partitions cannot be of type "{inner["type"]}".',
            hint="A class of yours or of kedro-datasets, or one of "
            f"{', '.join(sorted(context.formats))}.",
        )
    if options.file_argument != "filepath":
        raise CatalogError(
            f'its filepath_arg is "{options.file_argument}", but a dataset of type '
            f"{resolved.name} has a filepath."
        )
    partition = parse_options(PartitionOptions, inner, where="its dataset has")
    engine = partition.engine or partition.backend or options.engine or resolved.engine
    # What the partitions do not have of their own is that of the folder.
    inherited = {key: entry[key] for key in ("fs_args", "credentials") if key in entry}
    own = {key: inner[key] for key in ("fs_args", "credentials") if key in inner}
    opening = dict_of({**inherited, **own}, "fs_args")
    remote_options = context.remote_options({**inherited, **own}) if own else None
    return _format(context.create_format(resolved.name, engine), partition, opening, remote_options)


def _inner_entry(options: FolderOptions) -> Mapping[str, Any]:
    """Validate the ``dataset`` of a folder, and return it as a dict."""
    inner = {"type": options.dataset} if isinstance(options.dataset, str) else options.dataset
    if not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
        raise CatalogError("its dataset has no type.", hint="Write dataset: {type: csv, …}.")
    if inner.get("versioned"):
        raise CatalogError("its dataset is versioned.", hint=_HINTS["versioned"])
    if options.file_argument in inner:
        raise CatalogError(
            f"its dataset has a {options.file_argument}, which is that of each partition.",
            hint="Remove it.",
        )
    return inner


def _format(
    file_format: Format,
    options: PartitionOptions,
    open_args: Mapping[str, Any],
    remote_options: dict[str, Any] | None,
) -> FormatPartitions:
    opening = Opening.of(open_args, file_format)
    if isinstance(file_format, EngineFormat):
        file_format.check_options(options.load_args, options.save_args)
    if opening.appends or "mode" in options.save_args:
        raise CatalogError(
            "its partitions are appended to.",
            hint="Each partition is saved whole: remove the mode.",
        )
    return FormatPartitions(
        file_format,
        load_args=options.load_args,
        save_args=options.save_args,
        opening=opening,
        remote_options=remote_options,
    )


def _foreign(
    context: EntryContext,
    name: str,
    inner: Mapping[str, Any],
    options: FolderOptions,
) -> ForeignPartitions:
    arguments = foreign_arguments(context, {key: inner[key] for key in inner if key != "versioned"})
    if options.credentials is not None and "credentials" not in arguments:
        arguments["credentials"] = context.find_credentials(options.credentials)
    if options.fs_args and "fs_args" not in arguments:
        arguments["fs_args"] = copy.deepcopy(options.fs_args)
    cls = find_class(name, context.packages)
    return ForeignPartitions(name, cls, arguments, options.file_argument)


def _checkpoint(
    context: EntryContext, name: str, entry: Mapping[str, Any], create: CreateDataset
) -> Checkpoint:
    checkpoint = entry.get("checkpoint")
    if checkpoint is not None and not isinstance(checkpoint, str | Mapping):
        raise CatalogError(
            f"its checkpoint is {type(checkpoint).__name__}.",
            hint="It is a dict, or the name of a partition: all after it are loaded.",
        )
    options = (
        {"force_checkpoint": checkpoint} if isinstance(checkpoint, str) else dict(checkpoint or {})
    )
    if "versioned" in options or "version" in options:
        raise CatalogError(
            "its checkpoint is versioned.", hint="Remove that: a checkpoint has none."
        )
    forced = options.pop("force_checkpoint", None)
    compare = options.pop("comparison_func", None)
    folder = str(entry["path"]).rstrip("/")
    inherited = {key: entry[key] for key in ("credentials", "fs_args") if key in entry}
    defaults = {"type": "text", "filepath": f"{folder}/CHECKPOINT"}
    dataset = create(context, f"{name}: checkpoint", {**defaults, **inherited, **options})
    is_after = operator.gt if compare is None else _function(str(compare), context.packages)
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
        compare = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise CatalogError(f'the comparison_func "{name}" cannot be imported: {error}.') from error
    if not callable(compare):
        raise CatalogError(f'the comparison_func "{name}" is not a function.')
    is_after: Callable[[str, str], Any] = compare
    return is_after
