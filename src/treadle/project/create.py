"""Creation of new projects: an empty one, or the flights example."""

import keyword
import re
import shutil
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from treadle.errors import ProjectError, nearest
from treadle.files import create_folder

_TEMPLATES: Final = Path(__file__).parent / "template"
_EMPTY: Final = "empty"
EXAMPLES: Final = {"flights": ("pandas", "pyarrow", "sklearn", "matplotlib")}
"""The example projects, and what each imports; the extra of the same name installs that."""


def create_project(name: str, parent: Path, example: str = "") -> Path:
    """Create a project in a new folder.

    Args:
        name: The name of the project and its folder; the package has it with underscores.
        parent: The parent of the folder.
        example: One of `EXAMPLES`, or empty for a project with one small node.

    Returns:
        The folder.

    Raises:
        ProjectError: The name is invalid, the folder is not empty, or there is no such example.
    """
    package = _package_name(name)
    if example and example not in EXAMPLES:
        raise ProjectError(f'There is no example "{example}".', hint=nearest(example, EXAMPLES))
    folder = parent / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(
            f"{folder} exists and is not empty.", hint="Choose another name, or remove it."
        )
    template = _TEMPLATES / (example or _EMPTY)
    inner = example or _EMPTY
    create_folder(folder)
    shutil.copytree(
        template,
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", ".treadle"),
    )
    if package != inner:
        (folder / "src" / inner).rename(folder / "src" / package)
    for file in (folder / "pyproject.toml", folder / "README.md", *(folder / "tests").glob("*.py")):
        _replace_word(file, inner, name, package)
    return folder


def missing_library(example: str) -> str:
    """Return a library that an example needs and that is not installed; empty if there is none."""
    return next((name for name in EXAMPLES[example] if find_spec(name) is None), "")


def _package_name(name: str) -> str:
    """Return the import name of a project's package.

    Raises:
        ProjectError: It cannot be imported, or would shadow another module.
    """
    package = re.sub(r"[-.]+", "_", name).lower()
    reason = _why_not(name, package)
    if reason:
        raise ProjectError(
            f'"{name}" cannot be the name of a project: {reason}.',
            hint=f"Choose another one, such as {_suggest(name)}.",
        )
    return package


def _why_not(name: str, package: str) -> str:
    """Return why a name is invalid; empty if it is valid."""
    if re.search(r"\s", name):
        return "it has a space"
    if not re.match(r"[A-Za-z]", name):
        return "it does not start with a letter"
    if wrong := re.search(r"[^A-Za-z0-9._-]", name):
        return f"it has the character {wrong[0]!r}, and may have letters, digits, -, _ and ."
    if not re.fullmatch(r".*[A-Za-z0-9]", name):
        return "it does not end with a letter or a digit"
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return f"{package} is a keyword of Python"
    if package in sys.stdlib_module_names:
        return f"{package} is a module of Python's standard library, which the package would hide"
    if package == "treadle" or _is_installed(package):
        return f"a package {package} is installed, which the project's package would hide"
    return ""


def _is_installed(package: str) -> bool:
    folders = [one for one in sys.path if Path(one).name in ("site-packages", "dist-packages")]
    return PathFinder.find_spec(package, folders) is not None


def _suggest(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lstrip("0123456789-").lower()
    return (
        plain
        if plain and plain != name and not _why_not(plain, plain.replace("-", "_"))
        else "my-project"
    )


def _replace_word(file: Path, old: str, name: str, package: str) -> None:
    """Replace the template's name by the project's in a file."""
    text = file.read_text(encoding="utf-8")
    for before, after in (
        (f'name = "{old}"', f'name = "{name}"'),
        (f'package = "{old}"', f'package = "{package}"'),
        (f'"src/{old}"', f'"src/{package}"'),
        (f"src/{old}/", f"src/{package}/"),
        (f"from {old}.", f"from {package}."),
    ):
        text = text.replace(before, after)
    text = text.replace(f"# {old}\n", f"# {name}\n", 1)
    file.write_text(text, encoding="utf-8")
