"""Recording runs: the logging functions, the run's handle, and the recorder of pipelines."""

from treadle.tracking.active import active_run
from treadle.tracking.api import (
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_series,
    log_text,
    set_tag,
    set_tags,
    start_run,
)
from treadle.tracking.run import Run
from treadle.tracking.store_choice import choose_experiment, choose_location

__all__ = [
    "Run",
    "active_run",
    "choose_experiment",
    "choose_location",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_series",
    "log_text",
    "set_tag",
    "set_tags",
    "start_run",
]
