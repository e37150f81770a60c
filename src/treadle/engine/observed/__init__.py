"""Observes what code reads beside its arguments: files, folders, environment variables.

While a node runs, or a project module is imported, the Python functions that open files, list
folders and look up variables record their arguments. Each becomes a reading, with a digest: what
was read, and what was there. A later plan compares the readings with the current content.

    read_functions, wrapping                the functions that are observed, and their calls
    file_reads, code_reads, variable_reads  what a call reads
    readers, attribution, collector         the code that reads it, and what it has read
    readings, ignored                       one thing that was read, and what does not count
    imports, value_classes                  what imports read, and classes of objects in data
"""

from treadle.engine.observed.collector import Watch
from treadle.engine.observed.imports import readings_by_module, readings_of_import
from treadle.engine.observed.read_functions import observe_node, observing
from treadle.engine.observed.readings import ABSENT, Reading, ReadingNow, describe_readings
from treadle.engine.observed.value_classes import find_classes

__all__ = [
    "ABSENT",
    "Reading",
    "ReadingNow",
    "Watch",
    "describe_readings",
    "find_classes",
    "observe_node",
    "observing",
    "readings_by_module",
    "readings_of_import",
]
