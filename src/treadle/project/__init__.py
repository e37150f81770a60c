"""Projects and single files: finding, loading and running them.

Only this package knows both the engine and tracking; the command line and Python call it.

    session                                  assembles a run of a pipeline, from names to a record
    loading, pipeline_modules, compositions  import pipelines by name
    producers                                nodes of other pipelines that make its inputs
    flow                                     single files: nodes or a script
    footprint                                detects that nothing has changed, without imports
    settings, plugins, catalogs              the project's settings, its own objects, its catalog
    opened                                   the project from Python, for notebooks
    datasets, history, versions              the project's datasets, and the runs that wrote them
    environments, external_program, fetch    environments, programs, fetched projects
    reproduction/                            repeats a recorded run
    create                                   new projects, from template/
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
