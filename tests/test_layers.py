"""The listing is the architecture: what may import what, and what start-up loads."""

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import treadle

SOURCE = Path(treadle.__file__).parent
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "template" not in path.parts)
HEAVY = {
    "pandas",
    "polars",
    "pyarrow",
    "duckdb",
    "numpy",
    "PIL",
    "matplotlib",
    "plotly",
    "sqlalchemy",
    "openpyxl",
    "joblib",
    "cloudpickle",
    "sklearn",
    "xgboost",
    "lightgbm",
    "pydantic",
    "fsspec",
    "rich",
    "omegaconf",
    "kedro",
    "kedro_datasets",
    "starlette",
    "uvicorn",
    "psycopg",
    "psutil",
    "pynvml",
    "jwt",
    "anywidget",
    "traitlets",
    "pytest",
}
# What only a server or a store of that kind loads may stand at the top of its own modules.
LEAVES = {
    "server": {"starlette", "uvicorn"},
    "postgresql": {"psycopg"},
    "testing": {"pytest"},
}
OURS = {"apsw", "blake3", "click", "msgspec", "pluggy", "yaml"}


def names(path):
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


def imports(tree):
    """Yield (line, library, whether at the top) of every import outside of type checking."""
    guarded = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.unparse(outer.test)
        for inner in ast.walk(outer)
    }
    top = {id(one) for one in tree.body}
    for one in ast.walk(tree):
        if id(one) in guarded:
            continue
        if isinstance(one, ast.Import):
            for alias in one.names:
                yield one.lineno, alias.name.partition(".")[0], id(one) in top
        elif isinstance(one, ast.ImportFrom):
            yield one.lineno, (one.module or "").partition(".")[0], id(one) in top


BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def nesting(node, depth=0):
    """Return how deep blocks are nested in a function; ``elif`` is no deeper than its ``if``."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deeper = depth + (isinstance(child, BLOCKS) and not is_elif)
        deepest = max(deepest, nesting(child, deeper))
    return deepest


VAGUE = {"utils", "helpers", "common", "manager", "place", "past", "wide", "collect", "outside"}


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_has_a_name_of_its_own(path):
    assert path.stem not in sys.stdlib_module_names
    assert path.stem not in VAGUE | {"chance", "wording"}
    is_face = path.name == "__init__.py"
    lists = [one for one in ast.parse(path.read_text()).body if "__all__ =" in ast.unparse(one)]
    assert is_face or not lists, "only the face of a package lists what it offers"


def imported_modules(path, known):
    """Yield the modules of Treadle that a module imports, also inside functions."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(inner)
        for one in ast.walk(tree)
        if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test)
        for inner in ast.walk(one)
    }
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module and id(one) not in for_types:
            found = (f"{one.module}.{alias.name}" for alias in one.names)
            yield from (name if name in known else one.module for name in found)
        elif isinstance(one, ast.Import):
            yield from (alias.name for alias in one.names)


def test_no_modules_import_each_other_not_even_inside_functions():
    known = {names(path).removesuffix(".__init__"): path for path in MODULES}
    graph = {
        name: {one for one in imported_modules(path, known) if one in known and one != name}
        for name, path in known.items()
    }
    graphlib.TopologicalSorter(graph).prepare()  # an error names the cycle


def test_the_formatter_has_the_last_word():
    skipped = "# fmt: " + "skip"
    root = SOURCE.parent.parent
    files = [one for part in ("src", "tests", "benchmarks") for one in (root / part).rglob("*.py")]
    assert not [path.name for path in files if skipped in path.read_text()]


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_keeps_the_house_rules(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what it is for"
    assert text.count("\n") <= 500
    for line, library, at_top in imports(tree):
        allowed = next(
            (names for place, names in LEAVES.items() if place in path.parts or place == path.name),
            set(),
        )
        assert not (library in HEAVY - allowed and at_top), (
            f"line {line} imports {library} at start-up"
        )
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            body = one.end_lineno - one.body[0].lineno + 1
            if ast.get_docstring(one) and len(one.body) > 1:
                body = one.end_lineno - one.body[1].lineno + 1
            assert body <= 40, f"{one.name} in line {one.lineno} has {body} lines"
            assert nesting(one) <= 4, f"{one.name} in line {one.lineno} is nested too deeply"
        if isinstance(one, ast.ClassDef):
            length = one.end_lineno - one.lineno + 1
            assert length <= 200, f"{one.name} has {length} lines"
        if "testing" not in path.parts:
            assert not isinstance(one, ast.Assert), f"line {one.lineno}: assert vanishes under -O"
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "print":
            assert path.name == "__main__.py"


def test_every_dependency_is_declared_and_used():
    declared = {
        re.match(r"[\w\-]+", line)[0]
        for line in tomllib.loads((SOURCE.parent.parent / "pyproject.toml").read_text())["project"][
            "dependencies"
        ]
    }
    found = {library for path in MODULES for _, library, _ in imports(ast.parse(path.read_text()))}
    assert {{"pyyaml": "yaml"}.get(name, name) for name in declared} == found & (
        OURS | {"fsspec", "omegaconf", "rich", "starlette", "uvicorn"}
    )
    unknown = found - set(sys.stdlib_module_names) - HEAVY - OURS - {"treadle", "__future__"}
    assert not unknown


def loaded(code):
    """List what a fresh interpreter has loaded after some code, beyond what it has before."""
    script = (
        f"import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_treadle_loads_next_to_nothing():
    found = loaded("import treadle")
    assert {name for name in found if name.startswith("treadle")} == {"treadle", "treadle._version"}
    assert found - {"treadle", "treadle._version"} <= set(sys.stdlib_module_names) | {
        name for name in found if name.partition(".")[0] in sys.stdlib_module_names
    }


def test_the_version_is_told_without_loading_the_command_line():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "treadle", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.stdout == f"treadle {treadle.__version__}\n"
    assert {name for name in found if name.partition(".")[0] in HEAVY | OURS} == set()
    assert {name for name in found if name.startswith("treadle")} <= {
        "treadle",
        "treadle._version",
        "treadle.__main__",
    }


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("from treadle import node, pipeline", {"yaml", "apsw", "click"}),
        ("from treadle import start_run", {"click", "yaml"}),
        ("from treadle import run", {"click"}),
        ("import treadle.cli.run, treadle.cli.runs", set()),
    ],
)
def test_nothing_heavy_is_loaded_until_it_is_used(code, forbidden):
    found = {name.partition(".")[0] for name in loaded(code)}
    assert not found & (HEAVY | forbidden)
