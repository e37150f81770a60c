"""Plain text."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.catalog.dataset import Append
from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_text


class TextFormat(EngineFormat):
    """Text files in UTF-8, unless ``encoding`` sets another one."""

    name = "text"
    is_text = True
    can_append = True

    def load(self, path: Path, options: Options) -> Any:
        """Read the text."""
        return path.read_text(**{"encoding": "utf-8", **options})

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first lines."""
        return preview_text(path, encoding=options.get("encoding") or "utf-8")

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a text."""
        path.write_text(data, **{"encoding": "utf-8", **options})

    @contextlib.contextmanager
    def stream(self, path: Path, options: Options) -> Iterator[Append]:
        """Append texts."""
        with path.open("w", **{"encoding": "utf-8", **options}) as file:
            yield lambda text: (file.write(text), None)[1]
