"""Recording runs: the logging functions, the run's handle, and the recorder of pipelines.

A logging call appends to a journal, and a thread delivers the journal to the store.

    api, active, run                        the logging functions, the active run, and its handle
    opening, params                         new and resumed runs, and their parameters
    series_log, artifacts, figures, values  what is logged: points, files, figures, values
    media_log, media                        images and sounds by step, and tables
    logs, output, system                    what is captured: messages, output, system metrics
    writer, delivery, reserve               the journal of a process, its delivery, a full disk
    store_choice, resume, exit_status       the store of a run, its continuation, its end
    code_capture                            code and environment of runs that start in Python
    recorder                                records pipelines from the engine's hooks
    recorded_run                            starts and ends runs of pipelines, scripts and programs
    node_log, node_logs, logged, rebase     what nodes log, and its copy when they are reused
    reading, columns, loading               recorded runs as records, frames and files
    autolog/                                one module for each library
"""

from treadle.tracking.active import active_run
from treadle.tracking.api import (
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
from treadle.tracking.run import Run
from treadle.tracking.store_choice import choose_experiment, choose_location

__all__ = [
    "Run",
    "active_run",
    "choose_experiment",
    "choose_location",
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
]
