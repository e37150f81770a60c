"""Trains and evaluates a model; the split and the scores are in no catalog."""

from typing import Any

import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

import treadle
from treadle import Pipeline, node


def split(data: pd.DataFrame, options: dict[str, Any]) -> tuple[Any, ...]:
    """Split features and target."""
    return tuple(train_test_split(data[["engines", "rating"]], data["price"], **options))


def train(features: pd.DataFrame, target: pd.Series) -> LinearRegression:
    """Train the model."""
    return LinearRegression().fit(features, target)


def evaluate(
    model: LinearRegression, features: pd.DataFrame, target: pd.Series
) -> dict[str, float]:
    """Measure the model."""
    score = float(r2_score(target, model.predict(features)))
    treadle.log_metric("r2", score)
    return {"r2": score}


def create_pipeline() -> Pipeline:
    """Make the pipeline."""
    parts = ["x_train", "x_test", "y_train", "y_test"]
    return Pipeline(
        [
            node(split, ["model_input", "params:split"], parts),
            node(train, ["x_train", "y_train"], "regressor"),
            node(evaluate, ["regressor", "x_test", "y_test"], "scores"),
        ]
    )
