"""Options shared by `run` and `plan`: the pipeline, its nodes, and the configuration."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from treadle.cli.scripts import find_file
from treadle.errors import ConfigError, Mistakes, TreadleError

if TYPE_CHECKING:
    from treadle.project import Session
    from treadle.project.prepare import Prepared
    from treadle.provenance.request import PipelineRequest


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


def _selects(*flags: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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


REQUESTED: Final = (
    "conf_source",
    "environment",
    "params",
    "nodes",
    "tags",
    "from_nodes",
    "to_nodes",
    "from_inputs",
    "to_outputs",
    "namespace",
    "load_versions",
)
"""The options that are the request, besides the target: with others, the same is run."""


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select what runs, and how.

    The function gets the target and all that are part of the request as ``request``.
    """

    @functools.wraps(function)
    def with_request(*context: click.Context, target: str | None, **options: Any) -> Any:
        from treadle.provenance.request import PipelineRequest

        chosen = {name: options.pop(name) for name in REQUESTED}
        if chosen["conf_source"]:
            chosen["conf_source"] = str(Path(chosen["conf_source"]).absolute())
        path = find_file(target)
        full = str(path.absolute()) if path is not None else target or ""
        request = PipelineRequest(target=full, **chosen)
        return function(*context, target=target, request=request, **options)

    command: Callable[..., Any] = with_request
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def reject_selection(context: click.Context, path: Path) -> None:
    """Reject options of the selection for a script, on which they have no effect.

    Raises:
        ConfigError: One was given.
    """
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in (*REQUESTED, "fresh", "seed") and (
            context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        ):
            raise ConfigError(
                f"{path} is a script and has no nodes: {parameter.opts[0]} has no effect on it.",
                hint=f"Its own arguments follow it: treadle run {path} --option value. "
                "To make it a pipeline, decorate its functions with @node.",
            )


def open_session(request: "PipelineRequest", store: str) -> "Session":
    """Load what a command line requests: a file of nodes, or pipelines of the project.

    Args:
        request: The request.
        store: The store of the runs, if not the project's.
    """
    if find_file(request.target) is None:
        return prepare_project(request).load()
    from treadle.cli.progress import Progress
    from treadle.project.flow import prepare_flow

    return prepare_flow(request, conf=_conf(request), plugins=[Progress()], store=store)


def prepare_project(request: "PipelineRequest") -> "Prepared":
    """Prepare a run of the project; if its configuration is invalid, check its code, too."""
    from treadle.cli.progress import Progress
    from treadle.project.pipeline_modules import load_pipeline
    from treadle.project.prepare import prepare
    from treadle.project.settings import require_project

    conf = _conf(request)
    project = require_project(and_not=f'"{request.target}" is not a file' if request.target else "")
    try:
        return prepare(project, request, conf=conf, plugins=[Progress()])
    except TreadleError as error:
        mistakes = Mistakes()
        mistakes.add(error)
        with mistakes.noted():
            load_pipeline(project, request.target).filter(**request.conditions)
        raise mistakes.combine() from error.__cause__


def _conf(request: "PipelineRequest") -> Path | None:
    """Return the folder of the requested configuration; an archive is unpacked."""
    from treadle.config import open_source

    return open_source(Path(request.conf_source)) if request.conf_source else None
