"""Search of the project's other pipelines for nodes that make the inputs of a pipeline."""

import logging
from collections.abc import Iterable, Mapping

from treadle.catalog import DataCatalog
from treadle.errors import PipelineError, TreadleError
from treadle.pipelines import Node, Pipeline, base_name, is_parameter
from treadle.project.compositions import select_modules
from treadle.project.pipeline_modules import find_pipelines, list_pipelines
from treadle.project.settings import Project

_log = logging.getLogger(__name__)


def with_makers(
    project: Project, target: str, pipeline: Pipeline, catalog: DataCatalog
) -> Pipeline:
    """Return a pipeline with nodes of other pipelines that make its inputs that are not stored.

    Other pipelines are imported only if it reads something that is not in the catalog.

    Args:
        project: The project whose pipelines are searched.
        target: The name from which the pipeline was loaded.
        pipeline: The pipeline.
        catalog: The catalog of stored datasets.

    Raises:
        PipelineError: Several pipelines make one of its inputs.
    """
    made = {base_name(name) for name in pipeline.all_outputs()}
    missing = _unknown(pipeline, catalog) - made
    if not missing:
        return pipeline
    modules = list_pipelines(project)
    loaded = set(select_modules(project, modules, target))
    makers, failed = _find_makers(project, [name for name in modules if name not in loaded])
    added: dict[Node, None] = {}
    while missing:
        # Inputs with one maker come first: its nodes may make the rest, too.
        name = min(missing, key=lambda name: (len(makers.get(name, ())), name))
        known = makers.get(name, {})
        if len(known) > 1:
            names = sorted(known)
            raise PipelineError(
                f'"{name}" lives in memory only, and the pipelines {" and ".join(names)} make it.',
                hint=f"Name the one that is meant: treadle run {names[0]},{target}",
            )
        for node in known.values():
            if node not in added:
                added[node] = None
                made.update(map(base_name, node.outputs))
                missing |= _unknown(Pipeline(node), catalog)
        missing -= {name, *made}
    found = pipeline + Pipeline(list(added)) if added else pipeline
    if failed and _unknown(found, catalog):
        for name, error in failed.items():
            # Immediately: missing inputs stop the plan, whose warnings are then lost.
            _log.warning(
                'The pipeline "%s" cannot be searched for what makes inputs: %s',
                name,
                error.message,
            )
    return found


def _unknown(pipeline: Pipeline, catalog: DataCatalog) -> set[str]:
    inputs = (name for name in pipeline.inputs() if not is_parameter(name))
    return {base_name(name) for name in inputs if name not in catalog}


def _find_makers(
    project: Project, names: Iterable[str]
) -> tuple[Mapping[str, dict[str, Node]], dict[str, TreadleError]]:
    """Return pipelines and their nodes by the dataset that they make; and errors of pipelines."""
    makers: dict[str, dict[str, Node]] = {}
    failed: dict[str, TreadleError] = {}
    for name in names:
        try:
            found, _ = find_pipelines(project, [name])
        except TreadleError as error:
            failed[name] = error
            continue
        for node in found[name].graph.nodes if name in found else ():
            for output in node.outputs:
                known = makers.setdefault(base_name(output), {})
                if node not in known.values():
                    known[name] = node
    return makers, failed
