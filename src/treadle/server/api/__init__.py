"""Treadle's own API, under ``/api/v1``.

An operation is a function with a typed request; its description is generated from it.

    dialect                      how requests, responses and errors are written
    runs, experiments, journals  operations
    tables                       operations on tables of runs, and on many runs
    series, me                   operations: many curves at once, and the caller
    artifacts, events            streams: files, and progress
"""
