"""The longer SQL statements, which ``queries.sql`` has by name."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final


class Statements:
    """Statements of a file by name; the file is read when the first of them is used.

    A line ``-- name: NAME`` begins a statement, and the comments below it describe it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, name: str) -> str:
        return self.all[name]

    @functools.cached_property
    def all(self) -> Mapping[str, str]:
        """All statements by name, each in one line and without its comments."""
        text = self._path.read_text(encoding="utf-8")
        _, *parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
        plain = (" ".join(re.sub(r"--.*", "", part).split()) for part in parts[1::2])
        return dict(zip(parts[::2], plain, strict=True))


SQL: Final = Statements(Path(__file__).with_name("queries.sql"))
