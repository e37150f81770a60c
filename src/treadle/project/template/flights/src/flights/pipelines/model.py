"""From features to a model, and how good it is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

from treadle import node, param

TARGET = "arr_delay"


@dataclass
class ModelSettings:
    """The parameters under ``model:``, checked before anything runs."""

    depth: int
    rounds: int
    learning_rate: float
    seed: int


@node(outputs=["train_set", "test_set"])
def split(
    features: pd.DataFrame,
    test_share: float = param("split.test_share"),
    seed: int = param("split.seed"),
) -> list[pd.DataFrame]:
    """Set some of the flights aside."""
    return train_test_split(features, test_size=test_share, random_state=seed)


@node(outputs="model")
def train(
    train_set: pd.DataFrame, settings: ModelSettings = param("model")
) -> HistGradientBoostingRegressor:
    """Fit boosted trees."""
    model = HistGradientBoostingRegressor(
        max_depth=settings.depth,
        max_iter=settings.rounds,
        learning_rate=settings.learning_rate,
        random_state=settings.seed,
    )
    return model.fit(train_set.drop(columns=TARGET), train_set[TARGET])


@node(outputs="predictions")
def predict(model: HistGradientBoostingRegressor, test_set: pd.DataFrame) -> pd.DataFrame:
    """Predict the delay of the flights that were set aside."""
    return pd.DataFrame(
        {"actual": test_set[TARGET], "predicted": model.predict(test_set.drop(columns=TARGET))}
    )


@node(outputs="metrics")
def evaluate(predictions: pd.DataFrame) -> dict[str, float]:
    """Measure the error, in minutes, and the share of the variance that is explained."""
    actual, predicted = predictions["actual"], predictions["predicted"]
    return {"mae": mean_absolute_error(actual, predicted), "r2": r2_score(actual, predicted)}


@node(outputs="residuals")
def plot_residuals(predictions: pd.DataFrame) -> Figure:
    """Draw how far off the predictions are."""
    error = predictions["actual"] - predictions["predicted"]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.hist(error, bins=np.arange(-60, 61, 3), color="#4C6EF5")
    axes.set(xlabel="actual minus predicted delay, in minutes", ylabel="flights", title="Residuals")
    return figure
