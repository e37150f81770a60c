"""Reads the dependencies of an MLproject: python_env.yaml, conda.yaml, requirements.txt."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.errors import ProjectError
from treadle.interop.mlflow.mlproject import MLproject

_CONDA: Final = re.compile(
    r"(?P<name>[\w.\-]+)\s*(?P<sign>==?|[<>!~]=|[<>])?\s*(?P<version>[\w.*+!,<>=]+)?(?:=\w+)?"
)


class Packages(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of an environment."""

    file: Path
    """The file that declares them."""
    python: str = ""
    """The version of Python; any if empty."""
    requirements: list[str] = []
    """In pip's syntax."""
    conda: bool = False
    """Whether the file is conda's."""
    foreign: list[str] = []
    """Conda packages that are installed from pip's index under the same name."""


def find_packages(project: MLproject) -> Packages | None:
    """Return the packages of a project: of the file that it names, or else in its directory.

    Returns:
        None if none are declared: then it runs in the current environment.

    Raises:
        ProjectError: The file is invalid.
    """
    folder = project.folder
    if project.python_env:
        return _python_env(folder / project.python_env)
    if project.conda_env:
        return _conda_env(folder / project.conda_env)
    for name, read in (("python_env.yaml", _python_env), ("conda.yaml", _conda_env)):
        if (folder / name).is_file():
            return read(folder / name)
    if (folder / "requirements.txt").is_file():
        return Packages(
            file=folder / "requirements.txt", requirements=[f"-r {folder / 'requirements.txt'}"]
        )
    return None


def _read(file: Path) -> Mapping[str, Any]:
    import yaml

    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"{file} is not valid YAML: {error}") from error
    if not isinstance(tree, Mapping):
        raise ProjectError(f"{file} is a mapping, not {type(tree).__name__}.")
    return tree


def _python_env(file: Path) -> Packages:
    tree = _read(file)
    listed = [*(tree.get("build_dependencies") or []), *(tree.get("dependencies") or [])]
    return Packages(
        file=file,
        python=str(tree.get("python") or ""),
        requirements=[_requirement(entry, file) for entry in listed],
    )


def _requirement(text: Any, file: Path) -> str:
    """Parse one requirement; a file that it names is relative to the project's."""
    if not isinstance(text, str) or "\n" in text:
        raise ProjectError(f"{file}: {text!r} is not a valid requirement.")
    option, _, rest = text.strip().partition(" ")
    if option in ("-r", "--requirement", "-c", "--constraint") and rest.strip():
        return f"{option} {file.parent / rest.strip()}"
    if text.strip().startswith("-"):
        raise ProjectError(f"{file}: {text!r} is an option of pip, which is not accepted.")
    return text.strip()


def _conda_env(file: Path) -> Packages:
    python, requirements, foreign = "", [], []
    for entry in _read(file).get("dependencies") or []:
        if isinstance(entry, Mapping):
            requirements += [_requirement(text, file) for text in entry.get("pip") or []]
            continue
        name, requirement = _from_conda(str(entry), file)
        if name == "python":
            python = requirement.removeprefix("python").lstrip("=").rstrip(".*")
        elif name != "pip":
            requirements.append(requirement)
            foreign.append(name)
    return Packages(
        file=file, python=python, requirements=requirements, conda=True, foreign=foreign
    )


def _from_conda(text: str, file: Path) -> tuple[str, str]:
    """Convert a conda requirement to its name and pip's syntax."""
    match = _CONDA.fullmatch(text.rpartition("::")[2].strip())
    if match is None:
        raise ProjectError(f"{file}: {text!r} is not a valid package of conda.")
    sign, version = match["sign"] or "", match["version"] or ""
    if sign == "=":  # in conda, "=1.2" means any 1.2
        return match["name"], f"{match['name']}=={version.rstrip('.*')}.*"
    return match["name"], f"{match['name']}{sign}{version}"
