"""Figures of matplotlib and plotly."""

from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.catalog.format import EngineFormat, Options
from treadle.errors import DataError


class MatplotlibFormat(EngineFormat):
    """Figures of matplotlib, saved as images; they are loaded as images of Pillow."""

    name = "matplotlib"
    engines = ("matplotlib",)
    extras = {"matplotlib": ("matplotlib", "matplotlib")}

    def load(self, path: Path, options: Options) -> Any:
        """Read the image.

        Raises:
            DataError: It is a vector graphic, which Pillow does not read.
        """
        ending = _vector_format(path)
        if ending:
            raise DataError(
                f"a figure that was saved as {ending} cannot be loaded again.",
                hint="Save it as png where a node reads it.",
            )
        from PIL import Image

        with Image.open(path, **options) as image:
            image.load()
            return image

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Draw a figure, the figure of axes, or the current one of ``pyplot``; then close it."""
        figure = _figure_of(data)
        ending = _ending(path)
        figure.savefig(
            path,
            **{
                "format": ending if ending in ("png", "pdf", "svg", "jpg", "webp") else "png",
                **options,
            },
        )
        import matplotlib.pyplot as plt

        plt.close(figure)


def _figure_of(data: Any) -> Any:
    if isinstance(data, ModuleType):
        return data.gcf()  # pyplot itself, as many functions return it
    if not hasattr(data, "savefig") and not hasattr(data, "get_figure"):
        raise DataError(
            f"{type(data).__name__} is not a figure of matplotlib.",
            hint="Return a figure, its axes, pyplot, or a dict or list of them; a figure of "
            "plotly has type: plotly.",
        )
    return data if hasattr(data, "savefig") else data.get_figure()


def _vector_format(path: Path) -> str:
    """Return the format of a vector graphic, by its content; empty for an image."""
    with path.open("rb") as file:
        start = file.read(1024).lstrip()
    kinds = {b"%PDF": "pdf", b"%!PS": "ps", b"<?xml": "svg", b"<svg": "svg"}
    return next((name for mark, name in kinds.items() if start.startswith(mark)), "")


def _ending(path: Path) -> str:
    """Return the extension of the target, also from a staged name: ``.roc.png.stage-…``."""
    return path.name.partition(".stage-")[0].rpartition(".")[2].lower()


class PlotlyFormat(EngineFormat):
    """Figures of plotly as JSON, which can be loaded again, or as HTML pages."""

    name = "plotly"
    engines = ("plotly",)
    extras = {"plotly": ("plotly", "plotly")}

    def load(self, path: Path, options: Options) -> Any:
        """Read a figure."""
        from plotly import io

        return io.from_json(path.read_text(encoding="utf-8"), **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a figure."""
        if not hasattr(data, "to_html"):
            raise DataError(f"{type(data).__name__} is not a figure of plotly.")
        if _ending(path) == "html":
            text = data.to_html(**{"include_plotlyjs": "cdn", **options})
        else:
            text = data.to_json(**options)
        path.write_text(text, encoding="utf-8")
