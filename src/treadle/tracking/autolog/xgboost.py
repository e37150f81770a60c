"""XGBoost: parameters, every evaluation of every round, importance of features, the booster."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.tracking.autolog.boosting import log_importance, log_round
from treadle.tracking.autolog.models import keep_model
from treadle.tracking.autolog.training import Training, listen, quietly

__all__ = ["install"]


def install(xgboost: ModuleType) -> None:
    """Listen to ``train``, also where the estimators call it."""
    callback = _callback(xgboost)

    def before(training: Training, call: inspect.BoundArguments) -> None:
        training.describe(xgboost.Booster)
        training.log_params({key: value for key, value in dict(call.arguments["params"]).items() if value is not None})
        training.log_params({"num_boost_round": call.arguments.get("num_boost_round", 10)})
        if call.arguments.get("early_stopping_rounds"):
            training.log_params({"early_stopping_rounds": call.arguments["early_stopping_rounds"]})
        call.arguments["callbacks"] = [*(call.arguments.get("callbacks") or ()), callback(training)]

    train = listen("xgboost", xgboost.train, name=_name, before=before, after=_after)
    for module in (xgboost, xgboost.training, getattr(xgboost, "sklearn", None)):
        if hasattr(module, "train"):
            setattr(module, "train", train)  # noqa: B010 - a module's type has no such attribute


def _name(call: inspect.BoundArguments) -> str:
    return "xgboost"


def _callback(xgboost: ModuleType) -> Any:
    class Rounds(xgboost.callback.TrainingCallback):  # type: ignore[misc, name-defined]
        """Logs each round."""

        def __init__(self, training: Training) -> None:
            self._training = training

        def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, list[Any]]]) -> bool:
            with quietly("A round"):
                log_round(
                    self._training, epoch,
                    ((data, metric, values[-1][0] if isinstance(values[-1], tuple) else values[-1])
                     for data, metrics in evals_log.items() for metric, values in metrics.items()),
                )  # fmt: skip
            return False

    return Rounds


def _after(training: Training, call: inspect.BoundArguments, booster: Any) -> None:
    with quietly("Early stopping"):
        if call.arguments.get("early_stopping_rounds") or getattr(booster, "attr", str)("best_iteration"):
            training.log_metrics({"best_iteration": booster.best_iteration, "best_score": booster.best_score})
    for kind in ("weight", "gain"):
        with quietly(f"The {kind} of features"):
            log_importance(training, booster.get_score(importance_type=kind), kind)
    with quietly("The booster"):
        _keep(training, booster)


def _keep(training: Training, booster: Any) -> None:
    import xgboost

    def write(folder: Path) -> None:
        booster.save_model(folder / "model.ubj")

    flavors = {
        "xgboost": {"data": "model.ubj", "model_class": "xgboost.core.Booster", "model_format": "ubj",
                    "xgb_version": xgboost.__version__, "code": None},
        "python_function": {"loader_module": "mlflow.xgboost"},
    }  # fmt: skip
    keep_model(training, write, flavors=flavors, packages=("xgboost", "xgboost-cpu", "numpy", "scipy"))
