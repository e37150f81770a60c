"""Projects and single files: finding, loading and running them."""

from treadle.project.catalogs import load_catalog, load_parameters
from treadle.project.session import RunOptions, RunResult, Session, prepare, run
from treadle.project.settings import Project, find_project, require_project

__all__ = [
    "Project",
    "RunOptions",
    "RunResult",
    "Session",
    "find_project",
    "load_catalog",
    "load_parameters",
    "prepare",
    "require_project",
    "run",
]
