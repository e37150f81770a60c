"""scikit-learn: every predictor, its parameters and training metrics, searches and candidates.

Training metrics are computed on the training data, on at most 10,000 rows of it.
"""

import inspect
import io
import math
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from treadle.tracking.autolog import plots
from treadle.tracking.autolog.models import log_model, pickled
from treadle.tracking.autolog.training import Training, listen, quietly, readable
from treadle.tracking.opening import create_run

_METHODS: Final = ("fit", "fit_predict", "fit_transform")
_OTHERS: Final = frozenset({"xgboost", "lightgbm"})  # logged in more detail by themselves
_MOST_ROWS: Final = 10_000
_BINARY: Final = 2


def install(base: ModuleType) -> None:
    """Log fits of all existing and future estimators."""
    estimator = base.BaseEstimator
    subclassed = vars(estimator).get("__init_subclass__")

    def see(cls: type, /, **options: Any) -> None:
        if subclassed is not None:
            subclassed.__func__(cls, **options)
        else:
            super(estimator, cls).__init_subclass__(**options)
        _listen_to(cls)

    estimator.__init_subclass__ = classmethod(see)
    known, waiting = set(), list(estimator.__subclasses__())
    while waiting:
        cls = waiting.pop()
        if cls not in known:
            known.add(cls)
            waiting += cls.__subclasses__()
            _listen_to(cls)


def _listen_to(cls: type) -> None:
    for method in _METHODS:
        own = vars(cls).get(method)
        if inspect.isfunction(own):
            setattr(cls, method, listen("sklearn", own, name=_name, before=_before, after=_after))


def _name(call: inspect.BoundArguments) -> str:
    model = _model(call)
    if type(model).__module__.partition(".")[0] in _OTHERS:
        return ""
    # A mere transformer is part of something else. A search does not predict before it is fitted.
    is_whole = hasattr(model, "predict") or hasattr(model, "fit_predict") or hasattr(model, "cv")
    return type(model).__name__ if is_whole else ""


def _model(call: inspect.BoundArguments) -> Any:
    return call.args[0]


def _before(training: Training, call: inspect.BoundArguments) -> None:
    model = _model(call)
    training.describe(type(model))
    training.log_params(model.get_params(deep=True))
    rows = getattr(call.arguments.get("X"), "shape", None)
    if rows:
        training.log_params({"data_rows": rows[0], "data_columns": rows[1] if len(rows) > 1 else 1})


def _after(training: Training, call: inspect.BoundArguments, result: Any) -> None:
    model = _model(call)
    with quietly(f"The search of {training.name}"):
        _log_search(training, model)
    with quietly(f"The fit of {training.name}"):
        _log_fit(training, model, call)
    with quietly(f"The weights of {training.name}"):
        _log_importance(training, model)
    with quietly(f"The model {training.name}"):
        _log_model(training, model)


def _log_model(training: Training, model: Any) -> None:
    if not training.options.models:
        return
    import sklearn

    content, by = pickled(model)

    def write(folder: Path) -> None:
        (folder / "model.pkl").write_bytes(content)

    flavors = {
        "sklearn": {
            "pickled_model": "model.pkl",
            "serialization_format": by,
            "sklearn_version": sklearn.__version__,
            "code": None,
        },
        "python_function": {
            "loader_module": "mlflow.sklearn",
            "model_path": "model.pkl",
            "predict_fn": "predict",
        },
    }
    log_model(
        training,
        write,
        flavors=flavors,
        packages=(
            "scikit-learn",
            "numpy",
            "scipy",
            *(("cloudpickle",) if by == "cloudpickle" else ()),
        ),
    )


