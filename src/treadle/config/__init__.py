"""The configuration of a project: files, environments, ``${…}`` interpolation, parameters.

load             all of it, in order: read, merge, set parameters, interpolate
documents        a file as plain values, with the line of each
merge            documents of one environment, and environments over each other
interpolation    ``${…}``, by OmegaConf
overrides, assignments    parameters as text: ``a.b=1``, read and written
parameters       values by dotted path, checked against types
set_parameters   which of them were set for a run, and have an effect
archive          a configuration in a ``.zip`` or ``.tar.gz``
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
