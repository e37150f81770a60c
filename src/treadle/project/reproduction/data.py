"""Location of a run's input data by digest, and redirection of its outputs."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

import msgspec

from treadle.catalog import DataCatalog, FileDigests
from treadle.errors import TreadleError
from treadle.files import copy_file, is_remote
from treadle.pipelines import base_name
from treadle.records import DatasetUseRecord, RunDetails
from treadle.records.graph import GraphNode

_PATHS: Final = ("filepath", "path")
_PLAIN: Final = re.compile(r"[\w@:][\w@:.\- ]*")
_FOLDERS: Final = frozenset({"partitioned"})


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The locations where a reproduction reads and writes data."""

    entries: dict[str, Any]
    """Entries of the catalog that replace the recorded ones."""
    versions: dict[str, str]
    """Versions of datasets to read."""
    missing: dict[str, str]
    """Inputs whose content was not found, and why."""
    doubts: list[str]
    """What may differ from the original."""


def place_data(
    details: RunDetails,
    catalog: DataCatalog,
    root: Path,
    outside: Path,
    locate: Callable[[str], Path | None],
) -> Places:
    """Choose where each dataset of a run is read, or written, when the run is repeated.

    Inputs are read from the rebuilt code, or else from their location, or from where their content
    is stored; the digest must match.
    Outputs keep their relative path. One that was absolute or remote is redirected: the original is
    not modified.

    Args:
        details: The run.
        catalog: Its recorded catalog, with paths relative to the rebuilt code.
        root: The folder that they are relative to.
        outside: The folder for outputs that cannot keep their paths.
        locate: Returns where content is stored, if it is.
    """
    placing = _Placing(catalog, root, outside, locate)
    made = {use.dataset: use for use in details.datasets if use.role != "read"}
    bases = set(map(base_name, made))
    for use in made.values():
        placing.place_output(use)
    for use in {use.dataset: use for use in details.datasets if use.role == "read"}.values():
        if use.type == "observed file":
            placing.check_observed(use)
        elif base_name(use.dataset) not in bases:
            placing.place_input(use)
    return Places(
        entries=placing.entries,
        versions=placing.versions,
        missing=placing.missing,
        doubts=placing.doubts,
    )


