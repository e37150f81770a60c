"""YAML, loaded safely."""

from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_text


class YamlFormat(EngineFormat):
    """YAML files of plain values."""

    name = "yaml"
    is_text = True

    def load(self, path: Path, options: Options) -> Any:
        """Read plain values."""
        import yaml

        return yaml.load(path.read_bytes(), yaml.CSafeLoader, **options)

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first lines."""
        return preview_text(path, kind="YAML")

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write plain values."""
        import yaml

        with path.open("w", encoding="utf-8") as file:
            yaml.dump(
                data,
                file,
                yaml.CSafeDumper,
                **{"sort_keys": False, "allow_unicode": True, **options},
            )
