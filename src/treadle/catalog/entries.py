"""Makes a dataset of an entry of the catalog."""

import copy
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.catalog.adapted import AdaptedDataset, has_versions
from treadle.catalog.contents import Contents
from treadle.catalog.dataset import Dataset
from treadle.catalog.file import FileDataset
from treadle.catalog.format import Format
from treadle.catalog.memory import MemoryDataset
from treadle.catalog.opening import Opening
from treadle.catalog.partitioned import PartitionedDataset
from treadle.catalog.place import Place, find_place
from treadle.catalog.sql import SqlQueryDataset, SqlTableDataset
from treadle.catalog.types import Resolved, find_class, infer_type, make_foreign, resolve_type
from treadle.catalog.versions import Versions
from treadle.errors import CatalogError, nearest
from treadle.files import is_remote

__all__ = ["EntryMaker"]

_COMMON: Final = {"type", "metadata", "layer", "cache", "validator"}  # layer is what metadata was in old projects
_FILE: Final = _COMMON | {"filepath", "engine", "load_args", "save_args", "credentials", "fs_args", "versioned"}
_PARTITIONED: Final = _COMMON | {
    "path", "dataset", "filename_suffix", "engine", "load_args", "save_args", "credentials", "fs_args", "overwrite"
}  # fmt: skip
_SQL: Final = _COMMON | {"version", "credentials", "load_args"}
_SQL_TABLE: Final = _SQL | {"table_name", "save_args"}
_SQL_QUERY: Final = _SQL | {"sql", "filepath", "fs_args", "execution_options"}
_OURS: Final = {"type", "validator", "cache", "engine", "version", "layer"}
"""Keys of an entry that are not for a foreign class."""
_MEMORY: Final = _COMMON | {"data", "copy_mode"}


