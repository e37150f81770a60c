"""Projects and single files: finding, loading and running them.

Only this package knows both the engine and tracking; the command line and Python call it.

    prepare                                loads what a run needs before its pipeline is imported
    session                                plans and runs a pipeline, recorded
    workspace, run_options                 what a run has besides its pipeline; how it is recorded
    pipeline_modules, compositions         import pipelines by name
    producers                              nodes of other pipelines that make its inputs
    flow, script, single_file              files of nodes, scripts, and what both have
    footprint                              detects that nothing has changed, without imports
    settings, plugins, catalogs            the project's settings, its own objects, its catalog
    opened                                 the project from Python, for notebooks
    datasets, history, versions            the project's datasets, and the runs that wrote them
    environments, external_program, fetch  environments, programs, fetched projects
    reproduction/                          repeats a recorded run
    create                                 new projects, from template/
"""

from treadle.project.catalogs import load_catalog, load_parameters
from treadle.project.run_options import RunOptions
from treadle.project.session import RunResult, Session, run
from treadle.project.settings import Project, find_project, require_project

__all__ = [
    "Project",
    "RunOptions",
    "RunResult",
    "Session",
    "find_project",
    "load_catalog",
    "load_parameters",
    "require_project",
    "run",
]
