"""Single files: which are pipelines and which are scripts, and what belongs to one."""

import ast
import os
import re
from pathlib import Path

from treadle.errors import DataNotFoundError
from treadle.project.pipeline_modules import user_code
from treadle.project.settings import find_project

_MAKERS = {"node", "pipeline"}
_MAKING = re.compile(r"^\s*@(treadle\.)?node\b|^def create_pipeline\(", re.MULTILINE)


def has_nodes(path: Path) -> bool:
    """Return whether a file defines nodes, or is a script, without running it.

    A file of nodes has a function decorated with ``node``, or creates nodes or a pipeline globally.

    Raises:
        DataNotFoundError: There is no such file.
        ProjectError: It is not valid Python.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, filename=str(path))
    except FileNotFoundError as error:
        raise DataNotFoundError(f"There is no file {path}.") from error
    except SyntaxError as error:
        if _MAKING.search(text):
            return True  # the syntax error is reported together with those of its configuration
        raise user_code(f"{path} is not valid Python", error, path.parent) from error
    except ValueError as error:
        raise user_code(f"{path} is not valid Python", error, path.parent) from error
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name == "create_pipeline" or any(
                _is_maker(one) for one in statement.decorator_list
            ):
                return True
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
            calls = (inner for inner in ast.walk(statement) if isinstance(inner, ast.Call))
            if any(_is_maker(call.func) for call in calls):
                return True
    return False


def _is_maker(expression: ast.expr) -> bool:
    if isinstance(expression, ast.Call):
        return _is_maker(expression.func)
    if isinstance(expression, ast.Attribute):
        return (
            expression.attr in _MAKERS
            and isinstance(expression.value, ast.Name)
            and expression.value.id == "treadle"
        )
    return isinstance(expression, ast.Name) and expression.id in _MAKERS


def code_around(path: Path) -> tuple[Path, ...]:
    """Return what a file may import and be configured by: its siblings, packages, and ``conf``."""
    folder = path.parent
    packages = [one.parent for one in sorted(folder.glob("*/__init__.py"))]
    conf = [one for one in sorted(folder.glob("conf/*")) if one.name != "local"]
    return (path, *sorted(folder.glob("*.py")), *packages, *conf)


def experiment_for(folder: Path) -> str:
    """Return the experiment of a file: that of the project around it, or the default one."""
    project = find_project(folder)
    return project.experiment if project else os.environ.get("TREADLE_EXPERIMENT", "default")
