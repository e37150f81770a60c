"""Observes what code reads by other doors than its arguments: files, folders, variables of the environment.

While a node runs, or a module of the project is imported, the functions of Python that open files, list folders and
look up variables note what they are asked for. Each becomes a reading, with a digest: what was read, and what was
there. A later plan compares the readings with what is there then.
"""

from treadle.engine.observed.arrivals import find_classes
from treadle.engine.observed.doors import observe_node, observing
from treadle.engine.observed.imports import readings_by_module, readings_of_import
from treadle.engine.observed.readings import ABSENT, Reading, ReadingNow, describe_readings
from treadle.engine.observed.watch import Watch

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
