"""``treadle resume``."""

import shlex
import sys
from typing import TYPE_CHECKING

import click

from treadle.cli.render import echo
from treadle.cli.run import run_session
from treadle.cli.selection import names, open_session
from treadle.errors import ConflictError, PipelineError, RunNotFoundError, nearest

if TYPE_CHECKING:
    from treadle.provenance.request import PipelineRequest
    from treadle.records import RunDetails


_ENDED = ("failed", "killed", "lost")
_SEARCHED = 1000
"""Number of runs without a recorded request that are skipped."""


@click.command("resume")
@click.argument("run", required=False, default="", metavar="[RUN]")
@click.option(
    "--from",
    "again",
    multiple=True,
    callback=names,
    metavar="NAMES",
    help="Run these nodes again, and all behind.",
)
@click.option("--fresh", is_flag=True, help="Run every node, whatever was made before.")
@click.option("--store", default="", metavar="FILE", help="Where the run is kept.")
def command(run: str, again: tuple[str, ...], store: str, *, fresh: bool) -> None:
    """Continue a run that failed or was killed, as a new run of the same request.

    Without RUN, the newest one that did not finish. What it saved is reused unless the code or the
    data have changed since: that is what fixes most runs. The new run has the tag treadle.resumes.

    \b
    Examples:
      treadle resume
      treadle resume 5f3a --from train
    """
    from treadle.project.run_options import RunOptions

    details = _find(run, store)
    request, seed = _request(details)
    session = open_session(request, store)
    for name in again:
        if name not in session.pipeline:
            known = [node.name for node in session.pipeline]
            raise PipelineError(f'There is no node "{name}".', hint=nearest(name, known))
    echo(f"Resuming run {details.run.id}  {details.run.name}, which {_how(details)}.")
    record = RunOptions(
        name=details.run.name,
        experiment=details.run.experiment,
        tags={**details.run.tags, "treadle.resumes": details.run.id},
        store=store,
        command=shlex.join(["treadle", *sys.argv[1:]]),
        fresh=fresh,
        seed=seed,
        again=again,
    )
    run_session(session, record)


def _find(run: str, store: str) -> "RunDetails":
    from treadle.store import open_store
    from treadle.tracking import choose_location
    from treadle.tracking.reading import get_run

    open_store(choose_location(store)).close()  # detects runs that have died
    if not run:
        return _find_newest(store)
    details = get_run(run, store=store)
    if details.run.status not in _ENDED:
        raise ConflictError(
            f'Run "{details.run.name}" ({details.run.id[-8:]}) {_how(details)}.',
            hint="To do the same again: treadle run. It reuses what has not changed.",
        )
    return details


def _find_newest(store: str) -> "RunDetails":
    """Return the newest unfinished run with a recorded request.

    Runs from Python have no request, nor have runs that ended before they recorded anything.
    """
    from treadle.provenance.run_record import read_configuration
    from treadle.tracking.reading import get_run, search_runs

    ended = " or ".join(f"status = '{status}'" for status in _ENDED)
    for found in search_runs(f"kind = 'pipeline' and ({ended})", limit=_SEARCHED, store=store):
        details = get_run(found.id, store=store)
        if read_configuration(details).request is not None:
            return details
    raise RunNotFoundError(
        'No run that "treadle run" started has failed or was killed.',
        hint='"treadle runs" lists them.',
    )


def _how(details: "RunDetails") -> str:
    return {
        "failed": "failed",
        "killed": "was killed",
        "lost": "was lost",
        "finished": "has finished",
    }.get(details.run.status, f"is {details.run.status}")


def _request(details: "RunDetails") -> "tuple[PipelineRequest, int]":
    """Return the recorded request and the seed."""
    from treadle.provenance.request import PipelineRequest
    from treadle.provenance.run_record import read_configuration

    configuration = read_configuration(details)
    if details.run.kind != "pipeline" or not isinstance(configuration.request, PipelineRequest):
        raise ConflictError(
            f'Run "{details.run.name}" was not started by "treadle run", so what it was asked for '
            "is not known.",
            hint="Start it again in the way in which it was started: it reuses what has not "
            "changed.",
        )
    return configuration.request, configuration.seed
