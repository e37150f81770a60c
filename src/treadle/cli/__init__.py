"""The command line: one module for each command, imported when it is used.

A command parses its arguments, calls the packages below, and prints the result.

    new, demo, project, doctor                create, try and check projects; run those of MLflow
    run, plan, why, resume, reproduce         run a pipeline, explain it, continue it, repeat it
    pipelines, catalog, lineage               list pipelines and datasets
    runs, run_show, run_tables                list and show recorded runs
    experiments, diff, export, export_html    list experiments, compare and write runs
    import_, sync, gc_                        import, deliver and remove records
    server, ui, accounts, login, logout       serve a store, and log in to a server
    groups, selection, scripts, tags, stores  arguments that several commands share
    changes                                   commands that change runs or experiments
    render, tables                            how values and records are printed
    progress, failures                        what is printed while nodes run, and when they fail
    unknown, system_limits                    mistyped options; full disks and missing folders
"""

import logging
import os
import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Final

import click

from treadle._version import __version__
from treadle.cli.groups import CommandGroup
from treadle.cli.system_limits import drop_output, explain_system_error, take_all_texts
from treadle.cli.unknown import explain_unknown_option
from treadle.errors import ConfigError, TreadleError
from treadle.masking import mask, remember_environment

__all__ = ["cli", "run_command_line"]

COMMANDS: Final = {
    "new": "Make a project.",
    "demo": "Make the flights project, run it, and show what was recorded.",
    "run": "Run a pipeline of the project, a file of nodes, or a script; recorded.",
    "plan": "Show which nodes would run, which would be reused, and why.",
    "why": "Explain one node of a plan.",
    "resume": "Continue a run that failed or was killed.",
    "reproduce": "Rebuild a recorded run, run it again, and compare the results.",
    "project": "Run projects of MLflow, as they are.",
    "pipelines": "List the pipelines of the project, and their nodes.",
    "runs": "List, search and show runs.",
    "experiments": "List experiments, rename them, delete and restore them.",
    "diff": "Show what differs between two runs.",
    "catalog": "List and show the datasets of the project.",
    "server": "Serve the runs of a team, to clients of Treadle and of MLflow.",
    "login": "Store a token for a server.",
    "logout": "Remove the stored token of a server.",
    "ui": "Look at the runs of this project in a browser.",
    "import": "Import runs of MLflow into this store.",
    "export": "Write runs to CSV, JSON or Parquet, or as a web page in one file.",
    "sync": "Deliver what was logged while the store was unavailable.",
    "gc": "Remove deleted runs for good.",
    "doctor": "Check the installation, the project and the store.",
}


_NOTEBOOK: Final = (
    "In a notebook: treadle.open_project() has the catalog, parameters and pipelines."
)
_KEDRO: Final = {
    "registry": '"treadle pipelines" lists pipelines and their nodes.',
    "pipeline": 'A pipeline is a module in the package pipelines; "treadle pipelines" lists them.',
    "ipython": _NOTEBOOK,
    "jupyter": _NOTEBOOK,
    "info": '"treadle doctor" checks the installation, "treadle --version" has the version.',
    "micropkg": "A pipeline is a module: copy its file or folder.",
    "package": "A project runs from its folder; its wheel is built as that of any Python package.",
    "starter": '"treadle new NAME" makes a project, with --example flights one that runs.',
    "viz": '"treadle ui" shows runs in a browser, "treadle pipelines" lists pipelines and nodes.',
}


class _Commands(CommandGroup):
    """A group that imports a command when it is called, and lists the others from a table."""

    elsewhere = _KEDRO

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # No module is called like a keyword or a module of the standard library.
        is_taken = iskeyword(cmd_name) or cmd_name in sys.stdlib_module_names
        module = import_module(f"treadle.cli.{cmd_name}{'_' if is_taken else ''}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", "-V", message="treadle %(version)s")
def cli() -> None:
    """Pipelines whose every run is recorded, incremental, comparable and exactly reproducible."""


def run_command_line() -> int:
    """Run the command from the command line; return the exit code."""
    remember_environment()
    take_all_texts()
    verbose = _takes_verbose(sys.argv)
    try:
        _show_log(logging.INFO if verbose else logging.WARNING)
        code = cli(standalone_mode=False)
    except click.NoSuchOption as error:
        explain_unknown_option(error).show()
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted; what was committed before is kept.", err=True)
        return 130
    except BrokenPipeError:
        drop_output()
        return 141
    except Exception as error:  # noqa: BLE001 - unexpected errors are shown by their message
        return _report(error, verbose=verbose)
    return code if isinstance(code, int) else 0


def _report(error: Exception, *, verbose: bool) -> int:
    """Show the error that ended a command, and return its exit code."""
    from treadle.cli.render import echo

    is_foreseen = isinstance(error, TreadleError | OSError | UnicodeError)
    if verbose or not is_foreseen:
        from treadle.frames import format_error

        echo(mask(format_error(error)), err=True)
    click.secho("Error: ", fg="red", bold=True, err=True, nl=False)
    if isinstance(error, TreadleError):
        echo(str(error), err=True)
        return error.exit_code
    if isinstance(error, OSError | UnicodeError):
        echo(mask(explain_system_error(error)), err=True)
        drop_output()  # output that failed would be written again at exit
    else:
        echo(f"{type(error).__name__}, which Treadle did not expect.", err=True)
    return 1


class _Masked(logging.Formatter):
    """Masks log messages: those of other libraries may contain a password or terminal escapes."""

    def format(self, record: logging.LogRecord) -> str:
        from treadle.cli.render import visible

        return visible(mask(super().format(record)))


def _show_log(level: int) -> None:
    """Show log messages from a level on; an open run records them from INFO on.

    Raises:
        ConfigError: The environment names an invalid level or an unusable file.
    """
    name = os.environ.get("TREADLE_LOG_LEVEL", "").upper()
    levels = logging.getLevelNamesMapping()
    if name and name not in levels:
        raise ConfigError(
            f'TREADLE_LOG_LEVEL is "{name}", which is not a log level.',
            hint="Use debug, info, warning, error or critical.",
        )
    shown = logging.StreamHandler()
    shown.setLevel(levels.get(name, level))
    shown.setFormatter(_Masked("%(levelname)s: %(message)s"))
    handlers: list[logging.Handler] = [shown]
    if path := os.environ.get("TREADLE_LOG_FILE", ""):
        try:
            kept = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"TREADLE_LOG_FILE: {path}: {error.strerror or error}.") from error
        kept.setLevel(min(logging.INFO, shown.level))
        kept.setFormatter(_Masked("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handlers.append(kept)
    logging.basicConfig(level=min(logging.INFO, shown.level), handlers=handlers)


def _takes_verbose(argv: list[str]) -> bool:
    """Remove ``--verbose`` from the arguments, up to a script or ``--``; return if found."""
    if "--verbose" not in argv:
        return False
    position = argv.index("--verbose")
    before = argv[1:position]
    if "--" in before or ("run" in before and any(map(_is_script, before))):
        return False
    del argv[position]
    return True


def _is_script(argument: str) -> bool:
    """Return whether an argument of ``treadle run`` is a file that runs as a script."""
    if not argument.endswith(".py") or argument.startswith("-"):
        return False
    from treadle.project.single_file import has_nodes

    try:
        return not has_nodes(Path(argument))
    except (TreadleError, OSError):  # the command itself reports the error
        return False
