"""Creation of datasets from entries of the catalog."""

import copy
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.catalog.adapted import AdaptedConfirmable, AdaptedDataset, has_versions
from treadle.catalog.dataset import ConfirmableDataset, Dataset
from treadle.catalog.digests import Contents
from treadle.catalog.entry_type import Resolved, resolve_type
from treadle.catalog.extensions import ending_of, infer_type
from treadle.catalog.figures import FiguresDataset
from treadle.catalog.file import FileDataset
from treadle.catalog.foreign import find_class, make_foreign
from treadle.catalog.format import EngineFormat, Format
from treadle.catalog.location import Location, find_location
from treadle.catalog.memory import MemoryDataset
from treadle.catalog.open_args import Opening
from treadle.catalog.options import check_keys, dict_of, required
from treadle.catalog.partition_entry import make_incremental, make_partitioned
from treadle.catalog.sql import SqlQueryDataset, SqlTableDataset
from treadle.catalog.versions import Versions
from treadle.errors import CatalogError, TreadleError, nearest
from treadle.files import is_remote

_COMMON: Final = {
    "type",
    "metadata",
    "layer",
    "cache",
    "validator",
}  # layer was the metadata of old projects
_FILE: Final = _COMMON | {
    "filepath",
    "engine",
    "load_args",
    "save_args",
    "credentials",
    "fs_args",
    "versioned",
}
_MORE: Final = {"pickle": {"backend"}, "matplotlib": {"overwrite"}}
_SQL: Final = _COMMON | {"version", "credentials", "load_args"}
_SQL_TABLE: Final = _SQL | {"table_name", "save_args"}
_SQL_QUERY: Final = _SQL | {"sql", "filepath", "fs_args", "execution_options"}
_OURS: Final = {"type", "validator", "cache", "engine", "version", "layer"}
"""Keys of an entry that are not passed to a foreign class."""
_MEMORY: Final = _COMMON | {"data", "copy_mode"}


