"""``treadle new``."""

from pathlib import Path

import click

__all__ = ["command"]


@click.command("new")
@click.argument("name")
@click.option("--example", default="", metavar="NAME", help="Start from an example: flights.")
def command(name: str, example: str) -> None:
    """Make a project in a new folder NAME."""
    from treadle.project.create import create_project

    folder = create_project(name, Path.cwd(), example)
    click.echo(f"Made {folder.name}/.  Next:\n\n  cd {folder.name}\n  treadle run\n  treadle runs")
