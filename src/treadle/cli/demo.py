"""``treadle demo``."""

from pathlib import Path

import click

from treadle.cli.render import Coloured, echo, short_path


@click.command("demo")
@click.option("--folder", default="demo", show_default=True, help="Where the project is made.")
@click.pass_context
def command(context: click.Context, folder: str) -> None:
    """Create the flights project, run it, and show what was recorded.

    An existing project is run again.
    """
    import os

    from treadle.cli import runs
    from treadle.cli.run import command as run
    from treadle.cli.run_show import show
    from treadle.errors import MissingExtraError
    from treadle.project.create import create_project, missing_library

    missing = missing_library("flights")
    if missing:
        raise MissingExtraError("The demo", missing, "flights")

    activation = _activation()
    path = Path(folder).absolute()
    if (path / "pyproject.toml").is_file():
        echo(f"The project is in {folder}/ already.\n")
    else:
        create_project(path.name, path.parent, "flights")
        echo(f"The flights project is in {folder}/.\n")
    os.chdir(path)
    _say("treadle run")
    run.main([], prog_name="treadle run", standalone_mode=False)  # with option sources, as typed
    _say("treadle runs show latest")
    context.invoke(show, run="latest", store="", as_json=False)
    _say("treadle runs")
    context.invoke(runs.command, where="", sort="-started", limit=50, store="", as_json=False)
    echo(
        f"\nGo on from here:\n\n{activation}  cd {folder}\n"
        "  treadle ui                                    # all of it in a browser\n"
        "  treadle run --params model.depth=3            # another parameter\n"
        "  treadle runs --sort -metrics.r2               # which run was best\n"
        '  treadle runs --where "params.model.depth = 3" # which run had it\n'
        "  treadle catalog show features                 # a look at the data\n"
        "  less src/*/pipelines/model.py                 # the code"
    )


def _activation() -> str:
    """Explain how to put ``treadle`` on the PATH, if it is not there."""
    import shutil
    import sys

    activate = Path(sys.executable).parent / "activate"
    return (
        ""
        if shutil.which("treadle") or not activate.exists()
        else f"  source {short_path(str(activate))}\n"
    )


def _say(typed: str) -> None:
    echo(Coloured(f"\n$ {typed}", bold=True))
