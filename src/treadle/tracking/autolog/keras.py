"""Keras: settings of compile and fit, metrics of each epoch, the model as one file."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.tracking.autolog.curves import Curves
from treadle.tracking.autolog.models import log_model
from treadle.tracking.autolog.training import Training, listen, quietly

_FIT = (
    "epochs",
    "batch_size",
    "validation_split",
    "shuffle",
    "initial_epoch",
    "steps_per_epoch",
    "validation_steps",
)


def install(keras: ModuleType) -> None:
    """Log calls of ``Model.fit``; each backend has its own, which all of its models share."""
    callback = _callback(keras)

    def before(training: Training, call: inspect.BoundArguments) -> None:
        model = call.args[0]
        training.describe(type(model))
        call.apply_defaults()
        training.log_params(
            {key: call.arguments[key] for key in _FIT if call.arguments.get(key) is not None}
        )
        training.log_params(_describe_optimizer(getattr(model, "optimizer", None)))
        training.log_params({"loss": _name_of(getattr(model, "loss", None))})
        callbacks = call.arguments.get("callbacks")
        if isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks.append(callback(training))
            return
        if not isinstance(callbacks, list | tuple):
            callbacks = [] if callbacks is None else [callbacks]
        call.arguments["callbacks"] = [*callbacks, callback(training)]

    owner = next(cls for cls in keras.Model.__mro__ if "fit" in vars(cls))
    owner.fit = listen("keras", owner.fit, name=_name, before=before, after=_after)


def _name(call: inspect.BoundArguments) -> str:
    model = call.args[0]
    return str(getattr(model, "name", "") or type(model).__name__)


def _callback(keras: ModuleType) -> Any:
    class Epochs(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        """Logs the metrics of each epoch."""

        def __init__(self, training: Training) -> None:
            super().__init__()
            self._training = training
            self._curves = Curves()

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            with quietly("An epoch"):
                metrics = {_metric_name(key): float(value) for key, value in (logs or {}).items()}
                self._training.log_metrics(metrics, epoch)
                self._curves.add(metrics, epoch)

        def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
            self._curves.draw(self._training)

    return Epochs


def _metric_name(key: str) -> str:
    """Name a metric so that charts group it by quantity: ``val_loss`` becomes ``val/loss``."""
    return f"val/{key[4:]}" if key.startswith("val_") else key


def _describe_optimizer(optimizer: Any) -> dict[str, object]:
    if optimizer is None:
        return {}
    settings = {
        key: value
        for key, value in optimizer.get_config().items()
        if key != "name" and value is not None
    }
    return {
        "optimizer": type(optimizer).__name__,
        **{f"optimizer.{key}": value for key, value in settings.items()},
    }


def _name_of(loss: Any) -> object:
    if loss is None or isinstance(loss, str):
        return loss
    return getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__


def _after(training: Training, call: inspect.BoundArguments, history: Any) -> None:
    model = call.args[0]
    with quietly("The summary"):
        lines: list[str] = []
        model.summary(print_fn=lambda line, **_: lines.append(str(line)))
        training.run.log_text("\n".join(lines) + "\n", f"{training.folder}/summary.txt")
        training.log_params({"total_parameters": model.count_params()})
    with quietly("The model"):
        log_model(
            training,
            lambda folder: _write(model, folder),
            flavors={},
            packages=("keras", "torch", "tensorflow", "jax"),
        )


def _write(model: Any, folder: Path) -> None:
    model.save(folder / "model.keras")
