"""Figures of matplotlib and plotly."""

from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options

__all__ = ["MatplotlibFormat", "PlotlyFormat"]


class MatplotlibFormat(EngineFormat):
    """Figures of matplotlib, saved as images; loaded they are images of Pillow."""

    name = "matplotlib"
    engines = ("matplotlib",)
    extras = {"matplotlib": ("matplotlib", "matplotlib")}

    def load(self, path: Path, options: Options) -> Any:
        """Read the image."""
        from PIL import Image

        with Image.open(path, **options) as image:
            image.load()
            return image

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Draw a figure, or the figure that axes are part of; then let go of its memory."""
        figure = data if hasattr(data, "savefig") else data.get_figure()
        ending = path.name.partition(".stage-")[0].rpartition(".")[2].lower()
        figure.savefig(
            path, **{"format": ending if ending in ("png", "pdf", "svg", "jpg", "webp") else "png", **options}
        )
        import matplotlib.pyplot as plt

        plt.close(figure)


class PlotlyFormat(EngineFormat):
    """Figures of plotly as JSON, which loads again, or as pages (``.html``)."""

    name = "plotly"
    engines = ("plotly",)
    extras = {"plotly": ("plotly", "plotly")}

    def load(self, path: Path, options: Options) -> Any:
        """Read a figure."""
        from plotly import io

        return io.from_json(path.read_text(encoding="utf-8"), **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a figure."""
        if path.name.partition(".stage-")[0].endswith(".html"):
            text = data.to_html(**{"include_plotlyjs": "cdn", **options})
        else:
            text = data.to_json(**options)
        path.write_text(text, encoding="utf-8")
