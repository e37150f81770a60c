"""Arrays of numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview

_SMALL: Final = 1_000_000


class NumpyFormat(EngineFormat):
    """One array (``.npy``), or a dict of arrays (``.npz``), never with pickled objects in it."""

    name = "numpy"
    engines = ("numpy",)
    extras = {"numpy": ("numpy", "numpy")}

    def load(self, path: Path, options: Options) -> Any:
        """Read an array, or a dict of arrays."""
        import numpy as np

        loaded = np.load(path, **{**options, "allow_pickle": False})
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the header of an array."""
        from numpy.lib import format as npy

        with path.open("rb") as file:
            if file.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
                return None
            file.seek(0)
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(file)
        if dtype.hasobject or path.stat().st_size < _SMALL:
            return None
        return Preview(kind=f"ndarray of {dtype}", size=str(shape))

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write an array, or a dict of arrays."""
        import numpy as np

        with path.open("wb") as file:
            if isinstance(data, Mapping):
                np.savez(file, **{"allow_pickle": False, **options}, **data)
            else:
                np.save(file, data, **{"allow_pickle": False, **options})
