"""Images."""

from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options
from treadle.errors import DataError


class ImageFormat(EngineFormat):
    """Images of Pillow; PNG unless ``save_args: {format: …}`` sets another format."""

    name = "image"
    engines = ("pillow",)
    extras = {"pillow": ("PIL", "image")}

    def load(self, path: Path, options: Options) -> Any:
        """Read an image completely."""
        from PIL import Image

        with Image.open(path, **options) as image:
            image.load()
            return image

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write an image; a figure of matplotlib is drawn."""
        if hasattr(data, "savefig") or hasattr(data, "get_figure"):
            from treadle.catalog.formats.figure import MatplotlibFormat

            MatplotlibFormat().save(data, path, options)
            return
        if not hasattr(data, "getbands"):
            raise DataError(
                f"{type(data).__name__} is not an image.",
                hint="Return an image of Pillow or a figure of matplotlib; one of plotly has "
                "type: plotly.",
            )
        data.save(path, **{"format": _format_of(path), **options})


def _format_of(path: Path) -> str:
    """Return the format by the target's extension in a staged name: ``.photo.jpg.stage-…``."""
    ending = path.name.partition(".stage-")[0].rpartition(".")[2].lower()
    return {"jpg": "jpeg", "tif": "tiff"}.get(
        ending, ending if ending in ("jpeg", "png", "gif", "webp", "tiff", "bmp") else "png"
    )
