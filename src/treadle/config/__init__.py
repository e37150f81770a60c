"""The configuration of a project: files, environments, ``${…}`` interpolation, parameters.

Every value keeps the file and line that it came from, for messages.

    load                                    a project's configuration, from its files
    documents, archive                      files, with the location of each value; archives
    merge, interpolation                    environments over one another; `${…}`
    overrides, assignments, set_parameters  `--params`: read, written, and which have an effect
    parameters                              values that nodes read, checked against their types
"""

from treadle.config.archive import open_source
from treadle.config.assignments import write_assignments
from treadle.config.documents import Origin, Origins, key_text
from treadle.config.interpolation import Resolvers
from treadle.config.load import Config, load_config, read_catalog, read_parameters
from treadle.config.merge import merge
from treadle.config.parameters import Parameters

__all__ = [
    "Config",
    "Origin",
    "Origins",
    "Parameters",
    "Resolvers",
    "key_text",
    "load_config",
    "merge",
    "open_source",
    "read_catalog",
    "read_parameters",
    "write_assignments",
]
