"""JSON, as plain values or as a frame."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_text, preview_value
from treadle.errors import DataError

_LARGE: Final = 1_000_000


class JsonFormat(EngineFormat):
    """JSON files; with an engine they are frames."""

    name = "json"
    is_text = True
    can_append = True  # with lines: true, as pandas writes them
    engines: ClassVar[Sequence[str]] = ("python", "pandas", "polars")
    extras = {"pandas": ("pandas", "pandas"), "polars": ("polars", "polars")}

    def defaults_of(self, ending: str) -> tuple[Options, Options]:
        """Return the arguments for a value in each line, for ``.jsonl``."""
        if ending not in (".jsonl", ".ndjson"):
            return {}, {}
        frames = {"orient": "records"} if self.engine == "pandas" else {}
        return {"lines": True}, {"lines": True, **frames}

    def load(self, path: Path, options: Options) -> Any:
        """Read plain values, or a frame."""
        if self.engine == "pandas":
            import pandas as pd

            return pd.read_json(path, **options)
        if self.engine == "polars":
            import polars as pl

            is_lines, arguments = _separate_lines(options)
            read = pl.read_ndjson if is_lines else pl.read_json
            return read(path, **arguments)
        is_lines, arguments = _separate_lines(options)
        if not is_lines:
            return json.loads(path.read_bytes(), **arguments)
        with path.open(encoding="utf-8") as file:
            return [json.loads(line, **arguments) for line in file if line.strip()]

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first lines, or the beginning of a large file."""
        if self.engine == "pandas" and options.get("lines"):
            import pandas as pd

            arguments = {
                key: value for key, value in options.items() if key not in ("chunksize", "nrows")
            }
            frame = pd.read_json(path, nrows=rows, **arguments)
            return preview_value(frame, rows, size=f"of {frame.shape[1]} columns")
        return preview_text(path, kind="JSON") if path.stat().st_size > _LARGE else None

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write plain values, or a frame."""
        if self.engine == "pandas":
            data.to_json(path, **options)
        elif self.engine == "polars":
            is_lines, arguments = _separate_lines(options)
            write = data.write_ndjson if is_lines else data.write_json
            write(path, **arguments)
        elif hasattr(data, "columns"):
            raise DataError(
                f"{type(data).__name__} cannot be written as plain JSON.",
                hint="Add engine: pandas (or polars) to its entry.",
            )
        else:
            self._save_plain(data, path, options)

    @staticmethod
    def _save_plain(data: Any, path: Path, options: Options) -> None:
        is_lines, arguments = _separate_lines(options)
        defaults = {"ensure_ascii": False, "default": _plain, **({} if is_lines else {"indent": 2})}
        if is_lines and not isinstance(data, list | tuple):
            raise DataError(
                f"{type(data).__name__} cannot be written as one value for each line.",
                hint="Return a list, or save it as .json.",
            )
        with path.open("w", encoding="utf-8") as file:
            for value in data if is_lines else [data]:
                file.write(json.dumps(value, **{**defaults, **arguments}) + "\n")


class MetricsFormat(JsonFormat):
    """A JSON file of names and numbers; the numbers are also logged to the run as metrics."""

    name = "metrics"
    can_append = False
    engines = ("python",)


def _separate_lines(options: Options) -> tuple[bool, dict[str, Any]]:
    """Separate our own argument, whether each line is a value, from those of the library."""
    arguments = dict(options)
    return bool(arguments.pop("lines", False)), arguments


def _plain(value: Any) -> Any:
    """Return the plain value of a number of numpy and the like."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
