"""PyTorch Lightning: hyperparameters, optimizers, logged metrics, the best and the last weights."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.tracking.autolog.curves import Curves
from treadle.tracking.autolog.models import log_model
from treadle.tracking.autolog.training import Training, current, listen, quietly


def install(lightning: ModuleType) -> None:
    """Log calls of ``Trainer.fit``."""
    logger: Any = type("FitLogger", (_FitLogger, lightning.loggers.Logger), {})

    def before(training: Training, call: inspect.BoundArguments) -> None:
        trainer, model = call.args[0], call.args[1]
        training.describe(type(model))
        training.log_params(
            {
                "epochs": trainer.max_epochs,
                "max_steps": trainer.max_steps,
                "precision": trainer.precision,
            }
        )
        trainable = [tensor for tensor in model.parameters() if tensor.requires_grad]
        training.log_params({"trainable_parameters": sum(tensor.numel() for tensor in trainable)})
        # A logger, not a callback: it gets each value once, at Lightning's step and frequency.
        others = [other for other in trainer.loggers if not isinstance(other, logger)]
        trainer.loggers = [*others, logger(training, trainer)]

    def after(training: Training, call: inspect.BoundArguments, result: Any) -> None:
        trainer = call.args[0]
        trainer.loggers = [other for other in trainer.loggers if not isinstance(other, logger)]
        with quietly("The optimizers"):
            training.log_params(_describe_optimizers(trainer.optimizers))
        with quietly("The model"):
            _log_weights(training, trainer)

    lightning.Trainer.fit = listen(
        "lightning", lightning.Trainer.fit, name=_name, before=before, after=after
    )


def _name(call: inspect.BoundArguments) -> str:
    return type(call.args[1]).__name__


class _FitLogger:
    """Logs one fit, on the main process; combined with Lightning's own class of loggers."""

    # Without names, checkpoints are saved where they are without any logger.
    name = ""
    version = ""

    def __init__(self, training: Training, trainer: Any) -> None:
        super().__init__()
        self._training = training
        self._trainer = trainer
        self._epoch: float | None = None
        self._curves = Curves()

    def _listens(self) -> bool:
        return self._trainer.is_global_zero and current() is self._training

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Log the metrics that the module logged."""
        if self._listens():
            with quietly("A step"):
                values = dict(metrics)
                epoch: Any = values.pop("epoch", self._epoch)
                self._curves.add(values, step or 0)
                if epoch != self._epoch:  # it comes with every step; once is enough
                    self._epoch = values["epoch"] = epoch
                self._training.log_metrics(values, step)

    def finalize(self, status: str) -> None:
        """Draw the curves."""
        if self._listens():
            self._curves.draw(self._training)

    def log_hyperparams(self, params: Any, *_: Any, **__: Any) -> None:
        """Log the hyperparameters that the module saved."""
        if self._listens():
            with quietly("The hyperparameters"):
                self._training.log_params(dict(params))


def _describe_optimizers(optimizers: list[Any]) -> dict[str, object]:
    params: dict[str, object] = {}
    for number, optimizer in enumerate(optimizers):
        prefix = "optimizer" if number == 0 else f"optimizer-{number + 1}"
        params[prefix] = type(optimizer).__name__
        for key, value in optimizer.defaults.items():
            if value is None or isinstance(value, bool | int | float | str | tuple):
                params[f"{prefix}.{key}"] = value
    return params


def _log_weights(training: Training, trainer: Any) -> None:
    def write(folder: Path) -> None:
        trainer.save_checkpoint(folder / "last.ckpt", weights_only=True)
        best = getattr(trainer.checkpoint_callback, "best_model_path", "")
        score = getattr(trainer.checkpoint_callback, "best_model_score", None)
        if best and score is not None and Path(best).is_file():
            (folder / "best.ckpt").write_bytes(Path(best).read_bytes())
            training.log_metrics({"best_score": float(score)})

    if training.options.models and trainer.is_global_zero:
        log_model(training, write, flavors={}, packages=("torch", "pytorch-lightning", "lightning"))
