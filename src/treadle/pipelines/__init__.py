"""Nodes and pipelines: immutable values that hold the names of datasets, never their data.

Everything here is pure: no file is read, and no data is loaded. The package is not ``pipeline``:
importing it would replace the function ``treadle.pipeline``.

    functions, param      the function of a node: its name, its signature, its parameters
    node, ports           a function with named inputs and outputs; the form of its result
    pipeline, selectable  sets of nodes, and their operations
    compose, namespace    pipelines of pipelines; nodes under a namespace
    graph, filters        order, ancestors, descendants; selection by them
    dataset_names         the syntax of names
    kedro                 Kedro's own objects, which are rejected with a hint
"""

from treadle.pipelines.compose import pipeline
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
from treadle.pipelines.namespace import NameMap
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