class _Placing:
    def __init__(
        self, catalog: DataCatalog, root: Path, outside: Path, locate: Callable[[str], Path | None]
    ) -> None:
        self._catalog = catalog
        self._locate = locate
        self._root = root
        self._outside = outside
        self._contents = FileDigests()
        self.entries: dict[str, Any] = {}
        self.versions: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        self.doubts: list[str] = []

    def place_output(self, use: DatasetUseRecord) -> None:
        entry = self._entry(use.dataset)
        if entry is None:
            return
        key, path = _path_of(entry)
        if use.type == "sql_table":
            target = self._outside / f"{file_name(use.dataset)}.db"
            self.entries[use.dataset] = {**entry, "credentials": {"con": f"sqlite:///{target}"}}
            self.doubts.append(f'"{use.dataset}" is written to {target}, and not to its database')
        elif not key:
            self.missing[use.dataset] = (
                f"a dataset of type {use.type} cannot be written elsewhere than where it was"
            )
        elif not self._is_inside(path):
            given = {
                name: value
                for name, value in entry.items()
                if name not in ("credentials", "fs_args")
            }
            name = PurePosixPath(path).name
            self.entries[use.dataset] = {
                **given,
                key: str(self._outside / file_name(use.dataset) / name),
            }

    def place_input(self, use: DatasetUseRecord) -> None:
        entry = self._entry(use.dataset)
        if entry is None:
            return
        key, path = _path_of(entry)
        if not use.digest:
            self.doubts.append(
                f'the content of "{use.dataset}" ({use.type}) has no digest: it is read as it is '
                "now"
            )
        elif not use.digest.startswith("blake3:"):
            self._check_remote(use)
        elif not key:
            self.doubts.append(f'"{use.dataset}" ({use.type}) is read where its library finds it')
        elif not is_remote(path) and self._has(self._file(self._root / path, use), use.digest):
            self._read_version(use)
        elif self._has(Path(use.location), use.digest):
            self._read_version(use)
            place = Path(use.location).parents[1] if use.version else Path(use.location)
            self.entries[use.dataset] = {**entry, key: str(place)}
        else:
            self._copy_stored(use, entry, key)

    def _read_version(self, use: DatasetUseRecord) -> None:
        if use.version:
            self.versions[use.dataset] = use.version

    def _copy_stored(self, use: DatasetUseRecord, entry: dict[str, Any], key: str) -> None:
        """Copy an input from the cache or from another version; note it as missing if it is not."""
        source = self._find_kept(use)
        if source is None:
            there = "is not there" if not Path(use.location).exists() else "has another content"
            self.missing[use.dataset] = f"{use.location} {there}"
            return
        copy = (
            self._outside / "inputs" / file_name(use.dataset) / file_name(Path(use.location).name)
        )
        copy.parent.mkdir(parents=True)
        copy_file(source, copy)
        unversioned = {name: value for name, value in entry.items() if name != "versioned"}
        self.entries[use.dataset] = {**unversioned, key: str(copy)}

    def _find_kept(self, use: DatasetUseRecord) -> Path | None:
        """Find content that has been moved or replaced: in the cache, or as another version."""
        if (kept := self._locate(use.digest)) is not None:
            return kept
        place = Path(use.location)
        others = place.parents[1].glob(f"*/{place.name}") if use.version else ()
        return next((one for one in others if self._has(one, use.digest)), None)

    @staticmethod
    def _file(place: Path, use: DatasetUseRecord) -> Path:
        return place / use.version / place.name if use.version else place

    def _has(self, path: Path, digest: str) -> bool:
        if not (path.is_file() or path.is_dir()):
            return False  # a device has no end
        try:
            return self._contents.of(path)[0] == digest
        except (OSError, TreadleError):
            return False

    def check_observed(self, use: DatasetUseRecord) -> None:
        """Check a file that a node opened by path: the path is the same, whatever its content."""
        path = self._root / use.location
        if use.digest.startswith("blake3:") and not self._has(path, use.digest):
            what = "is another one now" if path.exists() else "is not there"
            self.doubts.append(
                f'the file "{use.location}", which "{use.node}" opens by its path, {what}'
            )

    def _check_remote(self, use: DatasetUseRecord) -> None:
        """Check whether a remote location still has the same content."""
        try:
            now = self._catalog[use.dataset].describe(content=True).digest
        except Exception as error:  # noqa: BLE001 - each file system raises its own
            self.missing[use.dataset] = f"{use.location} cannot be looked at: {error}"
            return
        if now != use.digest:
            self.missing[use.dataset] = (
                f"{use.location} {'has another content' if now else 'is not there'}"
            )

    def _entry(self, name: str) -> dict[str, Any] | None:
        """Return the entry of a dataset; None if code created it, which creates it again."""
        if name not in self._catalog:
            return None
        return dict(self._catalog.specification(name, complete=True))

    def _is_inside(self, path: str) -> bool:
        """Return whether a path is inside the rebuilt code."""
        return not is_remote(path) and (self._root / path).resolve().is_relative_to(
            self._root.resolve()
        )


def file_name(name: str) -> str:
    """Return a recorded name, which is not trusted, as a safe name of one file.

    Examples:
        >>> file_name("train.rows@2"), file_name("../../.ssh"), file_name("..")
        ('train.rows@2', '%2E%2E%2F%2E%2E%2F%2Essh', '%2E%2E')
    """
    if _PLAIN.fullmatch(name):
        return name
    return quote(name, safe="").replace(".", "%2E")


def _path_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key of an entry's location, and its value; empty if it has none."""
    for key in _PATHS:
        if isinstance(entry.get(key), str):
            return key, entry[key].removeprefix("file://")
    return "", ""


def affected(nodes: Iterable[GraphNode], missing: Iterable[str]) -> set[str]:
    """Return the datasets that cannot be made without some others, all by their base names."""
    lost = set(map(base_name, missing))
    for node in nodes:  # in topological order
        if lost.intersection(map(base_name, node.inputs)):
            lost.update(map(base_name, node.outputs))
    return lost
