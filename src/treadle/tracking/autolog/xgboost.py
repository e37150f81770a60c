"""XGBoost: parameters, every evaluation of every round, feature importance, the booster."""

import inspect
from types import ModuleType
from typing import Any

from treadle.tracking.autolog.boosting import log_booster, log_importance, log_round, replace_train
from treadle.tracking.autolog.training import Training, listen, quietly


def install(xgboost: ModuleType) -> None:
    """Log calls of ``train``, also those of the estimators."""
    callback = _callback(xgboost)

    def before(training: Training, call: inspect.BoundArguments) -> None:
        training.describe(xgboost.Booster)
        training.log_params(
            {
                key: value
                for key, value in dict(call.arguments["params"]).items()
                if value is not None
            }
        )
        training.log_params({"num_boost_round": call.arguments.get("num_boost_round", 10)})
        if call.arguments.get("early_stopping_rounds"):
            training.log_params({"early_stopping_rounds": call.arguments["early_stopping_rounds"]})
        call.arguments["callbacks"] = [*(call.arguments.get("callbacks") or ()), callback(training)]

    train = listen("xgboost", xgboost.train, name=_name, before=before, after=_after)
    replace_train(xgboost, train, xgboost.training)


def _name(call: inspect.BoundArguments) -> str:
    return "xgboost"


def _callback(xgboost: ModuleType) -> Any:
    class Rounds(xgboost.callback.TrainingCallback):  # type: ignore[misc, name-defined]
        """Logs the evaluations of each round."""

        def __init__(self, training: Training) -> None:
            self._training = training

        def after_iteration(
            self, model: Any, epoch: int, evals_log: dict[str, dict[str, list[Any]]]
        ) -> bool:
            with quietly("A round"):
                log_round(
                    self._training,
                    epoch,
                    (
                        (
                            data,
                            metric,
                            values[-1][0] if isinstance(values[-1], tuple) else values[-1],
                        )
                        for data, metrics in evals_log.items()
                        for metric, values in metrics.items()
                    ),
                )
            return False

    return Rounds


def _after(training: Training, call: inspect.BoundArguments, booster: Any) -> None:
    with quietly("Early stopping"):
        if call.arguments.get("early_stopping_rounds") or getattr(booster, "attr", str)(
            "best_iteration"
        ):
            training.log_metrics(
                {"best_iteration": booster.best_iteration, "best_score": booster.best_score}
            )
    for kind in ("weight", "gain"):
        with quietly(f"The {kind} of features"):
            log_importance(training, booster.get_score(importance_type=kind), kind)
    with quietly("The booster"):
        import xgboost

        flavor = {
            "model_class": "xgboost.core.Booster",
            "model_format": "ubj",
            "xgb_version": xgboost.__version__,
        }
        log_booster(training, booster, "model.ubj", flavor, ("xgboost", "xgboost-cpu"))
