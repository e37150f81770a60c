"""Learning curves: the metrics of a training by step, one plot for each quantity."""

from collections import defaultdict
from collections.abc import Mapping

from treadle.tracking.autolog import plots
from treadle.tracking.autolog.training import Training, quietly

_KINDS = ("train", "training", "val", "valid", "validation", "test")
_MOST_POINTS = 2000  # per curve: more than a plot has columns; then every second one is dropped
_MOST_PICTURES = 12


class Curves:
    """Collects points while they are logged, and draws them at the end.

    ``train_loss`` and ``val_loss``, or ``loss`` and ``val/loss``, share a plot.
    """

    def __init__(self) -> None:
        self._points: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def add(self, metrics: Mapping[str, float], step: float) -> None:
        """Add the metrics of a step."""
        for key, value in metrics.items():
            points = self._points[key]
            points.append((step, float(value)))
            if len(points) > _MOST_POINTS:
                del points[1:-1:2]

    def draw(self, training: Training) -> None:
        """Draw all curves with more than one point."""
        pictures: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(dict)
        for key, points in self._points.items():
            if len(points) > 1:
                pictures[_quantity(key)][key] = points
        for quantity, series in sorted(pictures.items())[:_MOST_PICTURES]:
            with quietly(f"The curve of {quantity}"):
                training.log_figure(plots.lines(series, quantity), f"curve_{quantity}")


def _quantity(key: str) -> str:
    """Return the measured quantity: the name without ``val``, ``train``, ``step`` or ``epoch``."""
    words = key.replace("/", "_").split("_")
    return "_".join(word for word in words if word not in (*_KINDS, "step", "epoch")) or "_".join(
        words
    )
