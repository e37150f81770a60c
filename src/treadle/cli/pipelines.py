"""``treadle pipelines``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.stores import JSON_OPTION
from treadle.cli.tables import Column
from treadle.errors import TreadleError

if TYPE_CHECKING:
    from treadle.pipelines import Pipeline
    from treadle.project import Project


_SHOWN = 8


@click.command("pipelines")
@click.argument("name", required=False, default="", metavar="[PIPELINE]")
@JSON_OPTION
def command(name: str, as_json: bool) -> None:
    """List the pipelines of the project, or the nodes of PIPELINE.

    Every module of the project's pipelines package is a pipeline; [tool.treadle.pipelines] in
    pyproject.toml combines several into one. The modules are imported; nothing is run.

    \b
    Examples:
      treadle pipelines
      treadle pipelines train
      treadle pipelines --json
    """
    from treadle.cli.tables import print_records
    from treadle.project.settings import require_project

    project = require_project()
    if name:
        from treadle.project.pipeline_modules import load_pipeline

        nodes = _describe_nodes(load_pipeline(project, name))
        print_records(nodes, _NODES, as_json=as_json)
    else:
        print_records(_describe_pipelines(project), _PIPELINES, as_json=as_json)


def _title(pipeline: dict[str, Any]) -> str:
    parts = f" = {_listed(pipeline['modules'])}" if pipeline["kind"] == "composition" else ""
    is_default = " (runs if none is named)" if pipeline["is_default"] else ""
    return f"{pipeline['name']}{parts}{is_default}"


def _contents(pipeline: dict[str, Any]) -> str:
    if pipeline["error"]:
        return f"cannot be loaded: {pipeline['error']}"
    return _listed([node["name"] for node in pipeline["nodes"]])


_NODES: list[Column[dict[str, Any]]] = [
    Column("node", lambda node: node["name"]),
    Column("reads", lambda node: _listed(node["inputs"])),
    Column("writes", lambda node: _listed(node["outputs"])),
    Column("tags", lambda node: _listed(node["tags"])),
]
_PIPELINES: list[Column[dict[str, Any]]] = [
    Column("pipeline", _title),
    Column("nodes", lambda one: "" if one["error"] else str(len(one["nodes"]))),
    Column("", _contents),
]


def _describe_pipelines(project: "Project") -> list[dict[str, Any]]:
    """Describe each module and each combination; an error in one does not hide the others."""
    from treadle.project.compositions import DEFAULT, list_compositions
    from treadle.project.pipeline_modules import list_pipelines

    compositions = list_compositions(project)
    modules = [name for name in list_pipelines(project) if name not in compositions]
    return [
        *(_describe(project, name, "module", is_default=False) for name in modules),
        *(
            _describe(project, name, "composition", is_default=name == DEFAULT)
            for name in compositions
        ),
    ]


def _describe(project: "Project", name: str, kind: str, *, is_default: bool) -> dict[str, Any]:
    from treadle.project.compositions import select_modules
    from treadle.project.pipeline_modules import list_pipelines, load_pipeline

    modules: list[str] = []
    nodes: list[dict[str, Any]] = []
    error = ""
    try:
        modules = select_modules(project, list_pipelines(project), name)
        nodes = _describe_nodes(load_pipeline(project, name))
    except TreadleError as raised:
        error = raised.message
    return {
        "name": name,
        "kind": kind,
        "is_default": is_default,
        "modules": modules,
        "nodes": nodes,
        "error": error or None,
    }


def _describe_nodes(pipeline: "Pipeline") -> list[dict[str, Any]]:
    return [
        {
            "name": node.name,
            "inputs": node.inputs,
            "outputs": node.outputs,
            "tags": sorted(node.tags),
            "namespace": node.namespace,
        }
        for node in pipeline
    ]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
