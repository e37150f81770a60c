"""Explains unknown options: those of Kedro by their equivalents here."""

import difflib
from typing import Final

import click

_RUNNERS: Final = "Nodes run one after another in this process; there are no other runners."
_KEDRO: Final = {
    "--pipeline": "A pipeline is named without an option: treadle {command} NAME.",
    "--pipelines": "Pipelines are named without an option: treadle {command} NAME,NAME.",
    "--runner": _RUNNERS,
    "-r": _RUNNERS,
    "--runner-params": _RUNNERS,
    "--async": "A node's datasets are loaded and saved one after another; there is no other way.",
    "--only-missing-outputs": (
        "Leave it out: a run makes only what is missing or not up to date, and reuses the rest."
    ),
    "--config": (
        "There are no files of options. [tool.treadle.pipelines] in pyproject.toml names several "
        "pipelines as one."
    ),
    "-c": "There are no files of options; write them on the command line.",
}
"""Options of ``kedro run`` with another form here, or without meaning."""
_RUNS: Final = frozenset({"run", "plan", "why"})
_SIMILAR: Final = 0.75  # click's own guesses begin at 0.6, where "--async" matches "--tags"


def explain_unknown_option(error: click.NoSuchOption) -> click.UsageError:
    """Return an error that names what to write instead, if that is known."""
    name, context = error.option_name, error.ctx
    command = context.command if context is not None else None
    typed = context.command_path if context is not None else "treadle"
    known = [
        option
        for parameter in (command.params if command is not None else ())
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")
    ]
    if command is not None and command.name in _RUNS and name in _KEDRO:
        advice = _KEDRO[name].format(command=command.name)
    elif close := _similar(name, known):
        advice = f'Did you mean "{close}"?'
    else:
        advice = f'"{typed} --help" lists the options.'
    return click.UsageError(f'There is no option "{name}". {advice}', context)


def _similar(name: str, known: list[str]) -> str:
    longer = [one for one in known if len(name) > len("--a") and one.startswith(name)]
    found = longer or difflib.get_close_matches(name, known, n=1, cutoff=_SIMILAR)
    return found[0] if found else ""