class EntryMaker(msgspec.Struct, frozen=True, kw_only=True):
    """The factory of datasets from entries."""

    formats: Mapping[str, str]
    """Short name to ``module:Class``."""
    root: Path
    """The folder that relative paths refer to."""
    credentials: Mapping[str, Any] = {}
    missing_credentials: Mapping[str, TreadleError] = {}
    """Errors of credentials that cannot be used, by name."""
    packages: tuple[str, ...] = ()
    """Packages from which the project's own dataset classes may be imported."""
    contents: Contents = msgspec.field(default_factory=Contents)
    """The cache of files' digests."""

    def make(self, name: str, entry: Any, *, load_version: str = "") -> Dataset:
        """Create the dataset of one entry.

        Args:
            name: The name of the entry.
            entry: A dict, or just the filepath.
            load_version: The version to load instead of the latest.

        Raises:
            CatalogError: The entry is invalid; the message names it.
        """
        options = {"filepath": entry} if isinstance(entry, str) else entry
        try:
            resolved = self._resolve(options)
            made = self._make(name, resolved, dict(options), load_version)
        except CatalogError as error:
            raise error.within(f'Dataset "{name}"') from error
        return made

    def engines(self, entry: Any) -> tuple[str, ...] | None:
        """List the libraries that can load an entry; None for types without such a choice."""
        resolved = self._resolve({"filepath": entry} if isinstance(entry, str) else entry)
        if resolved.is_foreign:
            return ()
        if resolved.name not in self.formats:
            return None
        module, _, attribute = self.formats[resolved.name].partition(":")
        return tuple(getattr(getattr(import_module(module), attribute), "engines", ()))

    def _resolve(self, options: Any) -> Resolved:
        if not isinstance(options, Mapping):
            raise CatalogError(f"an entry is a dict or a filepath, not {type(options).__name__}.")
        if options.get("cache", True) not in (True, False, "store"):
            raise CatalogError(
                f"its cache is {options['cache']!r}.",
                hint="It is false (always made again) or store (kept by digest).",
            )
        given = options.get("type")
        if not given:
            return infer_type(str(options.get("filepath", "")), self.formats)
        if not isinstance(given, str):
            raise CatalogError(f"its type is {given!r}, which is not a string.")
        return resolve_type(given, self.formats)

    def _make(
        self, name: str, resolved: Resolved, options: dict[str, Any], load_version: str
    ) -> Dataset:
        if resolved.is_foreign:
            if load_version and not options.get("versioned"):
                raise _not_versioned(load_version)
            return self._foreign(resolved.name, options, load_version)
        if load_version and not options.get("versioned"):
            raise _not_versioned(load_version)
        if resolved.name == "memory":
            check_keys(options, _MEMORY)
            return MemoryDataset(
                **{key: options[key] for key in ("data", "copy_mode") if key in options}
            )
        if resolved.name in ("sql_table", "sql_query"):
            return self._sql(resolved.name, options)
        if resolved.name == "partitioned":
            return make_partitioned(self, options)
        if resolved.name == "incremental":
            return make_incremental(self, name, options)
        return self._file(resolved, options, load_version)

    def _file(self, resolved: Resolved, options: dict[str, Any], load_version: str) -> Dataset:
        check_keys(options, _FILE | _MORE.get(resolved.name, set()))
        load_args = dict(dict_of(options, "load_args"))
        save_args = dict(dict_of(options, "save_args"))
        fs_args = dict(dict_of(options, "fs_args"))
        engine = options.get("engine") or options.get("backend") or resolved.engine
        file_format = self.format(resolved.name, engine)
        filepath = required(options, "filepath")
        if isinstance(file_format, EngineFormat):
            file_format.check_options(load_args, save_args)
            if not options.get("type"):
                loading, saving = file_format.defaults_of(ending_of(str(filepath)))
                load_args, save_args = {**loading, **load_args}, {**saving, **save_args}
        if getattr(file_format, "can_append", False) and "mode" in save_args:
            # The library would open the staged file, and append to nothing.
            fs_args["open_args_save"] = {
                **(fs_args.get("open_args_save") or {}),
                "mode": save_args.pop("mode"),
            }
        opening = Opening.of(fs_args, file_format).compressed(str(filepath), load_args, save_args)
        location = self.location(filepath, options)
        versioned = bool(options.get("versioned"))
        if resolved.name == "matplotlib":
            return FiguresDataset(
                file_format,
                location,
                load_args=load_args,
                save_args=save_args,
                versioned=versioned,
                load_version=load_version,
                overwrite=bool(options.get("overwrite")),
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

    def format(self, name: str, engine: str) -> Format:
        """Create a format by its short name.

        Raises:
            CatalogError: It does not support this engine.
        """
        module, _, attribute = self.formats[name].partition(":")
        found = getattr(import_module(module), attribute)
        made: Format = found(engine)
        return made

    def location(self, filepath: Any, options: Mapping[str, Any]) -> Location:
        """Return the location of a ``filepath`` or ``path``; relative ones start at the project."""
        return find_location(filepath, self.root, self.remote_options(options), self.contents)

    def remote_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a remote file system: ``fs_args`` and credentials."""
        arguments = dict(dict_of(options, "fs_args"))
        for key in ("open_args_load", "open_args_save"):
            arguments.pop(key, None)
        return {**arguments, **self.credentials_of(options)}

    def credentials_of(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the credentials of an entry: inline ones, or those that it names.

        Raises:
            CatalogError: There are none of that name.
        """
        given = options.get("credentials")
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return dict(given)
        if given in self.missing_credentials:
            error = self.missing_credentials[given]
            raise CatalogError(
                f'"{given}" of credentials.yml cannot be used: {error.message}', hint=error.hint
            )
        found = self.credentials.get(given)
        if found is None:
            raise CatalogError(
                f'"{given}" is not in credentials.yml.',
                hint=f"{nearest(str(given), self.credentials)} They belong in "
                "conf/local/credentials.yml.",
            )
        return dict(found) if isinstance(found, Mapping) else {"con": found}

    def _sql(self, name: str, options: dict[str, Any]) -> Dataset:
        check_keys(options, _SQL_QUERY if name == "sql_query" else _SQL_TABLE)
        url = self.credentials_of(options).get("con")
        if not url:
            raise CatalogError(
                "it has no connection.", hint="Give credentials with con: the URL of the database."
            )
        load_args = dict_of(options, "load_args")
        if name == "sql_query":
            query = options.get("sql") or (self.root / required(options, "filepath")).read_text(
                encoding="utf-8"
            )
            execution = dict_of(options, "execution_options")
            return SqlQueryDataset(
                str(url), query, load_args=load_args, execution_options=execution
            )
        save_args = dict(dict_of(options, "save_args"))
        schema = save_args.pop("schema", None)
        return SqlTableDataset(
            str(url),
            required(options, "table_name"),
            schema=schema,
            load_args=load_args,
            save_args=save_args,
        )

    def _foreign(self, name: str, options: dict[str, Any], load_version: str) -> Dataset:
        cls = find_class(name, self.packages)
        arguments = self.foreign_arguments(options)
        filepath = arguments.get("filepath")
        is_versioned = arguments.pop("versioned", False) or load_version
        versions = None
        if is_versioned:
            if not has_versions(cls) or filepath is None:
                raise CatalogError(
                    f'the type "{name}" has no versions.', hint="Remove versioned from its entry."
                )
            versions = Versions(self.location(filepath, options), load_version)

        def create(path: Path | None) -> Any:
            given = arguments if path is None else {**arguments, "filepath": str(path)}
            return make_foreign(name, cls, copy.deepcopy(given))

        confirms = hasattr(cls, "confirm") and not issubclass(cls, ConfirmableDataset)
        if issubclass(cls, Dataset) and versions is None and not confirms:
            own: Dataset = create(None)
            return own
        # Every dataset of Kedro can be created again for another file.
        can_stage = filepath is not None and hasattr(cls, "_copy")
        adapted = AdaptedConfirmable if hasattr(cls, "confirm") else AdaptedDataset
        return adapted(create, name, versions, can_stage=can_stage, contents=self.contents)

    def foreign_arguments(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a foreign class, with resolved paths and credentials."""
        arguments: dict[str, Any] = {}
        for key, value in options.items():
            if key in _OURS:
                continue
            if key == "credentials" and isinstance(value, str):
                arguments[key] = self.credentials_of(options)
            elif key in ("filepath", "path") and isinstance(value, str) and not is_remote(value):
                arguments[key] = str(self.root / value)
            elif key in ("dataset", "checkpoint") and isinstance(value, Mapping):
                type_of = {"type": value["type"]} if "type" in value else {}
                arguments[key] = {**type_of, **self.foreign_arguments(value)}
            else:
                arguments[key] = value
        return arguments


def _not_versioned(version: str) -> CatalogError:
    return CatalogError(
        f"version {version} was asked for, but it is not versioned.", hint="Add versioned: true."
    )
