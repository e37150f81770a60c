"""Creation of the catalog of a project or of one file, with formats and resolvers of plugins."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from treadle.catalog import BuiltInFormats, DataCatalog
from treadle.config import Config, load_config, read_catalog, read_parameters
from treadle.errors import ProjectError
from treadle.hooks import Hooks, create_hooks
from treadle.masking import mask_tree
from treadle.pipelines import parameter_path
from treadle.project.history import RunHistory
from treadle.project.plugins import load_object
from treadle.project.settings import Project, choose_environment, require_project


def load_catalog(
    source: str | os.PathLike[str] = ".", *, environment: str = "", params: Iterable[str] = ()
) -> DataCatalog:
    """Return the catalog of a project or of a YAML file, for a notebook or a script.

    Errors of an entry or of credentials are raised when the dataset is used.

    Args:
        source: A folder in a project, or a file like ``catalog.yml``, to whose folder paths are
            relative.
        environment: The configuration that overlays ``base``, in a project.
        params: Parameters as on the command line, ``a.b=1``, for entries that use them.

    Raises:
        ProjectError: The folder is not in a project.
        ConfigError: The configuration is invalid.

    Examples:
        >>> import treadle
        >>> flights = treadle.load_catalog().load("flights")  # doctest: +SKIP
    """
    path = Path(source)
    if path.is_file():
        hooks = create_hooks([BuiltInFormats()], installed=True)
        entries = read_catalog(path, offered_resolvers(hooks))
        return DataCatalog(entries, root=path.parent, formats=offered_formats(hooks))
    project = require_project(path)
    hooks = project_hooks(project)
    resolvers = offered_resolvers(hooks, project)
    config = load_config(
        project.conf,
        environment=choose_environment(environment),
        overrides=params,
        resolvers=resolvers,
        catalog_only=True,
    )
    return create_catalog(project, config, hooks)


def load_parameters(
    source: str | os.PathLike[str] = ".", *, environment: str = ""
) -> dict[str, Any]:
    """Return the parameters of a project or of a YAML file, for a notebook or a script.

    Args:
        source: A folder in a project, or a file like ``parameters.yml``.
        environment: The configuration that overlays ``base``, in a project; by default
            ``TREADLE_ENV``, or else ``local``.

    Raises:
        ProjectError: The folder is not in a project.
        ConfigError: The configuration is invalid.

    Examples:
        >>> import treadle
        >>> treadle.load_parameters()["model"]["depth"]  # doctest: +SKIP
        3
    """
    path = Path(source)
    if path.is_file():
        resolvers = offered_resolvers(create_hooks([BuiltInFormats()], installed=True))
        return read_parameters(path, resolvers)
    project = require_project(path)
    resolvers = offered_resolvers(project_hooks(project), project)
    environment = choose_environment(environment)
    return load_config(project.conf, environment=environment, resolvers=resolvers).parameters.tree


def project_hooks(project: Project, plugins: Iterable[object] = ()) -> Hooks:
    """Register the built-in plugins, the project's own, those passed, and the installed ones."""
    own = (load_object(name, project) for name in project.settings.hooks)
    return create_hooks([BuiltInFormats(), *own, *plugins], installed=True)


def offered_formats(hooks: Hooks) -> dict[str, str]:
    """Return the dataset types of plugins; of two with one name, the one registered later wins."""
    formats: dict[str, str] = {}
    for offered in reversed(hooks.hook.register_formats()):
        formats.update(offered)
    return formats


def offered_resolvers(
    hooks: Hooks, project: Project | None = None
) -> dict[str, Callable[..., Any]]:
    """Return the resolvers of plugins, overridden by those in a project's settings.

    Raises:
        ProjectError: One in the settings cannot be imported, or is not callable.
    """
    resolvers: dict[str, Callable[..., Any]] = {}
    for offered in reversed(hooks.hook.register_resolvers()):
        resolvers.update(offered)
    if project is None:
        return resolvers
    for name, source in project.settings.resolvers.items():
        found = load_object(source, project, "resolvers")
        if not callable(found):
            raise ProjectError(
                f'"{source}" of [tool.treadle] resolvers is not a function, but '
                f"{type(found).__name__}.",
                hint=f'Write {name} = "package.module:function".',
            )
        resolvers[name] = found
    return resolvers


def describe_catalog(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a catalog for a record: with names of credentials, but no secrets."""
    described: dict[str, Any] = {}
    for (
        name,
        entry,
    ) in entries.items():  # one by one: the name of an entry does not indicate a secret
        if not isinstance(entry, Mapping):
            described[name] = mask_tree({"filepath": entry})["filepath"]
            continue
        described[name] = mask_tree(dict(entry))
        if isinstance(entry.get("credentials"), str):
            described[name]["credentials"] = entry["credentials"]
    return described


def create_catalog(
    project: Project, config: Config, hooks: Hooks, load_versions: Mapping[str, str] | None = None
) -> DataCatalog:
    """Create the catalog of a project, and pass it to plugins."""
    project.make_importable()
    catalog = DataCatalog(
        config.catalog,
        credentials=config.credentials,
        root=project.folder,
        load_versions=load_versions,
        formats=offered_formats(hooks),
        packages=[project.settings.package.partition(".")[0], *project.settings.dataset_packages],
        origins=config.catalog_origins,
        history=RunHistory(project.folder),
        missing_credentials=config.missing_credentials,
        broken=config.broken_entries,
        parameters=lambda name: config.parameters.get(parameter_path(name)),
    )
    hooks.hook.after_catalog_created(catalog=catalog)
    return catalog
