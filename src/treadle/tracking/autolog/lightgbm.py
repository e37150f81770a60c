"""LightGBM: parameters, every evaluation of every round, feature importance, the booster."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from treadle.tracking.autolog.boosting import log_booster, log_importance, log_round, replace_train
from treadle.tracking.autolog.training import Training, listen, quietly


def install(lightgbm: ModuleType) -> None:
    """Log calls of ``train``, also those of the estimators."""

    def before(training: Training, call: inspect.BoundArguments) -> None:
        training.describe(lightgbm.Booster)
        training.log_params(
            {
                key: value
                for key, value in dict(call.arguments["params"]).items()
                if value is not None
            }
        )
        training.log_params({"num_boost_round": call.arguments.get("num_boost_round", 100)})
        call.arguments["callbacks"] = [*(call.arguments.get("callbacks") or ()), _rounds(training)]

    train = listen("lightgbm", lightgbm.train, name=_name, before=before, after=_after)
    replace_train(lightgbm, train, lightgbm.engine)


def _name(call: inspect.BoundArguments) -> str:
    return "lightgbm"


def _rounds(training: Training) -> Callable[[Any], None]:
    def log(environment: Any) -> None:
        with quietly("A round"):
            log_round(
                training,
                environment.iteration,
                (tuple(entry[:3]) for entry in environment.evaluation_result_list or ()),
            )

    return log


def _after(training: Training, call: inspect.BoundArguments, booster: Any) -> None:
    with quietly("Early stopping"):
        if booster.best_iteration > 0:
            training.log_metrics({"best_iteration": booster.best_iteration})
            best = {
                f"best/{data}/{metric}": value
                for data, metrics in booster.best_score.items()
                for metric, value in metrics.items()
            }
            training.log_metrics(best)
    for kind in ("split", "gain"):
        with quietly(f"The {kind} of features"):
            values = booster.feature_importance(importance_type=kind)
            log_importance(training, dict(zip(booster.feature_name(), values, strict=True)), kind)
    with quietly("The booster"):
        import lightgbm

        flavor = {"model_class": "lightgbm.basic.Booster", "lgb_version": lightgbm.__version__}
        log_booster(training, booster, "model.lgb", flavor, ("lightgbm",))