def _log_fit(training: Training, model: Any, call: inspect.BoundArguments) -> None:
    """Log metrics of the model on its training data."""
    from sklearn.base import is_classifier, is_regressor
    from sklearn.utils import _safe_indexing

    X, y = call.arguments.get("X"), call.arguments.get("y")
    for key in ("inertia_", "n_iter_", "best_score_"):
        value = getattr(model, key, None)
        if isinstance(value, int | float):
            training.log_metrics({key.strip("_"): value})
    if X is None or y is None or not (is_classifier(model) or is_regressor(model)):
        return
    rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if rows > _MOST_ROWS:
        rows_used = [number * rows // _MOST_ROWS for number in range(_MOST_ROWS)]
        X, y = _safe_indexing(X, rows_used), _safe_indexing(y, rows_used)
    predicted = model.predict(X)
    if is_regressor(model):
        _log_regression(training, y, predicted)
    else:
        _log_classification(training, model, X, y, predicted)


def _log_regression(training: Training, y: Any, predicted: Any) -> None:
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    squared = float(mean_squared_error(y, predicted))
    training.log_metrics(
        {
            "training/mean_squared_error": squared,
            "training/root_mean_squared_error": math.sqrt(squared),
            "training/mean_absolute_error": mean_absolute_error(y, predicted),
            "training/r2_score": r2_score(y, predicted),
        }
    )


def _log_classification(training: Training, model: Any, X: Any, y: Any, predicted: Any) -> None:
    from sklearn.metrics import (
        accuracy_score,
        confusion_matrix,
        f1_score,
        precision_score,
        recall_score,
    )

    averaged = {"average": "weighted", "zero_division": 0}
    training.log_metrics(
        {
            "training/accuracy_score": accuracy_score(y, predicted),
            "training/precision_score": precision_score(y, predicted, **averaged),
            "training/recall_score": recall_score(y, predicted, **averaged),
            "training/f1_score": f1_score(y, predicted, **averaged),
        }
    )
    labels = list(getattr(model, "classes_", sorted(set(predicted))))
    matrix = confusion_matrix(y, predicted, labels=labels)
    training.log_figure(plots.confusion(matrix, labels), "confusion_matrix")
    if hasattr(model, "predict_proba"):
        _log_probabilities(training, y, model.predict_proba(X), labels)


def _log_probabilities(training: Training, y: Any, chances: Any, labels: list[Any]) -> None:
    from sklearn.metrics import auc, log_loss, precision_recall_curve, roc_auc_score, roc_curve

    training.log_metrics({"training/log_loss": log_loss(y, chances, labels=labels)})
    if len(labels) > _BINARY:
        training.log_metrics(
            {"training/roc_auc": roc_auc_score(y, chances, multi_class="ovo", labels=labels)}
        )
        return
    wrong, right, _ = roc_curve(y, chances[:, 1], pos_label=labels[1])
    area = auc(wrong, right)
    training.log_metrics({"training/roc_auc": area})
    training.log_figure(
        plots.curve(wrong, right, "false positive rate", "true positive rate", f"area {area:.3f}"),
        "roc_curve",
    )
    precision, recall, _ = precision_recall_curve(y, chances[:, 1], pos_label=labels[1])
    training.log_figure(
        plots.curve(recall, precision, "recall", "precision", "training data"), "precision_recall"
    )


def _log_importance(training: Training, model: Any) -> None:
    final = (
        model.steps[-1][1] if hasattr(model, "steps") else getattr(model, "best_estimator_", model)
    )
    values = getattr(final, "feature_importances_", None)
    if values is None:
        coefficients = getattr(final, "coef_", None)
        if coefficients is None or getattr(coefficients, "ndim", 0) != 1:
            return
        values = coefficients
    names = getattr(final, "feature_names_in_", None)
    labels = (
        [str(name) for name in names]
        if names is not None
        else [f"x{number}" for number in range(len(values))]
    )
    importance = dict(zip(labels, map(float, values), strict=True))
    training.run.log_dict(importance, f"{training.folder}/importance.json")
    training.log_figure(plots.bars(importance, "importance"), "importance")


def _log_search(training: Training, model: Any) -> None:
    """Log the best result of a search, all candidates as a table, and the best ones as runs."""
    results = getattr(model, "cv_results_", None)
    if not isinstance(results, dict):
        return
    if hasattr(model, "best_params_"):
        training.log_params({f"best.{key}": value for key, value in model.best_params_.items()})
    training.log_file(_table(results).encode(), "cv_results.csv")
    ranks = results.get("rank_test_score")
    if ranks is None:
        return
    best = sorted(range(len(ranks)), key=lambda index: ranks[index])[: training.options.tuning_runs]
    for index in best:
        _log_candidate(training, results, index)


def _log_candidate(training: Training, results: dict[str, Any], index: int) -> None:
    run = create_run(
        training.run.location,
        name=f"{training.name} candidate {index + 1}",
        experiment=training.run.experiment,
        parent=training.run.id,
    )
    run.log_params({key: readable(value) for key, value in results["params"][index].items()})
    run.log_metrics(
        {
            key: values[index]
            for key, values in results.items()
            if key.startswith(("mean_", "std_", "rank_"))
        },
        0,
    )
    run.end()


def _table(results: dict[str, Any]) -> str:
    import csv

    columns = [key for key in results if key != "params"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(results[key] for key in columns), strict=True))
    return text.getvalue()
