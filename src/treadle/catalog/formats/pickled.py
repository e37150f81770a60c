"""Pickled objects. Loading one runs its code: only load files that this project wrote."""

import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options


class PickleFormat(EngineFormat):
    """Pickle files, by the standard library, joblib, cloudpickle, dill or compress_pickle."""

    name = "pickle"
    runs_code = True
    engines = ("pickle", "joblib", "cloudpickle", "dill", "compress_pickle")
    extras = {
        "joblib": ("joblib", "flights"),
        "cloudpickle": ("cloudpickle", "flights"),
        "dill": ("dill", ""),
        "compress_pickle": ("compress_pickle", ""),
    }

    @property
    def expansion(self) -> int:
        """The ratio of an object's maximum size to its file's."""
        return 10 if self.engine == "compress_pickle" else 1

    def load(self, path: Path, options: Options) -> Any:
        """Read the object."""
        if self.engine == "joblib":
            return self._library().load(path, **options)
        with path.open("rb") as file:
            return self._library().load(file, **options)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write an object."""
        is_own = self.engine == "pickle"
        defaults = {"protocol": pickle.HIGHEST_PROTOCOL} if is_own else {}
        with path.open("wb") as file:
            self._library().dump(data, file, **{**defaults, **options})

    def _library(self) -> Any:
        self.require()
        return import_module(self.engine)
