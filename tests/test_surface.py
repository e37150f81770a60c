"""The public names, and the promises that hang on them."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import treadle
from treadle import errors

PUBLIC = [
    "DataCatalog",
    "Dataset",
    "DatasetDescription",
    "Node",
    "Pipeline",
    "Run",
    "RunResult",
    "TreadleError",
    "__version__",
    "active_run",
    "autolog",
    "download_artifacts",
    "get_run",
    "hook",
    "load_artifact",
    "load_catalog",
    "load_parameters",
    "log_artifact",
    "log_artifacts",
    "log_audio",
    "log_dict",
    "log_figure",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_series",
    "log_table",
    "log_text",
    "metric_history",
    "node",
    "open_project",
    "param",
    "pipeline",
    "run",
    "search_runs",
    "set_tag",
    "set_tags",
    "show",
    "start_run",
]
PACKAGES = [
    "treadle",
    *(
        f"treadle.{name}"
        for name in (
            "catalog",
            "config",
            "engine",
            "pipelines",
            "project",
            "store",
            "testing",
            "tracking",
        )
    ),
]


def test_the_public_names_are_these():
    assert sorted(treadle.__all__) == PUBLIC
    for name in PUBLIC:
        assert getattr(treadle, name) is not None
    assert dir(treadle) == PUBLIC
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        treadle.nothing  # noqa: B018


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_offers_is_there_and_documented(name):
    package = importlib.import_module(name)
    assert len(set(package.__all__)) == len(package.__all__)
    for public in package.__all__:
        value = getattr(package, public)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), public
            for method, inner in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(inner) and not method.startswith("_"):
                    assert inspect.getdoc(inner), f"{public}.{method}"


def error_classes():
    return [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.TreadleError)
    ]


@pytest.mark.parametrize("kind", error_classes())
def test_the_tree_of_errors_is_the_one_that_is_drawn(kind):
    (line,) = [
        one
        for one in errors.__doc__.splitlines()
        if one.strip(" │├└─").startswith(kind.__name__ + " ")
    ]
    drawn = [int(word) for word in line.split() if word.isdigit()]
    assert drawn[:2] == [kind.exit_code, kind.http_status]
    depth = len(line) - len(line.lstrip(" │├└─"))
    assert (depth - 4) // 4 == len(
        [one for one in kind.__mro__ if issubclass(one, errors.TreadleError)]
    ) - 1


@pytest.mark.parametrize("kind", error_classes())
def test_errors_cross_process_boundaries(kind):
    import pickle

    made = (
        kind("what", "library", "extra")
        if kind is errors.MissingExtraError
        else kind("what", hint="do this")
    )
    copy = pickle.loads(pickle.dumps(made))
    assert (type(copy), str(copy), copy.hint) == (kind, str(made), made.hint)
    within = made.within("here")
    assert (type(within), within.message, within.hint) == (kind, f"here: {made.message}", made.hint)


def test_messages_of_errors_are_plain_english():
    """Not "is no size": "is not a valid size"; what is in braces is somebody else's text."""
    dialect = re.compile(r"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more\b|such\b)\w+")
    wrong, count = [], 0
    for path in sorted(Path(treadle.__path__[0]).rglob("*.py")):
        for statement in ast.walk(ast.parse(path.read_text())):
            if isinstance(statement, ast.Raise):
                texts = (one.value for one in ast.walk(statement) if isinstance(one, ast.Constant))
                count += 1
                wrong += [
                    f"{path.name}: {text}"
                    for text in texts
                    if isinstance(text, str) and dialect.search(text)
                ]
    assert count > 100
    assert wrong == []


def test_every_module_can_be_imported():
    for module in pkgutil.walk_packages(treadle.__path__, "treadle."):
        if "template" not in module.name and module.name != "treadle.__main__":
            importlib.import_module(module.name)


def test_what_an_error_says_is_masked():
    error = errors.DataError(
        "cannot reach postgresql://ada:lovelace@host/db", hint="try --password=hunter2"
    )
    assert "lovelace" not in str(error) + repr(error) + error.message + str(error.args)
    assert "hunter2" not in str(error) + error.hint
    assert "lovelace" not in str(errors.MissingExtraError("s3://k:lovelace@b", "x", "y"))
