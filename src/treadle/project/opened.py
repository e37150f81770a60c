"""The Python interface of a project: its catalog, parameters, pipelines, and runs of them."""

import copy
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from treadle.catalog import DataCatalog
from treadle.config import Config, load_config, open_source, write_assignments
from treadle.pipelines import Pipeline
from treadle.project.catalogs import create_catalog, offered_resolvers, project_hooks
from treadle.project.compositions import list_compositions
from treadle.project.pipeline_modules import list_pipelines, load_pipeline
from treadle.project.prepare import prepare
from treadle.project.run_options import RunOptions
from treadle.project.session import RunResult
from treadle.project.settings import Project, choose_environment, require_project
from treadle.provenance.request import PipelineRequest


def open_project(
    path: str | os.PathLike[str] = ".",
    *,
    environment: str = "",
    conf_source: str | os.PathLike[str] = "",
) -> "OpenProject":
    """Open a project from Python: a notebook, a script, a test.

    Args:
        path: A folder in the project.
        environment: The configuration that overlays ``base``; by default ``TREADLE_ENV``, or else
            ``local``.
        conf_source: The folder or archive of the configuration, if not the project's.

    Raises:
        ProjectError: The folder is not in a project.

    Examples:
        >>> import treadle
        >>> project = treadle.open_project("flights")  # doctest: +SKIP
        >>> project.run("model", params={"model.depth": 3}).outputs["metrics"]  # doctest: +SKIP
        {'mae': 10.2, 'r2': 0.81}
    """
    return OpenProject(
        require_project(Path(path)),
        environment=choose_environment(environment),
        conf_source=Path(conf_source).absolute() if conf_source else None,
    )


class ProjectPipelines(Mapping[str, Pipeline]):
    """The pipelines of a project by name, each imported on first use.

    Names are those of modules and of ``[tool.treadle.pipelines]``; several are separated by commas.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    def __getitem__(self, name: str) -> Pipeline:
        return load_pipeline(self._project, name)

    def _names(self) -> list[str]:
        names = [*list_pipelines(self._project), *list_compositions(self._project)]
        return list(dict.fromkeys(names))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __repr__(self) -> str:
        return f"<pipelines: {', '.join(self)}>"


class OpenProject:
    """A project; created by `open_project`."""

    def __init__(
        self, project: Project, *, environment: str = "", conf_source: Path | None = None
    ) -> None:
        self._project = project
        self._source = conf_source
        self._environment = environment

    @property
    def name(self) -> str:
        """The name of the project."""
        return self._project.name

    @property
    def folder(self) -> Path:
        """The folder of the project."""
        return self._project.folder

    @property
    def environment(self) -> str:
        """The configuration that overlays ``base``."""
        return self._config.environment

    @property
    def parameters(self) -> dict[str, Any]:
        """A copy of the parameters, as a tree."""
        return copy.deepcopy(self._config.parameters.tree)

    @cached_property
    def catalog(self) -> DataCatalog:
        """The datasets of the project."""
        return create_catalog(self._project, self._config, project_hooks(self._project))

    @property
    def pipelines(self) -> ProjectPipelines:
        """The pipelines, by name."""
        return ProjectPipelines(self._project)

    @cached_property
    def _conf(self) -> Path:
        return open_source(self._source) if self._source is not None else self._project.conf

    @cached_property
    def _config(self) -> Config:
        resolvers = offered_resolvers(project_hooks(self._project), self._project)
        return load_config(self._conf, environment=self._environment, resolvers=resolvers)

    def run(
        self,
        pipeline: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        nodes: Iterable[str] = (),
        node_tags: Iterable[str] = (),
        namespaces: Iterable[str] = (),
        from_nodes: Iterable[str] = (),
        to_nodes: Iterable[str] = (),
        from_inputs: Iterable[str] = (),
        to_outputs: Iterable[str] = (),
        load_versions: Mapping[str, str] | None = None,
        name: str = "",
        experiment: str = "",
        tags: Mapping[str, str] | None = None,
        hooks: Iterable[object] = (),
        store: str | os.PathLike[str] = "",
        fresh: bool = False,
        seed: int = 0,
    ) -> RunResult:
        """Run pipelines of the project, as ``treadle run`` does.

        The configuration is read again; modules that Python has already imported are not.

        Args:
            pipeline: The name of a pipeline, or several separated by commas; the default, or else
                all, if empty.
            params: Parameters to set: ``{"model": {"depth": 3}}`` or ``{"model.depth": 3}``.
            nodes: Only these nodes.
            node_tags: Only nodes with any of these tags.
            namespaces: Only nodes of these namespaces.
            from_nodes: These nodes, and all that depend on them.
            to_nodes: These nodes, and all that they depend on.
            from_inputs: Nodes that depend on any of these datasets.
            to_outputs: Nodes that any of these datasets depends on.
            load_versions: Name to the version that is loaded instead of the latest.
            name: The name of the run.
            experiment: The experiment of the run; by default, the project's.
            tags: Tags of the run.
            hooks: Plugins besides those of the project.
            store: The location of the run, if not the project's.
            fresh: Run every node, without reusing earlier outputs.
            seed: The seed of random numbers.

        Returns:
            The run's ``id`` and ``outputs``.

        Raises:
            TreadleError: The error that ended it; an error of a node is chained as its cause.
        """
        request = PipelineRequest(
            target=pipeline,
            conf_source=str(self._source or ""),
            environment=self._environment,
            params=tuple(write_assignments(params or {})),
            nodes=_listed(nodes),
            tags=_listed(node_tags),
            namespace=_listed(namespaces),
            from_nodes=_listed(from_nodes),
            to_nodes=_listed(to_nodes),
            from_inputs=_listed(from_inputs),
            to_outputs=_listed(to_outputs),
            load_versions=dict(load_versions or {}),
        )
        uri = os.fspath(store)
        options = RunOptions(
            name=name, experiment=experiment, tags=tags or {}, store=uri, fresh=fresh, seed=seed
        )
        return prepare(self._project, request, conf=self._conf, plugins=hooks).load().run(options)

    def __repr__(self) -> str:
        return f"<project {self.name} in {self.folder}>"


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; a string is one name."""
    return (names,) if isinstance(names, str) else tuple(names)
