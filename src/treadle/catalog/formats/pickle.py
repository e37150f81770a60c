"""Pickled objects. Loading one runs its code: keep to files that this project wrote."""

import pickle
from pathlib import Path
from typing import Any

from treadle.catalog.format import EngineFormat, Options

__all__ = ["PickleFormat"]


class PickleFormat(EngineFormat):
    """Pickle files, by the standard library, joblib or cloudpickle."""

    name = "pickle"
    runs_code = True
    engines = ("pickle", "joblib", "cloudpickle")
    extras = {"joblib": ("joblib", "flights"), "cloudpickle": ("cloudpickle", "flights")}

    def load(self, path: Path, options: Options) -> Any:
        """Read the object."""
        if self.engine == "joblib":
            import joblib

            return joblib.load(path, **options)
        with path.open("rb") as file:
            return pickle.load(file, **options)  # noqa: S301 - that is what the user asked for

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write an object."""
        with path.open("wb") as file:
            if self.engine == "joblib":
                import joblib

                joblib.dump(data, file, **options)
            elif self.engine == "cloudpickle":
                import cloudpickle

                cloudpickle.dump(data, file, **options)
            else:
                pickle.dump(data, file, **{"protocol": pickle.HIGHEST_PROTOCOL, **options})
