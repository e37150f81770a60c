"""Nodes and pipelines: immutable values that hold the names of datasets, never their data.

functions, param    the function of a node: its name, its signature, its parameters
dataset_names       ``name``, ``name@variant``, ``params:a.b``
ports               the inputs and outputs of a node, and the form of its result
node                a function with named inputs and outputs
graph               which node depends on which
filters, selectable    the nodes that meet conditions
pipeline, compose   nodes together, and pipelines under a namespace
"""

from treadle.pipelines.compose import NameMap, pipeline
from treadle.pipelines.dataset_names import (
    PARAMETERS,
    PREFIX,
    base_name,
    is_parameter,
    parameter_path,
)
from treadle.pipelines.filters import Selection
from treadle.pipelines.functions import unwrap
from treadle.pipelines.graph import Graph
from treadle.pipelines.kedro import check_not_kedro
from treadle.pipelines.node import Node, node
from treadle.pipelines.param import UNSET, Param, Unset, param
from treadle.pipelines.pipeline import Pipeline
from treadle.pipelines.ports import Inputs, Outputs

__all__ = [
    "PARAMETERS",
    "PREFIX",
    "UNSET",
    "Graph",
    "Inputs",
    "NameMap",
    "Node",
    "Outputs",
    "Param",
    "Pipeline",
    "Selection",
    "Unset",
    "base_name",
    "check_not_kedro",
    "is_parameter",
    "node",
    "param",
    "parameter_path",
    "pipeline",
    "unwrap",
]
