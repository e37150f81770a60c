"""Loading of a project's configuration: its files, its environments, and the parameters set."""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from treadle.config.documents import Document, Origin, Origins, read_document
from treadle.config.interpolation import Resolvers, interpolate
from treadle.config.merge import join, overlay, replacing_types
from treadle.config.overrides import fit_overrides, parse_overrides
from treadle.config.parameters import Parameters
from treadle.config.set_parameters import SetParameters, compare_paths, find_references
from treadle.errors import ConfigError, Mistakes, nearest
from treadle.masking import remember_environment, remember_named_secrets, remember_secrets

_SUFFIXES: Final = (".yml", ".yaml", ".json")
_BASE: Final = "base"
_Value = TypeVar("_Value")
_LOCAL: Final = "local"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of one run, after interpolation."""

    environment: str
    parameters: Parameters
    catalog: dict[str, Any]
    catalog_origins: Origins
    credentials: dict[str, Any]
    missing_credentials: Mapping[str, ConfigError] = {}
    """Errors of credentials that cannot be resolved; they matter only to datasets that use them."""
    broken_entries: Mapping[str, ConfigError] = {}
    """Errors of catalog entries, by name, if requested."""


def load_config(
    folder: Path,
    *,
    environment: str = "",
    overrides: Iterable[str] = (),
    given: Mapping[str, Any] | None = None,
    lowest_parameters: Mapping[str, Any] | None = None,
    resolvers: Resolvers | None = None,
    catalog_only: bool = False,
) -> Config:
    """Load ``base``, overlay the environment, then the parameters set; all merging is deep.

    ``local`` is the default environment; it may be missing. Credentials in ``local`` apply to every
    environment, because that is the one folder that stays on this machine.

    Args:
        folder: The configuration's folder; it may be missing, too.
        environment: The folder that overlays ``base``.
        overrides: ``a.b=1`` from the command line.
        given: Parameters from Python, as a tree.
        lowest_parameters: Parameters that every file overlays; nothing in them is interpolated.
        resolvers: The functions that ``${name:…}`` calls, besides the built-in ones.
        catalog_only: Whether only the catalog is needed: parameters and globals that cannot be
            resolved are omitted, and such catalog entries are noted as broken.

    Raises:
        ConfigError: A file is invalid, a key is duplicate, or a ``${…}`` cannot be resolved.
    """
    name = environment or _LOCAL
    _check_environment(folder, name)
    documents = _read(folder, name)
    over = parse_overrides(overrides)
    if given:
        over = overlay(Document(dict(given), {(key,): Origin("params=") for key in given}), over)
    lowest = Document(dict(lowest_parameters or {}), {})
    in_files = overlay(lowest, documents["parameters"])
    top = fit_overrides(over, in_files)
    chosen = SetParameters(
        paths=compare_paths(top.tree, in_files.tree), referred=_references(documents)
    )
    documents["parameters"] = overlay(documents["parameters"], top)
    fill = functools.partial(interpolate, runtime_params=over.tree, resolvers=resolvers)
    failures = _Failures(catalog_only=catalog_only)
    filled = _fill_in(documents, fill, failures)
    parameters, catalog = overlay(lowest, filled["parameters"]), filled["catalog"]
    return Config(
        environment=name,
        parameters=Parameters(parameters.tree, parameters.origins, chosen),
        catalog=_entries(catalog.tree),
        catalog_origins=catalog.origins,
        credentials=filled["credentials"].tree,
        missing_credentials=failures["credentials"] or {},
        broken_entries=_entries(failures["catalog"] or {}),
    )


def _read(folder: Path, environment: str) -> dict[str, Document]:
    """Read the files of each kind, and merge their layers; all errors are raised together."""
    layers = {kind: [_BASE, environment] for kind in ("globals", "parameters", "catalog")}
    layers["credentials"] = list(dict.fromkeys([_BASE, _LOCAL, environment]))
    mistakes = Mistakes()
    documents: dict[str, Document] = {}
    for kind, names in layers.items():
        with mistakes.noted():
            documents[kind] = _merged(folder, kind, names)
    mistakes.raise_all()
    return documents


class _Failures(dict[str, "dict[str, ConfigError] | None"]):
    """Interpolation errors by kind of document; None if they are to be raised."""

    def __init__(self, *, catalog_only: bool) -> None:
        ignored: dict[str, ConfigError] | None = {} if catalog_only else None
        broken: dict[str, ConfigError] | None = {} if catalog_only else None
        super().__init__(globals=ignored, credentials={}, parameters=ignored, catalog=broken)


def _entries(tree: Mapping[str, _Value]) -> dict[str, _Value]:
    """Return the entries of a catalog without templates."""
    return {key: value for key, value in tree.items() if not key.startswith("_")}


def _references(documents: Mapping[str, Document]) -> frozenset[str]:
    """Return the paths of parameters that the configuration reads."""
    return frozenset().union(
        *(
            find_references(document.tree, only_runtime=kind != "parameters")
            for kind, document in documents.items()
        )
    )


def _fill_in(
    documents: Mapping[str, Document], fill: Callable[..., Document], failures: _Failures
) -> dict[str, Document]:
    """Interpolate all documents, globals first; all errors are raised together."""
    mistakes = Mistakes()
    filled = {}
    global_values: dict[str, Any] = {}
    for kind, document in documents.items():
        with mistakes.noted():
            filled[kind] = fill(document, global_values=global_values, failures=failures[kind])
        if kind == "globals":
            mistakes.raise_all()
            global_values = filled[kind].tree
        elif kind == "credentials" and kind in filled:
            remember_environment()
            remember_secrets(filled[kind].tree)
    mistakes.raise_all()
    for entry in filled["catalog"].tree.values():
        # One by one: the name of an entry does not indicate a secret.
        remember_named_secrets(_without_names(entry))
    return filled


def _without_names(tree: Any) -> Any:
    """Return a catalog entry without the names of credentials, which are not secret."""
    if isinstance(tree, Mapping):
        return {
            key: _without_names(value)
            for key, value in tree.items()
            if key != "credentials" or not isinstance(value, str)
        }
    return [_without_names(value) for value in tree] if isinstance(tree, list) else tree


def read_catalog(file: Path, resolvers: Resolvers | None = None) -> dict[str, Any]:
    """Read the catalog of one file, with interpolation.

    Raises:
        ConfigError: It is not valid.
    """
    document = interpolate(
        read_document(file, str(file)), global_values={}, runtime_params={}, resolvers=resolvers
    )
    return {key: value for key, value in document.tree.items() if not key.startswith("_")}


def read_parameters(file: Path, resolvers: Resolvers | None = None) -> dict[str, Any]:
    """Read the parameters of one file, with interpolation.

    Raises:
        ConfigError: It is not valid.
    """
    document = read_document(file, str(file))
    return interpolate(document, global_values={}, runtime_params={}, resolvers=resolvers).tree


def _check_environment(folder: Path, name: str) -> None:
    if name == _LOCAL or (folder / name).is_dir():
        return
    names = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    raise ConfigError(f'There is no environment "{name}" in {folder}.', hint=nearest(name, names))


def _merged(folder: Path, kind: str, layers: list[str]) -> Document:
    merged = Document({}, {})
    for layer in layers:
        mistakes = Mistakes()
        documents = []
        for path in _find(folder / layer, kind):
            with mistakes.noted():
                documents.append(read_document(path, str(path.relative_to(folder.parent))))
        mistakes.raise_all()
        over = join(documents)
        merged = overlay(merged, replacing_types(merged, over) if kind == "catalog" else over)
    return merged


def _find(folder: Path, kind: str) -> list[Path]:
    """Find the files of a kind: ``catalog*.yml`` anywhere, and all below a folder ``catalog*``."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.rglob("*")) if _is_of_kind(path, folder, kind)]


def _is_of_kind(path: Path, folder: Path, kind: str) -> bool:
    parts = path.relative_to(folder).parts
    if path.suffix not in _SUFFIXES or any(part.startswith(".") for part in parts):
        return False
    if kind == "globals":
        is_named = path.stem == kind
    else:
        is_named = any(part.startswith(kind) for part in parts)
    return is_named and path.is_file()
