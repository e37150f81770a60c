"""All operations of the native API, in the order in which they are described."""

from typing import Final

from treadle.server.api import (
    experiments,
    journals,
    logs,
    me,
    media,
    models,
    runs,
    series,
    tables,
    views,
)
from treadle.server.operation import operations_of

OPERATIONS: Final = operations_of(
    journals, runs, tables, series, logs, media, views, models, experiments, me
)
"""The operations of the native API; streams of files and events are routes of their own."""
