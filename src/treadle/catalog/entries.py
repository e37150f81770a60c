"""Creation of datasets from entries of the catalog."""

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset
from treadle.catalog.entry_type import Resolved, resolve_type
from treadle.catalog.extensions import infer_type
from treadle.catalog.file_entry import create_file
from treadle.catalog.foreign_entry import create_foreign_dataset
from treadle.catalog.memory import MemoryDataset
from treadle.catalog.options import CommonOptions, parse_options
from treadle.catalog.partition_entry import create_incremental, create_partitioned
from treadle.catalog.sql_entry import create_query, create_table
from treadle.errors import CatalogError


class MemoryOptions(CommonOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a value in memory."""

    data: Any = msgspec.UNSET
    copy_mode: Any = msgspec.UNSET


def create_dataset(
    context: EntryContext, name: str, entry: Mapping[str, Any], *, load_version: str = ""
) -> Dataset:
    """Create the dataset of an entry.

    Raises:
        CatalogError: The entry is invalid; the message names it.
    """
    try:
        resolved = resolve_entry(context, entry)
        _check(entry, load_version)
        return _create(context, name, resolved, entry, load_version)
    except CatalogError as error:
        raise error.within(f'Dataset "{name}"') from error


def _check(entry: Mapping[str, Any], load_version: str) -> None:
    if entry.get("cache", True) not in (True, False, "store"):
        raise CatalogError(
            f"its cache is {entry['cache']!r}.",
            hint="It is false (always made again) or store (kept by digest).",
        )
    if load_version and not entry.get("versioned"):
        raise CatalogError(
            f"version {load_version} was asked for, but it is not versioned.",
            hint="Add versioned: true.",
        )


def resolve_entry(context: EntryContext, entry: Mapping[str, Any]) -> Resolved:
    """Resolve the type of an entry; without one, it is inferred from the extension of the file."""
    type_name = entry.get("type")
    if not type_name:
        return infer_type(str(entry.get("filepath", "")), context.formats)
    if not isinstance(type_name, str):
        raise CatalogError(f"its type is {type_name!r}, which is not a string.")
    return resolve_type(type_name, context.formats)


def engines_of(context: EntryContext, entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    """List the libraries that can load an entry; None for types without such a choice."""
    resolved = resolve_entry(context, entry)
    if resolved.is_foreign:
        return ()
    if resolved.name not in context.formats:
        return None
    return tuple(getattr(context.format_class(resolved.name), "engines", ()))


def _create(
    context: EntryContext,
    name: str,
    resolved: Resolved,
    entry: Mapping[str, Any],
    load_version: str,
) -> Dataset:
    if resolved.is_foreign:
        return create_foreign_dataset(context, resolved.name, entry, load_version)
    match resolved.name:
        case "memory":
            options = msgspec.structs.asdict(parse_options(MemoryOptions, entry))
            chosen = {key: options[key] for key in ("data", "copy_mode")}
            return MemoryDataset(
                **{key: value for key, value in chosen.items() if value is not msgspec.UNSET}
            )
        case "sql_table":
            return create_table(context, entry)
        case "sql_query":
            return create_query(context, entry)
        case "partitioned":
            return create_partitioned(context, entry)
        case "incremental":
            return create_incremental(context, name, entry, create_dataset)
    return create_file(context, resolved, entry, load_version)
