"""Plots of trained models. Every function draws into the matplotlib axes that it gets."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

_MOST_BARS: Final = 30
_MOST_CELLS: Final = 15  # classes up to which the numbers are written into the cells
_LONGEST_LABEL: Final = 22


def bars(values: Mapping[str, float], label: str) -> Callable[[Any], None]:
    """Draw the greatest values as bars, the greatest on top."""

    def draw(axes: Any) -> None:
        chosen = sorted(values.items(), key=lambda pair: abs(pair[1]))[-_MOST_BARS:]
        positions = range(len(chosen))
        axes.barh(positions, [value for _, value in chosen])
        axes.set_yticks(positions, [_short(name) for name, _ in chosen], fontsize=8)
        axes.set_xlabel(label)
        if len(values) > len(chosen):
            axes.set_title(f"the {len(chosen)} greatest of {len(values)}")

    return draw


def confusion(matrix: Any, labels: Sequence[object]) -> Callable[[Any], None]:
    """Draw a confusion matrix."""

    def draw(axes: Any) -> None:
        axes.imshow(matrix, cmap="Blues")
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        if len(labels) <= _MOST_CELLS:
            positions = range(len(labels))
            axes.set_xticks(positions, [_short(label) for label in labels], rotation=45)
            axes.set_yticks(positions, [_short(label) for label in labels])
            half = matrix.max() / 2
            for row in positions:
                for column in positions:
                    count = matrix[row, column]
                    axes.text(
                        column,
                        row,
                        str(count),
                        ha="center",
                        va="center",
                        color="w" if count > half else "k",
                    )

    return draw


def _short(label: object) -> str:
    text = str(label)
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def lines(series: Mapping[str, Sequence[tuple[float, float]]], title: str) -> Callable[[Any], None]:
    """Draw several named series of points into one plot."""

    def draw(axes: Any) -> None:
        for name, points in sorted(series.items()):
            axes.plot([x for x, _ in points], [y for _, y in points], label=name)
        axes.set(xlabel="step", title=title)
        axes.legend()

    return draw


def curve(x: Any, y: Any, x_label: str, y_label: str, title: str) -> Callable[[Any], None]:
    """Draw a curve in the unit square, such as a ROC curve."""

    def draw(axes: Any) -> None:
        axes.plot(x, y)
        axes.set(xlabel=x_label, ylabel=y_label, title=title, xlim=(0, 1), ylim=(0, 1.02))

    return draw
