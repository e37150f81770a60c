"""Loads the pipeline of a session: imports what was named, and selects nodes of it."""

from collections.abc import Mapping, Sequence

import msgspec

from treadle.project.makers import with_makers
from treadle.project.pipelines import load_pipeline
from treadle.project.session import Session
from treadle.project.settings import Project

__all__ = ["load_target", "select_nodes"]


def load_target(session: Session, project: Project, target: str) -> Session:
    """Import the pipelines that a target names, with what is to be said of their modules.

    What they read of other pipelines and nothing keeps is made again by the nodes of those.

    Raises:
        PipelineError: There is no such pipeline, or several make what it reads.
        ProjectError: A module cannot be imported.
    """
    warnings: list[str] = []
    pipeline = load_pipeline(project, target, warn=warnings.append)
    whole = pipeline
    if target:
        whole = with_makers(project, target, pipeline, session.catalog)
    return msgspec.structs.replace(session, pipeline=pipeline, whole=whole, warnings=tuple(warnings))


def select_nodes(session: Session, conditions: Mapping[str, Sequence[str]]) -> Session:
    """Return a pipeline of the nodes that meet every condition; see `Pipeline.filter`.

    Raises:
        PipelineError: A name is unknown, or no node is left.
    """
    chosen = session.pipeline.filter(**conditions)
    whole = session.whole or session.pipeline
    return msgspec.structs.replace(session, pipeline=chosen, whole=whole)
