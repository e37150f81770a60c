"""Options shared by `run` and `plan`: the pipeline, its nodes, and the configuration."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadle.errors import Mistakes, TreadleError

if TYPE_CHECKING:
    from treadle.project import Project, Session


_Function = TypeVar("_Function", bound=Callable[..., Any])


def names(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Split ``a,b`` into two names."""
    return tuple(name.strip() for text in value for name in text.split(",") if name.strip())


def pairs(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    """Parse ``key=value``."""
    pairs = {}
    for text in value:
        key, separator, content = text.partition("=")
        if not separator or not key:
            raise click.BadParameter(f'"{text}" is not of the form key=value.')
        pairs[key] = content
    return pairs


def _versions(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    """Parse ``name=version``, and Kedro's ``name:version``."""
    return pairs(
        context,
        parameter,
        tuple(text if "=" in text else text.replace(":", "=", 1) for text in value),
    )


def _selects(*flags: str, what: str) -> Callable[[_Function], _Function]:
    return click.option(*flags, multiple=True, callback=names, metavar="NAMES", help=what)


_OPTIONS = (
    click.option(
        "--env",
        "-e",
        "environment",
        default="",
        envvar="TREADLE_ENV",
        show_envvar=True,
        metavar="ENV",
        help="Configuration laid over base; local if not given.",
    ),
    click.option(
        "--conf-source",
        default="",
        metavar="FOLDER|ARCHIVE",
        help="Where the configuration is, if not in the project: a folder, .zip or .tar.gz.",
    ),
    click.option(
        "--params", "-p", multiple=True, metavar="A.B=1", help="Set parameters; may be repeated."
    ),
    _selects("--nodes", "-n", what="Only these nodes."),
    _selects("--tags", "-t", what="Only nodes with any of these tags."),
    _selects("--from-nodes", what="These nodes, and all that need them."),
    _selects("--to-nodes", what="These nodes, and all that they need."),
    _selects("--from-inputs", what="Nodes that need any of these datasets."),
    _selects("--to-outputs", what="Nodes that any of these datasets needs."),
    _selects("--namespace", "--namespaces", "-ns", what="Only nodes of these namespaces."),
    click.option(
        "--load-versions",
        "-lv",
        multiple=True,
        callback=_versions,
        metavar="NAME=VERSION",
        help="Load these versions.",
    ),
    click.option("--fresh", is_flag=True, help="Run every node, whatever was made before."),
    click.option(
        "--seed", type=int, default=0, metavar="N", help="What chance begins with; 0 if not given."
    ),
    click.option("--store", default="", metavar="FILE", help="Where the run is kept."),
)


_NO_SELECTION = frozenset({"name", "experiment", "run_tags", "store", "fresh", "seed"})


def selection_options(function: _Function) -> _Function:
    """Add the options that select what runs, and how."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def open_session(target: str, path: Path | None, options: dict[str, Any]) -> "Session":
    """Prepare the session that a command line requests."""
    session, load = prepare_session(target, path, options)
    return load(session)


def prepare_session(
    target: str, path: Path | None, options: dict[str, Any]
) -> "tuple[Session, Callable[[Session], Session]]":
    """Prepare a session without a project's pipeline, which takes long to import.

    Returns:
        The session, and a function that adds the pipeline to it.
    """
    from treadle.cli.progress import Progress
    from treadle.project.flow import prepare_flow
    from treadle.project.loading import load_target
    from treadle.project.settings import require_project

    request = {"target": str(path.absolute()) if path else target}
    given: dict[str, Any] = {
        "conf": _conf(options),
        "environment": options["environment"],
        "overrides": options["params"],
        "load_versions": options["load_versions"],
        "plugins": [Progress()],
    }
    request |= {key: options[key] for key in sorted(options) if key not in _NO_SELECTION}
    if path is not None:
        store = options.get("store", "")
        flow = prepare_flow(path.absolute(), store=store, request=request, **given)
        return flow, lambda session: _select(session, options)
    project = require_project(and_not=f'"{target}" is not a file' if target else "")
    session = _prepare_project(project, target, request, given, options)

    def load(prepared: "Session") -> "Session":
        return _select(load_target(prepared, project, target), options)

    return session, load


def _prepare_project(
    project: "Project",
    target: str,
    request: dict[str, Any],
    given: dict[str, Any],
    options: dict[str, Any],
) -> "Session":
    """Prepare a project; if its configuration is invalid, check its code, too."""
    from treadle.pipelines import Pipeline
    from treadle.project.pipeline_modules import load_pipeline
    from treadle.project.session import prepare

    try:
        name = target or project.name
        return prepare(project, Pipeline(), name=name, request=request, **given)
    except TreadleError as error:
        mistakes = Mistakes()
        mistakes.add(error)
        with mistakes.noted():
            load_pipeline(project, target).filter(**_conditions(options))
        raise mistakes.combine() from error.__cause__


def _conf(options: dict[str, Any]) -> Path | None:
    """Return the configuration folder if one was named; unpack an archive."""
    from treadle.config import open_source

    given = options.get("conf_source")
    if not given:
        return None
    source = Path(given).absolute()
    options["conf_source"] = str(source)
    return open_source(source)


def _select(session: "Session", options: dict[str, Any]) -> "Session":
    from treadle.project.loading import select_nodes

    return select_nodes(session, _conditions(options))


def _conditions(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that select nodes, as arguments of `Pipeline.filter`."""
    same = ("nodes", "tags", "from_nodes", "to_nodes", "from_inputs", "to_outputs")
    return {name: options[name] for name in same} | {"namespaces": options["namespace"]}
