"""Renders figures of plotting libraries, without importing any library itself."""

import io
from pathlib import PurePosixPath
from typing import Any

from treadle.errors import DataError


def render(figure: Any, path: str, options: dict[str, Any]) -> bytes:
    """Render a figure in the format of the path's suffix.

    Args:
        figure: Of matplotlib (or with ``savefig``), plotly (``write_html``), or a Pillow image.
        path: Only its suffix matters.
        options: For the library's own function.

    Raises:
        DataError: It is not a supported figure.
    """
    ending = PurePosixPath(path).suffix.lstrip(".").lower() or "png"
    if hasattr(figure, "get_figure") and not hasattr(figure, "savefig"):
        figure = figure.get_figure()  # axes of matplotlib and seaborn
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=ending, **options)
        return buffer.getvalue()
    if hasattr(figure, "to_html") and hasattr(figure, "to_json"):
        if ending == "html":
            return str(figure.to_html(**{"include_plotlyjs": "cdn", **options})).encode()
        if ending == "json":
            return str(figure.to_json(**options)).encode()
        return bytes(figure.to_image(format=ending, **options))
    if hasattr(figure, "save") and hasattr(figure, "getbands"):
        buffer = io.BytesIO()
        figure.save(buffer, format={"jpg": "jpeg"}.get(ending, ending), **options)
        return buffer.getvalue()
    raise DataError(
        f"{type(figure).__name__} is not a figure that can be logged.",
        hint="Log a figure of matplotlib or plotly, or an image of Pillow.",
    )
