"""JSON, as plain values or as a frame."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_text, preview_value
from treadle.errors import DataError

__all__ = ["JsonFormat", "MetricsFormat"]

_LARGE: Final = 1_000_000


class JsonFormat(EngineFormat):
    """JSON files; with an engine they are frames."""

    name = "json"
    is_text = True
    can_append = True  # with lines: true, as pandas writes them
    engines: ClassVar[Sequence[str]] = ("python", "pandas", "polars")
    extras = {"pandas": ("pandas", "pandas"), "polars": ("polars", "polars")}

    def load(self, path: Path, options: Options) -> Any:
        """Read plain values, or a frame."""
        if self.engine == "pandas":
            import pandas as pd

            return pd.read_json(path, **options)
        if self.engine == "polars":
            import polars as pl

            return pl.read_json(path, **options)
        return json.loads(path.read_bytes(), **options)

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first lines, or the beginning of a large file."""
        if self.engine == "pandas" and options.get("lines"):
            import pandas as pd

            given = {key: value for key, value in options.items() if key not in ("chunksize", "nrows")}
            frame = pd.read_json(path, nrows=rows, **given)
            return preview_value(frame, rows, size=f"of {frame.shape[1]} columns")
        return preview_text(path, kind="JSON") if path.stat().st_size > _LARGE else None

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write plain values, or a frame."""
        if self.engine == "pandas":
            data.to_json(path, **options)
        elif self.engine == "polars":
            data.write_json(path, **options)
        else:
            if hasattr(data, "columns"):
                raise DataError(
                    f"{type(data).__name__} cannot be written as plain JSON.",
                    hint="Add engine: pandas (or polars) to its entry.",
                )
            text = json.dumps(data, **{"indent": 2, "ensure_ascii": False, "default": _plain, **options})
            path.write_text(text + "\n", encoding="utf-8")


class MetricsFormat(JsonFormat):
    """A JSON file of names and numbers; the numbers are logged to the run as metrics, too."""

    name = "metrics"
    can_append = False
    engines = ("python",)


def _plain(value: Any) -> Any:
    """Give the plain value of a number of numpy and the like."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
