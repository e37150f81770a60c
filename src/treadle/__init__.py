"""Treadle: pipelines whose every run is recorded, incremental, comparable and reproducible.

Public names are imported on first use: ``import treadle`` itself loads next to nothing.

Imports point down only: packages of one group never import each other.

    cli/         the commands
    testing/     suites for plugins; the only package that needs pytest

    project/     finds a project and assembles a run: the one composition root
    interop/     import from MLflow, and its projects

    engine/      plans and runs pipelines, and decides what is reused
    tracking/    records runs
    server/      the HTTP server: MLflow's protocol and Treadle's own

    provenance/  what produced a run: code, environment, data

    config/      configuration files and parameters
    catalog/     datasets
    pipelines/   nodes and pipelines, without any data
    store/       storage of runs, metrics, artifacts and models

    user_folder  the folder of a user: credentials and the key

    addresses    parsing of URLs
    after_import  a call when a module has been imported
    distributions  the installed packages
    hooks        every plugin point
    http_client  one connection to an HTTP server
    files        digests, locks and atomic replacement of files
    frames       the user's own lines in a traceback
    write_ahead  the journal mode of a SQLite file

    private      `.treadle`, the private folder of a project

    git          runs git without executing what a repository configures

    records/     what the library, the store and the pages share

    errors       one tree of errors

    masking      secrets
"""

import os
import sys

# ``python -m`` puts the working directory on the path. In a cloned project it could have a
# ``yaml.py`` or a ``typing.py``, which would run instead of the library: ``python -m treadle``
# removes it, as pip does, before anything else is imported. While a module is searched for, "-m"
# replaces its file; the folder of another program that imports Treadle stays.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    _module = "".join(sys.orig_argv[-len(sys.argv) :][:1]).removesuffix(".__main__")
    if _module == "treadle" or (_module.startswith("-") and _module.endswith("mtreadle")):
        try:
            if sys.path[:1] in ([""], [os.getcwd()]):  # noqa: PTH109 - pathlib may be in the folder
                del sys.path[0]
        except OSError:
            pass  # the folder was deleted, and is not on the path

from importlib import import_module
from typing import TYPE_CHECKING, Any

from treadle._version import __version__

try:
    import fcntl as _locks  # noqa: F401 - asked for here, where one clear message can be given
    import resource as _usage  # noqa: F401
except ImportError as error:
    raise ImportError(
        "Treadle runs on Linux and macOS: this Python has no module "
        f"{error.name}, which it needs to lock files. On Windows, use WSL."
    ) from error

if TYPE_CHECKING:
    from treadle.catalog import DataCatalog, Dataset, DatasetDescription
    from treadle.errors import TreadleError
    from treadle.hooks import hook
    from treadle.interop.notebook import show
    from treadle.pipelines import Node, Pipeline, node, param, pipeline
    from treadle.project import RunResult, load_catalog, load_parameters, run
    from treadle.project.opened import open_project
    from treadle.tracking import (
        Run,
        active_run,
        log_artifact,
        log_artifacts,
        log_audio,
        log_dict,
        log_figure,
        log_image,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        log_series,
        log_table,
        log_text,
        set_tag,
        set_tags,
        start_run,
    )
    from treadle.tracking.autolog import autolog
    from treadle.tracking.loading import download_artifacts, load_artifact
    from treadle.tracking.reading import get_run, metric_history, search_runs

__all__ = [
    "DataCatalog",
    "Dataset",
    "DatasetDescription",
    "Node",
    "Pipeline",
    "Run",
    "RunResult",
    "TreadleError",
    "__version__",
    "active_run",
    "autolog",
    "download_artifacts",
    "get_run",
    "hook",
    "load_artifact",
    "load_catalog",
    "load_parameters",
    "log_artifact",
    "log_artifacts",
    "log_audio",
    "log_dict",
    "log_figure",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_series",
    "log_table",
    "log_text",
    "metric_history",
    "node",
    "open_project",
    "param",
    "pipeline",
    "run",
    "search_runs",
    "set_tag",
    "set_tags",
    "show",
    "start_run",
]

_MODULES = {
    "treadle.catalog": ("DataCatalog", "Dataset", "DatasetDescription"),
    "treadle.errors": ("TreadleError",),
    "treadle.hooks": ("hook",),
    "treadle.interop.notebook": ("show",),
    "treadle.pipelines": ("Node", "Pipeline", "node", "param", "pipeline"),
    "treadle.project": ("RunResult", "load_catalog", "load_parameters", "run"),
    "treadle.project.opened": ("open_project",),
    "treadle.tracking": (
        "Run",
        "active_run",
        "log_artifact",
        "log_artifacts",
        "log_audio",
        "log_dict",
        "log_figure",
        "log_image",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "log_series",
        "log_table",
        "log_text",
        "set_tag",
        "set_tags",
        "start_run",
    ),
    "treadle.tracking.autolog": ("autolog",),
    "treadle.tracking.loading": ("download_artifacts", "load_artifact"),
    "treadle.tracking.reading": ("get_run", "metric_history", "search_runs"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
