"""``treadle project``."""

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo
from treadle.cli.selection import pairs
from treadle.errors import ProjectError

if TYPE_CHECKING:
    from treadle.interop.mlflow.mlproject import MLproject
    from treadle.project.fetch import Origin


@click.group("project", cls=CommandGroup)
def command() -> None:
    """Run unmodified MLflow projects."""


@command.command("run")
@click.argument("uri", metavar="FOLDER|URL[#FOLDER]")
@click.option(
    "--version",
    "-v",
    default="",
    metavar="COMMIT",
    help="A commit, branch or tag of its repository.",
)
@click.option(
    "--entry-point", "-e", default="main", show_default=True, help="An entry point, or a script."
)
@click.option(
    "--param",
    "-P",
    "params",
    multiple=True,
    callback=pairs,
    metavar="K=V",
    help="A parameter; repeated.",
)
@click.option("--shell", is_flag=True, help="Let its command have a shell, if it needs one.")
@click.option("--here", is_flag=True, help="Run it in this environment; none is built.")
@click.option(
    "--python", default="", metavar="PYTHON", help="Run it in the environment of this Python."
)
@click.option("--name", default="", help="What the run is called.")
@click.option("--experiment", default="", help="The experiment that it belongs to.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    callback=pairs,
    metavar="K=V",
    help="Tag the run; may be repeated.",
)
@click.option("--store", default="", metavar="FILE", help="Where the run is kept.")
def run(uri: str, version: str, **options: object) -> None:
    """Run an entry point of an MLproject and record it; uv builds its environment.

    What it logs with MLflow's client, or with Treadle, goes to the run. Running a project runs its
    code: for a URL, the resolved commit is shown before anything runs.

    \b
    Examples:
      treadle project run . -P alpha=0.5
      treadle project run https://github.com/mlflow/mlflow-example -v 9ad3ec1 -e main
      treadle project run https://host/models.git#regression -e train.py
    """
    from treadle.project.fetch import fetch_project

    folder = Path(tempfile.mkdtemp(prefix="treadle-")).resolve()
    try:
        origin = fetch_project(uri, version, folder)
        if origin.commit:
            echo(f"{origin.url or uri} is at commit {origin.commit}: {origin.subject}")
        _run(origin, uri, version, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(origin: "Origin", uri: str, version: str, options: dict[str, object]) -> None:
    from treadle.interop.mlflow.command import make_command
    from treadle.interop.mlflow.mlproject import read_mlproject
    from treadle.project.external_program import Program, run_program
    from treadle.provenance.request import ProjectRequest
    from treadle.tracking import choose_location

    project = read_mlproject(origin.folder)
    given = options["params"]
    params: dict[str, str] = dict(given) if isinstance(given, dict) else {}
    point = project.entry_point(str(options["entry_point"]))
    values = point.values(params, origin.folder, Path.cwd())
    made = make_command(point.command, values, shell=bool(options["shell"]))
    location = choose_location(str(options["store"]))
    python = _python(project, str(options["python"]), here=bool(options["here"]))
    target = uri if origin.url else str(origin.folder)
    program = Program(
        arguments=made.arguments,
        folder=origin.folder,
        python=python,
        variables=made.variables,
        code=origin.root if origin.url else origin.folder,
        name=str(options["name"] or project.name),
        experiment=str(options["experiment"] or os.environ.get("TREADLE_EXPERIMENT") or "default"),
        params=values,
        tags={**_tags(origin, target, point.name, version), **_given_tags(options)},
        request=ProjectRequest(
            target=target,
            entry_point=point.name,
            version=origin.commit,
            params=tuple(f"{name}={value}" for name, value in values.items()),
            shell=bool(options["shell"]),
        ),
        command=shlex.join(["treadle", *sys.argv[1:]]),
    )
    echo(f"$ {point.command.strip()}")
    run_id = run_program(program, location)
    echo(f"Finished. See it: treadle runs show {run_id[-8:]}")


def _given_tags(options: dict[str, object]) -> dict[str, str]:
    given = options["tags"]
    return dict(given) if isinstance(given, dict) else {}


def _tags(origin: "Origin", target: str, entry_point: str, version: str) -> dict[str, str]:
    """Return the tags that MLflow sets."""
    from treadle.masking import mask

    tags = {
        "mlflow.source.type": "PROJECT",
        "mlflow.source.name": mask(target),
        "mlflow.project.entryPoint": entry_point,
        "mlflow.project.backend": "local",
    }
    if origin.commit:
        tags |= {"mlflow.source.git.commit": origin.commit, "mlflow.source.git.repoURL": origin.url}
    if version and version != origin.commit:
        tags["mlflow.source.git.branch"] = version
    return tags


def _python(project: "MLproject", given: str, *, here: bool) -> Path:
    """Return the Python of the project's environment, building it if needed."""
    from treadle.interop.mlflow.packages import find_packages
    from treadle.project.environments import kept_conda_environment, kept_environment

    if given:
        path = Path(shutil.which(given) or given)
        if not path.is_file():
            raise ProjectError(f"There is no Python {given}.")
        return path.absolute()
    packages = None if here else find_packages(project)
    if packages is None:
        return Path(sys.executable)
    if packages.conda and (conda := shutil.which("conda")):
        echo(f"Environment: conda, from {packages.file.name}")
        return kept_conda_environment(conda, packages.file)
    if packages.foreign:
        names = ", ".join(packages.foreign)
        echo(
            f"There is no conda here: taken from pip's index by the same name are {names}.",
            err=True,
        )
    echo(f"Environment: uv, from {packages.file.name}")
    return kept_environment(packages.requirements, python=packages.python)
