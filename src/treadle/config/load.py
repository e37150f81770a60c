"""Puts the configuration of a project together: its files, its environments, what was given."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.config.documents import Document, Origin, Origins, read_document
from treadle.config.interpolation import Resolvers, interpolate
from treadle.config.merge import join, overlay, replacing_types
from treadle.config.overrides import fitted, parse_overrides
from treadle.config.parameters import Parameters
from treadle.errors import ConfigError, Mistakes, nearest
from treadle.masking import remember_environment, remember_named_secrets, remember_secrets

__all__ = ["Config", "load_config", "read_catalog"]

_SUFFIXES: Final = (".yml", ".yaml", ".json")
_BASE: Final = "base"
_LOCAL: Final = "local"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of one run, with everything filled in."""

    environment: str
    parameters: Parameters
    catalog: dict[str, Any]
    catalog_origins: Origins
    credentials: dict[str, Any]
    missing_credentials: Mapping[str, ConfigError] = {}
    """What is wrong with credentials that cannot be filled in; only a dataset that uses them needs them."""
    broken_entries: Mapping[str, ConfigError] = {}
    """What is wrong with entries of the catalog, where that was asked for."""


def load_config(
    folder: Path,
    *,
    environment: str = "",
    overrides: Iterable[str] = (),
    given: Mapping[str, Any] | None = None,
    resolvers: Resolvers | None = None,
    catalog_only: bool = False,
) -> Config:
    """Read ``base``, lay the environment over it, then what was given; merging is deep everywhere.

    ``local`` is the environment if none is named; it may be missing. Credentials in ``local`` count
    in every environment, because that is the one folder that stays on this machine.

    Args:
        folder: The configuration's folder; it may be missing, too.
        environment: Which folder is laid over ``base``.
        overrides: ``a.b=1`` from the command line.
        given: Parameters from Python, as a tree.
        resolvers: What ``${name:…}`` calls, beside the built-in ones.
        catalog_only: Whether only the catalog is wanted: what cannot be filled in of parameters
            and globals is left out, and of the catalog noted as a broken entry.

    Raises:
        ConfigError: A file is not valid, a key is set twice, or a ``${…}`` cannot be filled in.
    """
    name = environment or _LOCAL
    _check_environment(folder, name)
    over = parse_overrides(overrides)
    if given:
        over = overlay(Document(dict(given), {(key,): Origin("params=") for key in given}), over)
    ignored: dict[str, ConfigError] | None = {} if catalog_only else None
    fill = functools.partial(interpolate, given=over.tree, resolvers=resolvers)
    merged = _merged(folder, "globals", [_BASE, name])
    global_values = fill(merged, global_values={}, failures=ignored).tree

    def read(
        kind: str,
        layers: list[str],
        failures: dict[str, ConfigError] | None,
        top: Document | None = None,
    ) -> Document:
        document = _merged(folder, kind, layers)
        if top is not None:
            document = overlay(document, fitted(top, document))
        return fill(document, global_values=global_values, failures=failures)

    missing: dict[str, ConfigError] = {}
    broken: dict[str, ConfigError] | None = {} if catalog_only else None
    credentials = read("credentials", list(dict.fromkeys([_BASE, _LOCAL, name])), missing)
    remember_environment()
    remember_secrets(credentials.tree)
    parameters = read("parameters", [_BASE, name], ignored, over)
    catalog = read("catalog", [_BASE, name], broken)
    for entry in catalog.tree.values():  # the name of an entry says nothing of secrets
        remember_named_secrets(_without_names(entry))
    return Config(
        environment=name,
        parameters=Parameters(parameters.tree, parameters.origins),
        catalog={key: value for key, value in catalog.tree.items() if not key.startswith("_")},
        catalog_origins=catalog.origins,
        credentials=credentials.tree,
        missing_credentials=missing,
        broken_entries={key: error for key, error in (broken or {}).items() if not key.startswith("_")},
    )


def _without_names(tree: Any) -> Any:
    """Return an entry of the catalog without the names of credentials, which are not secret."""
    if isinstance(tree, Mapping):
        return {
            key: _without_names(value)
            for key, value in tree.items()
            if key != "credentials" or not isinstance(value, str)
        }
    return [_without_names(value) for value in tree] if isinstance(tree, list) else tree


def read_catalog(file: Path, resolvers: Resolvers | None = None) -> dict[str, Any]:
    """Read the catalog of one file, with everything filled in.

    Raises:
        ConfigError: It is not valid.
    """
    document = interpolate(read_document(file, str(file)), global_values={}, given={}, resolvers=resolvers)
    return {key: value for key, value in document.tree.items() if not key.startswith("_")}


def _check_environment(folder: Path, name: str) -> None:
    if name == _LOCAL or (folder / name).is_dir():
        return
    there = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    raise ConfigError(f'There is no environment "{name}" in {folder}.', hint=nearest(name, there))


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
    """Find the files of a kind: ``catalog*.yml`` anywhere, and everything below a folder ``catalog*``."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix not in _SUFFIXES or not path.is_file() or any(part.startswith(".") for part in parts):
            continue
        if kind == "globals":
            matches = path.stem == kind
        else:
            matches = path.name.startswith(kind) or any(part.startswith(kind) for part in parts[:-1])
        if matches:
            found.append(path)
    return found
