"""``treadle new``."""

from pathlib import Path

import click

from treadle.cli.render import echo


@click.command("new")
@click.argument("name")
@click.option("--example", default="", metavar="NAME", help="Start from an example: flights.")
def command(name: str, example: str) -> None:
    """Create a project in a new folder NAME."""
    from treadle.project.create import create_project, missing_library

    folder = create_project(name, Path.cwd(), example)
    install = (
        f'  pip install "treadle[{example}]"\n' if example and missing_library(example) else ""
    )
    echo(
        f"Made {folder.name}/.  Next:\n\n{install}  cd {folder.name}\n  treadle run\n  treadle runs"
    )
