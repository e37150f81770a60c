"""Arrays of numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options

__all__ = ["NumpyFormat"]


class NumpyFormat(EngineFormat):
    """One array (``.npy``), or a dict of arrays (``.npz``). Never with pickled objects inside."""

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

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write an array, or a dict of arrays."""
        import numpy as np

        with path.open("wb") as file:
            if isinstance(data, Mapping):
                np.savez(file, **{"allow_pickle": False, **options}, **data)
            else:
                np.save(file, data, **{"allow_pickle": False, **options})
