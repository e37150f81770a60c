"""Reads MLflow's ``MLproject`` files, unchanged.

The format is MLflow's (``mlflow/projects/_project_spec.py``): a name, an environment, and entry
points with parameters and a command. A directory without such a file is a project, too, whose entry
points are its scripts.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.addresses import split_location
from treadle.errors import ParameterError, ProjectError, nearest

_KEYS: Final = frozenset(
    {"name", "python_env", "conda_env", "docker_env", "entry_points", "databricks_spark_job"}
)
_ENVIRONMENTS: Final = ("python_env", "conda_env", "docker_env")
_RUNNERS: Final = {".py": "python", ".sh": "bash", ".R": "Rscript"}


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of an entry point."""

    type: str = "string"
    """``string``, ``float``, ``path`` or ``uri``; any other type is a string, as in MLflow."""
    default: str | None = None


class EntryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """An entry point of a project."""

    name: str
    command: str
    parameters: dict[str, Parameter] = {}

    def values(self, given: Mapping[str, str], folder: Path, here: Path) -> dict[str, str]:
        """Validate the given parameters, and add the defaults of missing ones.

        Args:
            given: Parameters of the command line.
            folder: The project's directory; defaults are relative to it.
            here: The directory that given paths are relative to.

        Returns:
            All declared parameters, then the undeclared ones that are given.

        Raises:
            ParameterError: One is missing, or has the wrong type.
        """
        missing = [
            name
            for name, parameter in self.parameters.items()
            if parameter.default is None and name not in given
        ]
        if missing:
            names = ", ".join(f'"{name}"' for name in missing)
            raise ParameterError(
                f'The entry point "{self.name}" needs {names}.', hint=f"Give it: -P {missing[0]}=…"
            )
        converted = {}
        for name, parameter in self.parameters.items():
            base = here if name in given else folder
            converted[name] = _convert(
                name,
                parameter.type,
                given.get(name, parameter.default or ""),
                base,
                is_given=name in given,
            )
        return {
            **converted,
            **{name: value for name, value in given.items() if name not in converted},
        }


class MLproject(msgspec.Struct, frozen=True, kw_only=True):
    """A project."""

    folder: Path
    name: str = ""
    entry_points: dict[str, EntryPoint] = {}
    python_env: str = ""
    """A file in the directory."""
    conda_env: str = ""
    """A file in the directory."""

    def entry_point(self, name: str) -> EntryPoint:
        """Return an entry point: one that is declared, or a script of the directory.

        Raises:
            ProjectError: No entry point has that name.
        """
        if name in self.entry_points:
            return self.entry_points[name]
        script = self.folder / name
        runner = _RUNNERS.get(script.suffix)
        if runner and self._has(script):
            return EntryPoint(name=name, command=f"{runner} {name}")
        if runner and script.is_file():
            raise ProjectError(
                f'The entry point "{name}" of {self.name or self.folder.name} is outside of the '
                "project.",
                hint="Put the script itself into the project's folder, and no link to it.",
            )
        scripts = [
            path.name
            for path in self.folder.iterdir()
            if path.suffix in _RUNNERS and self._has(path)
        ]
        raise ProjectError(
            f'The project {self.name or self.folder.name} has no entry point "{name}".',
            hint=nearest(name, [*self.entry_points, *scripts]),
        )

    def _has(self, script: Path) -> bool:
        return script.is_file() and script.resolve().is_relative_to(self.folder.resolve())


def read_mlproject(folder: Path) -> MLproject:
    """Read the project of a directory.

    Raises:
        ProjectError: The directory does not exist, or its file is invalid.
    """
    if not folder.is_dir():
        raise ProjectError(f"There is no folder {folder}.")
    file = next(
        (path for path in sorted(folder.iterdir()) if path.name.lower() == "mlproject"), None
    )
    if file is None:
        return MLproject(folder=folder, name=folder.name)
    tree = _read(file)
    for key in tree:
        if key not in _KEYS:
            raise ProjectError(
                f'{file} has a key "{key}" that means nothing.', hint=nearest(str(key), _KEYS)
            )
    declared = [key for key in _ENVIRONMENTS if tree.get(key)]
    if len(declared) > 1:
        raise ProjectError(
            f"{file} has two environments: {' and '.join(declared)}.", hint="Keep one of them."
        )
    for key in ("docker_env", "databricks_spark_job"):
        if tree.get(key):
            raise ProjectError(
                f"{file} asks for {key}, which Treadle does not run.",
                hint="Give it a python_env instead.",
            )
    points = _mapping(tree.get("entry_points") or {}, f"{file}: entry_points")
    return MLproject(
        folder=folder,
        name=str(tree.get("name") or folder.name),
        entry_points={
            str(name): _entry_point(str(name), point, file) for name, point in points.items()
        },
        **{key: _inside(folder, str(tree[key]), file) for key in declared},
    )


def _read(file: Path) -> Mapping[str, Any]:
    import yaml

    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"{file} is not valid YAML: {error}") from error
    return _mapping(tree or {}, str(file))


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ProjectError(f"{what} is a mapping, not {type(value).__name__}.")
    return value


def _inside(folder: Path, name: str, file: Path) -> str:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise ProjectError(f"{file} names {name}, which is not a file of the project.")
    return name


def _entry_point(name: str, tree: Any, file: Path) -> EntryPoint:
    where = f'{file}: the entry point "{name}"'
    fields = _mapping(tree, where)
    command = fields.get("command")
    if not isinstance(command, str) or not command.strip():
        raise ProjectError(f"{where} has no command.")
    parameters = {}
    for key, parameter in _mapping(fields.get("parameters") or {}, f"{where}: parameters").items():
        declared = (
            {"type": parameter}
            if isinstance(parameter, str)
            else _mapping(parameter, f'{where}: the parameter "{key}"')
        )
        default = declared.get("default")
        parameters[str(key)] = Parameter(
            type=str(declared.get("type", "string")),
            default=None if default is None else _text(default),
        )
    return EntryPoint(name=name, command=command, parameters=parameters)


def _text(value: Any) -> str:
    return str(value)


def _convert(name: str, kind: str, value: str, base: Path, *, is_given: bool) -> str:
    if kind == "float" and is_given:
        try:
            float(value)
        except ValueError:
            raise ParameterError(
                f'The parameter "{name}" is a float, and {value!r} is none.'
            ) from None
    if kind == "uri" and not split_location(value).scheme:
        raise ParameterError(
            f'The parameter "{name}" is a URI, and {value!r} has no scheme.', hint="Such as s3://…"
        )
    if kind == "path" and "://" not in value:
        path = base / Path(value).expanduser()
        if not path.exists():
            raise ParameterError(f'The parameter "{name}" is a path, and there is no {path}.')
        return str(path.resolve())
    return value
