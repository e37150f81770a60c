"""What XGBoost and LightGBM have in common: rounds with evaluations, importance of features, a text for a model."""

from collections.abc import Iterable
from typing import Any

from treadle.tracking.autolog import plots
from treadle.tracking.autolog.training import Training

__all__ = ["Evaluation", "log_importance", "log_round"]

Evaluation = tuple[str, str, float]
"""Name of the data, name of the metric, value."""


def log_round(training: Training, number: int, evaluations: Iterable[Evaluation]) -> None:
    """Log what one round came to: ``valid/rmse`` at the round's number."""
    found = {f"{data}/{metric}": value for data, metric, value in evaluations}
    if found:
        training.log_metrics(found, number)


def log_importance(training: Training, importance: dict[str, Any], kind: str) -> None:
    """Keep how much each feature is worth, as a file and as a picture."""
    found = {str(name): float(value) for name, value in importance.items()}
    if found:
        training.run.log_dict(found, f"{training.folder}/importance-{kind}.json")
        training.log_figure(plots.bars(found, kind), f"importance-{kind}")
