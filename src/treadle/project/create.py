"""Makes new projects: an empty one, or the flights example."""

import keyword
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from treadle.errors import ProjectError, nearest
from treadle.files import create_folder

__all__ = ["EXAMPLES", "create_project", "missing_library"]

_TEMPLATES: Final = Path(__file__).parent / "template"
_EMPTY: Final = "empty"
EXAMPLES: Final = {"flights": ("pandas", "pyarrow", "sklearn", "matplotlib")}
"""The examples that a project can be made of, and what each imports; the extra of its name installs that."""


def create_project(name: str, parent: Path, example: str = "") -> Path:
    """Make a project in a new folder.

    Args:
        name: The project's name, which is the folder's; the package has it with underscores.
        parent: Where the folder is made.
        example: One of `EXAMPLES`, or empty for a project with one small node.

    Returns:
        The folder.

    Raises:
        ProjectError: The name cannot be one, the folder has something in it, or there is no such example.
    """
    package = _package_name(name)
    if example and example not in EXAMPLES:
        raise ProjectError(f'There is no example "{example}".', hint=nearest(example, EXAMPLES))
    folder = parent / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder} exists and is not empty.", hint="Choose another name, or remove it.")
    template = _TEMPLATES / (example or _EMPTY)
    inner = example or _EMPTY
    create_folder(folder)
    shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".treadle"))
    if package != inner:
        (folder / "src" / inner).rename(folder / "src" / package)
    for file in ("pyproject.toml", "README.md"):
        _replace_word(folder / file, inner, {"name": name, "package": package})
    return folder


def missing_library(example: str) -> str:
    """Name a library that an example needs and that is not installed; empty if there is none."""
    return next((name for name in EXAMPLES[example] if find_spec(name) is None), "")


def _package_name(name: str) -> str:
    package = re.sub(r"[-.\s]+", "_", name).lower()
    if not re.fullmatch(r"[A-Za-z][\w.\- ]*", name) or not package.isidentifier() or keyword.iskeyword(package):
        raise ProjectError(
            f'"{name}" cannot be the name of a project.', hint="Use letters, digits, - and _; start with a letter."
        )
    return package


def _replace_word(file: Path, old: str, new: dict[str, str]) -> None:
    """Put the project's name where the template's stands as a name."""
    text = file.read_text(encoding="utf-8")
    text = text.replace(f'name = "{old}"', f'name = "{new["name"]}"').replace(
        f'package = "{old}"', f'package = "{new["package"]}"'
    )
    text = text.replace(f"# {old}\n", f"# {new['name']}\n", 1).replace(f"src/{old}/", f"src/{new['package']}/")
    file.write_text(text, encoding="utf-8")
