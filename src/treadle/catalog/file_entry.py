"""Creation of datasets of a file from catalog entries."""

from collections.abc import Mapping
from typing import Any, Final

from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset
from treadle.catalog.entry_type import Resolved
from treadle.catalog.extensions import ending_of
from treadle.catalog.figures import FiguresDataset
from treadle.catalog.file import FileDataset
from treadle.catalog.format import EngineFormat, Format
from treadle.catalog.open_args import Opening
from treadle.catalog.options import CommonOptions, parse_options


class FileOptions(CommonOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a file."""

    filepath: Any
    engine: Any = None
    load_args: Mapping[str, Any] = {}
    save_args: Mapping[str, Any] = {}
    credentials: Any = None
    fs_args: Mapping[str, Any] = {}
    versioned: Any = False


class PickleOptions(FileOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a pickle."""

    backend: Any = None
    """The engine, as Kedro calls it."""


class FiguresOptions(FileOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of one or several figures."""

    overwrite: Any = False
    """Whether several figures replace all other files in the folder."""


_KINDS: Final[Mapping[str, type[FileOptions]]] = {
    "pickle": PickleOptions,
    "matplotlib": FiguresOptions,
}


def create_file(
    context: EntryContext, resolved: Resolved, entry: Mapping[str, Any], load_version: str
) -> Dataset:
    """Create a dataset of a file."""
    options = parse_options(_KINDS.get(resolved.name, FileOptions), entry)
    backend = options.backend if isinstance(options, PickleOptions) else None
    file_format = context.create_format(resolved.name, options.engine or backend or resolved.engine)
    load_args, save_args = _arguments(options, file_format)
    open_args = dict(options.fs_args)
    if getattr(file_format, "can_append", False) and "mode" in save_args:
        # The library would open the staged file, and append to nothing.
        mode = save_args.pop("mode")
        open_args["open_args_save"] = {**(open_args.get("open_args_save") or {}), "mode": mode}
    filepath = str(options.filepath)
    opening = Opening.of(open_args, file_format).compressed(filepath, load_args, save_args)
    location = context.location(options.filepath, entry)
    versioned = bool(options.versioned)
    if isinstance(options, FiguresOptions):
        return FiguresDataset(
            file_format,
            location,
            load_args=load_args,
            save_args=save_args,
            versioned=versioned,
            load_version=load_version,
            overwrite=bool(options.overwrite),
        )
    return FileDataset(
        file_format,
        location,
        load_args=load_args,
        save_args=save_args,
        opening=opening,
        versioned=versioned,
        load_version=load_version,
    )


def _arguments(options: FileOptions, file_format: Format) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments for loading and saving, with those that the extension implies."""
    load_args, save_args = dict(options.load_args), dict(options.save_args)
    if not isinstance(file_format, EngineFormat):
        return load_args, save_args
    file_format.check_options(load_args, save_args)
    if options.type:
        return load_args, save_args
    loading, saving = file_format.defaults_of(ending_of(str(options.filepath)))
    return {**loading, **load_args}, {**saving, **save_args}
