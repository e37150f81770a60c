"""Joins the tables that a model learns from."""

import pandas as pd

from treadle import Pipeline, node


def join(shuttles: pd.DataFrame, companies: pd.DataFrame) -> pd.DataFrame:
    """Join shuttles with their companies."""
    return shuttles.merge(companies, left_on="company", right_on="id").dropna()


def create_pipeline() -> Pipeline:
    """Make the pipeline."""
    return Pipeline([node(join, ["shuttles", "companies"], "model_input")])
