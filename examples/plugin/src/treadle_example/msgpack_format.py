"""Files of MessagePack, a compact binary form of JSON."""

from pathlib import Path
from typing import Any

from treadle.catalog import EngineFormat, Options


class MsgpackFormat(EngineFormat):
    """One value of plain types for each file."""

    name = "msgpack"
    extras = {"python": ("msgspec", "")}

    def load(self, path: Path, options: Options) -> Any:
        """Read the value."""
        import msgspec

        return msgspec.msgpack.decode(path.read_bytes(), **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a value."""
        import msgspec

        path.write_bytes(msgspec.msgpack.encode(data, **options))
