"""Nodes and pipelines: immutable values that hold the names of datasets, never their data."""

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
