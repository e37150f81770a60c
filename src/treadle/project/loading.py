"""Loading of a session's pipeline: imports what was named, and selects nodes."""

from collections.abc import Mapping, Sequence

import msgspec

from treadle.project.pipeline_modules import load_pipeline
from treadle.project.producers import with_makers
from treadle.project.session import Session
from treadle.project.settings import Project


def load_target(session: Session, project: Project, target: str) -> Session:
    """Import the pipelines that a target names, with warnings about their modules.

    Their inputs from other pipelines that are not stored are made again by nodes of those.

    Raises:
        PipelineError: There is no such pipeline, or several make an input.
        ProjectError: A module cannot be imported.
    """
    warnings: list[str] = []
    pipeline = load_pipeline(project, target, warn=warnings.append)
    whole = pipeline
    if target:
        whole = with_makers(project, target, pipeline, session.catalog)
    return msgspec.structs.replace(
        session, pipeline=pipeline, whole=whole, warnings=tuple(warnings)
    )


def select_nodes(session: Session, conditions: Mapping[str, Sequence[str]]) -> Session:
    """Return a session with the nodes that meet every condition; see `Pipeline.filter`.

    Raises:
        PipelineError: A name is unknown, or no nodes remain.
    """
    chosen = session.pipeline.filter(**conditions)
    whole = session.whole or session.pipeline
    return msgspec.structs.replace(session, pipeline=chosen, whole=whole)
