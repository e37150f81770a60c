"""Treadle's own API, under ``/api/v1``.

An operation is a function with a typed request; its description is generated from it.

    dialect                      how requests, responses and errors are written
    runs, experiments, journals  operations
    tables                       operations on tables of runs, and on many runs
    series, logs, media, models  operations: curves of a chart, lines and media of a run, models
    views, me                    operations: saved views of pages, and the caller
    operations                   all of them
    artifacts, events            streams: files, and progress
"""