class EntryMaker(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to make datasets of entries."""

    formats: Mapping[str, str]
    """Short name to ``module:Class``."""
    root: Path
    """What relative paths count from."""
    credentials: Mapping[str, Any] = {}
    packages: tuple[str, ...] = ()
    """Where datasets of the project's own may come from."""
    contents: Contents = msgspec.field(default_factory=Contents)
    """What remembers the digests of files."""

    def make(self, name: str, entry: Any, *, load_version: str = "") -> Dataset:
        """Make the dataset of one entry.

        Args:
            name: What the entry is called.
            entry: A dict, or just the filepath.
            load_version: The version to load instead of the latest.

        Raises:
            CatalogError: The entry is wrong; the message names it.
        """
        options = {"filepath": entry} if isinstance(entry, str) else entry
        try:
            resolved = self._resolve(options)
            made = self._make(resolved, dict(options), load_version)
        except CatalogError as error:
            raise error.within(f'Dataset "{name}"') from error
        return made

    def engines(self, entry: Any) -> tuple[str, ...] | None:
        """List the libraries that an entry can be loaded with; None for types that have no such choice."""
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
                f"its cache is {options['cache']!r}.", hint="It is false (always made again) or store (kept by digest)."
            )
        given = options.get("type") or infer_type(str(options.get("filepath", "")))
        if not given:
            raise CatalogError("it has no type.", hint=f"Add type: one of {', '.join(sorted(self.formats))}.")
        if not isinstance(given, str):
            raise CatalogError(f"its type is {given!r}, which is no text.")
        return resolve_type(given, self.formats)

    def _make(self, resolved: Resolved, options: dict[str, Any], load_version: str) -> Dataset:
        if resolved.is_foreign:
            if load_version and not options.get("versioned"):
                raise _not_versioned(load_version)
            return self._foreign(resolved.name, options, load_version)
        if load_version and not options.get("versioned"):
            raise _not_versioned(load_version)
        if resolved.name == "memory":
            _check_keys(options, _MEMORY)
            return MemoryDataset(**{key: options[key] for key in ("data", "copy_mode") if key in options})
        if resolved.name in ("sql_table", "sql_query"):
            return self._sql(resolved.name, options)
        if resolved.name == "partitioned":
            return self._partitioned(options)
        _check_keys(options, _FILE | ({"backend"} if resolved.name == "pickle" else set()))
        save_args = dict(_options(options, "save_args"))
        fs_args = dict(_options(options, "fs_args"))
        file_format = self._format(resolved.name, options.get("engine") or options.get("backend") or resolved.engine)
        if getattr(file_format, "can_append", False) and "mode" in save_args:
            # The library would open the file that is staged, and add to nothing.
            fs_args["open_args_save"] = {
                **(fs_args.get("open_args_save") or {}),
                "mode": save_args.pop("mode"),
            }
        return FileDataset(
            file_format,
            self._place(_required(options, "filepath"), options),
            load_args=_options(options, "load_args"),
            save_args=save_args,
            opening=Opening.of(fs_args, file_format),
            versioned=bool(options.get("versioned")),
            load_version=load_version,
        )

    def _format(self, name: str, engine: str) -> Format:
        module, _, attribute = self.formats[name].partition(":")
        found = getattr(import_module(module), attribute)
        made: Format = found(engine)
        return made

    def _place(self, filepath: Any, options: Mapping[str, Any]) -> Place:
        arguments = dict(_options(options, "fs_args"))
        for key in ("open_args_load", "open_args_save"):
            arguments.pop(key, None)
        return find_place(filepath, self.root, {**arguments, **self._credentials(options)}, self.contents)

    def _credentials(self, options: Mapping[str, Any]) -> dict[str, Any]:
        given = options.get("credentials")
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return dict(given)
        found = self.credentials.get(given)
        if found is None:
            raise CatalogError(
                f'there are no credentials "{given}".',
                hint=f"{nearest(str(given), self.credentials)} They belong in conf/local/credentials.yml.",
            )
        return dict(found) if isinstance(found, Mapping) else {"con": found}

    def _sql(self, name: str, options: dict[str, Any]) -> Dataset:
        _check_keys(options, _SQL_QUERY if name == "sql_query" else _SQL_TABLE)
        url = self._credentials(options).get("con")
        if not url:
            raise CatalogError("it has no connection.", hint="Give credentials with con: the URL of the database.")
        load_args = _options(options, "load_args")
        if name == "sql_query":
            query = options.get("sql") or (self.root / _required(options, "filepath")).read_text(encoding="utf-8")
            execution = _options(options, "execution_options")
            return SqlQueryDataset(str(url), query, load_args=load_args, execution_options=execution)
        save_args = dict(_options(options, "save_args"))
        schema = save_args.pop("schema", None)
        return SqlTableDataset(
            str(url), _required(options, "table_name"), schema=schema, load_args=load_args, save_args=save_args
        )

    def _partitioned(self, options: dict[str, Any]) -> Dataset:
        _check_keys(options, _PARTITIONED)
        for key in ("open_args_load", "open_args_save"):
            if key in _options(options, "fs_args"):
                raise CatalogError(f"its fs_args have {key}, which partitions do not take.")
        if "load_args" in options:
            raise CatalogError(
                "its load_args have no effect.", hint="Those of the partitions are written below dataset."
            )
        given = _required(options, "dataset")
        inner: Mapping[str, Any] = {"type": given} if isinstance(given, str) else given
        resolved = resolve_type(str(inner.get("type", "")), self.formats)
        if resolved.is_foreign or resolved.name not in self.formats:
            raise CatalogError(
                f'partitions cannot be of type "{inner.get("type")}".',
                hint=f"One of {', '.join(sorted(self.formats))}.",
            )
        return PartitionedDataset(
            self._format(resolved.name, inner.get("engine") or options.get("engine") or resolved.engine),
            self._place(_required(options, "path"), options),
            suffix=str(options.get("filename_suffix", "")),
            load_args=_options(inner, "load_args"),
            save_args=_options(inner, "save_args"),
            overwrite=bool(options.get("overwrite")),
        )

    def _foreign(self, name: str, options: dict[str, Any], load_version: str) -> Dataset:
        cls = find_class(name, self.packages)
        arguments = self._foreign_arguments(options)
        filepath = arguments.get("filepath")
        is_versioned = arguments.pop("versioned", False) or load_version
        versions = None
        if is_versioned:
            if not has_versions(cls) or filepath is None:
                raise CatalogError(f'the type "{name}" has no versions.', hint="Remove versioned from its entry.")
            versions = Versions(self._place(filepath, options), load_version)

        def create(path: Path | None) -> Any:
            given = arguments if path is None else {**arguments, "filepath": str(path)}
            return make_foreign(name, cls, copy.deepcopy(given))

        if issubclass(cls, Dataset) and versions is None:
            own: Dataset = create(None)
            return own
        # Every dataset of Kedro can be created anew for another file.
        can_stage = filepath is not None and hasattr(cls, "_copy")
        return AdaptedDataset(create, name, versions, can_stage=can_stage)

    def _foreign_arguments(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a class is made with: paths count from the project, credentials are filled in."""
        arguments: dict[str, Any] = {}
        for key, value in options.items():
            if key in _OURS:
                continue
            if key == "credentials" and isinstance(value, str):
                arguments[key] = self._credentials(options)
            elif key in ("filepath", "path") and isinstance(value, str) and not is_remote(value):
                arguments[key] = str(self.root / value)
            elif key in ("dataset", "checkpoint") and isinstance(value, Mapping):
                type_of = {"type": value["type"]} if "type" in value else {}
                arguments[key] = {**type_of, **self._foreign_arguments(value)}
            else:
                arguments[key] = value
        return arguments


def _not_versioned(version: str) -> CatalogError:
    return CatalogError(f"version {version} was asked for, but it is not versioned.", hint="Add versioned: true.")


def _required(options: Mapping[str, Any], key: str) -> Any:
    if options.get(key) in (None, ""):
        raise CatalogError(f"it has no {key}.", hint=f"Add {key}: …")
    return options[key]


def _options(options: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    given = options.get(key) or {}
    if not isinstance(given, Mapping):
        raise CatalogError(f"its {key} is a dict, not {type(given).__name__}.")
    return given


def _check_keys(options: Mapping[str, Any], known: set[str]) -> None:
    for key in options:
        if key not in known:
            raise CatalogError(f'it has a key "{key}" that means nothing.', hint=nearest(key, known, limit=20))
