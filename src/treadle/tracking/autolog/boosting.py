"""Shared by XGBoost and LightGBM: evaluations by round, feature importance, saved boosters."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.tracking.autolog import plots
from treadle.tracking.autolog.models import log_model
from treadle.tracking.autolog.training import Training

Evaluation = tuple[str, str, float]
"""Name of the data, name of the metric, value."""


def replace_train(library: ModuleType, train: Any, *others: object) -> None:
    """Replace ``train``, also where the library's estimators refer to it."""
    for module in (library, getattr(library, "sklearn", None), *others):
        if hasattr(module, "train"):
            setattr(module, "train", train)  # noqa: B010 - a module's type has no such attribute


def log_round(training: Training, number: int, evaluations: Iterable[Evaluation]) -> None:
    """Log the evaluations of a round: ``valid/rmse``, with the round as step."""
    metrics = {f"{data}/{metric}": value for data, metric, value in evaluations}
    if metrics:
        training.log_metrics(metrics, number)


def log_importance(training: Training, importance: Mapping[str, Any], kind: str) -> None:
    """Log the importance of each feature, as a file and as a plot."""
    values = {str(name): float(value) for name, value in importance.items()}
    if values:
        training.run.log_dict(values, f"{training.folder}/importance-{kind}.json")
        training.log_figure(plots.bars(values, kind), f"importance-{kind}")


def log_booster(
    training: Training,
    booster: Any,
    file: str,
    flavor: Mapping[str, Any],
    packages: tuple[str, ...],
) -> None:
    """Save a booster in its library's own format, with how to load it."""

    def write(folder: Path) -> None:
        booster.save_model(folder / file)

    flavors = {
        training.library: {"data": file, "code": None, **flavor},
        "python_function": {"loader_module": f"mlflow.{training.library}"},
    }
    log_model(training, write, flavors=flavors, packages=(*packages, "numpy", "scipy"))
