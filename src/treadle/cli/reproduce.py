"""``treadle reproduce``."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from treadle.cli.render import echo
from treadle.cli.stores import JSON_OPTION, STORE_OPTION
from treadle.errors import ConflictError

if TYPE_CHECKING:
    from treadle.project.reproduction.judgement import Judgement
    from treadle.project.reproduction.reproduce import Preparation
    from treadle.records import RunDetails
    from treadle.store import Store, StoreLocation


_COLOURS = {"identical": "green", "within tolerance": "green", "different": "red"}


@click.command("reproduce")
@click.argument("run")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="X",
    help="How far numbers may be apart, as a part of the greater one: 1e-6.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATTERN",
    help="Do not judge what has such a name; may be repeated.",
)
@click.option(
    "--allow-different-python",
    "different_python",
    is_flag=True,
    help="Another version of Python will do.",
)
@click.option(
    "--this-environment", is_flag=True, help="Take the packages as they are installed here."
)
@click.option(
    "--into", default="", metavar="FOLDER", help="Rebuild it in this folder, and leave it there."
)
@click.option("--dry-run", is_flag=True, help="Only rebuild it, and say what is not what it was.")
@JSON_OPTION
@STORE_OPTION
def command(
    run: str, tolerance: float, ignore: tuple[str, ...], into: str, store: str, **flags: bool
) -> None:
    """Repeat a recorded run from its recorded inputs, and compare the results.

    Rebuilt are the code (commit, uncommitted changes, untracked files), the configuration, the
    environment (with uv, if packages differ here) and the data that was read, which must have its
    recorded digests. What cannot be rebuilt is reported before anything runs. The project is not
    changed: the run takes place in its own folder, and is recorded with the tag treadle.reproduces.

    The exit code is 0 only if every output, metric and artifact is identical or within tolerance.

    \b
    Examples:
      treadle reproduce latest
      treadle reproduce 5f3a --tolerance 1e-6 --ignore "*_seconds"
      treadle reproduce 5f3a --dry-run --into ../as-it-was
    """
    from treadle.project.history import RunHistory
    from treadle.project.reproduction.reproduce import ReproductionOptions, prepare
    from treadle.provenance.run_record import read_recorded
    from treadle.store import open_store
    from treadle.tracking import choose_location

    location = choose_location(store)
    opened = open_store(location)
    options = ReproductionOptions(
        different_python=flags["different_python"], this_environment=flags["this_environment"]
    )
    try:
        recorded = read_recorded(opened.get_run(run))
        with _folder(into) as folder:
            echo(
                f"Rebuilding run {recorded.details.run.id}  {recorded.details.run.name}.",
                err=flags["as_json"],
            )
            locate = RunHistory(Path.cwd(), store).locate
            prepared = prepare(recorded, opened, Path.cwd(), folder, options, locate=locate)
            _tell(prepared, to_stderr=flags["as_json"])
            if not flags["dry_run"]:
                new, judgements = _run(
                    prepared, location, opened, tolerance, ignore, as_json=flags["as_json"]
                )
    finally:
        opened.close()
    if flags["dry_run"]:
        raise SystemExit(1 if prepared.lost else 0)
    _conclude(prepared, new, judgements, as_json=flags["as_json"])


@contextlib.contextmanager
def _folder(into: str) -> Iterator[Path]:
    if not into:
        with tempfile.TemporaryDirectory(prefix="treadle-", ignore_cleanup_errors=True) as name:
            yield Path(name).resolve()
        return
    folder = Path(into).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(
            f"{folder} is not empty.", hint="Name a folder that does not exist yet."
        )
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def _tell(prepared: "Preparation", *, to_stderr: bool) -> None:
    """Report what is used, and what differs from the original run."""
    git, interpreter = prepared.recorded.git, prepared.interpreter
    code = (
        f"commit {git.commit[:12]}{' with its uncommitted changes' if git.dirty else ''}"
        if git
        else ""
    )
    lines = [
        f"code         {code if git and git.commit else 'as it was kept with the run'}",
        (
            f"environment  {'built for it' if interpreter.is_built else 'this one'} "
            f"({interpreter.python})"
        ),
    ]
    lines += [f"missing      {name}: {why}" for name, why in prepared.missing.items()]
    lines += [f"not certain  {one}" for one in prepared.doubts]
    for line in lines:
        echo(line, err=to_stderr)


def _run(
    prepared: "Preparation",
    location: "StoreLocation",
    store: "Store",
    tolerance: float,
    ignore: tuple[str, ...],
    *,
    as_json: bool,
) -> "tuple[RunDetails | None, list[Judgement]]":
    import sys

    from treadle.project.reproduction.judgement import judge
    from treadle.project.reproduction.reproduce import find_reproduction, run_prepared

    old = prepared.recorded.details
    new = None
    if prepared.command:
        began = time.time()
        echo(f"$ treadle {' '.join(prepared.command)}", err=as_json)
        sys.stdout.flush()
        run_prepared(prepared, location, output=sys.stderr if as_json else None)
        _bring_home(prepared, location)
        new = find_reproduction(store, old.run.id, began - 1)
    return new, judge(
        old,
        new,
        store,
        tolerance=tolerance,
        lost=prepared.lost,
        ignored=ignore,
        catalog=prepared.catalog,
    )


def _bring_home(prepared: "Preparation", location: "StoreLocation") -> None:
    """Deliver what an unavailable server has not accepted, before the folder with it is removed."""
    from treadle.store import open_store, waiting
    from treadle.tracking import choose_location

    theirs = choose_location(location.uri, prepared.folder)
    theirs = msgspec.structs.replace(theirs, is_named=location.is_named)
    if waiting(theirs):
        open_store(theirs).close()


def _conclude(
    prepared: "Preparation",
    new: "RunDetails | None",
    judgements: "list[Judgement]",
    *,
    as_json: bool,
) -> None:
    old = prepared.recorded.details.run
    has_finished = new is not None and new.run.status == old.status
    is_reproduced = has_finished and bool(judgements) and all(one.is_good for one in judgements)
    if as_json:
        from treadle.cli.render import echo_json

        echo_json(
            {
                "run": old.id,
                "reproduction": new.run.id if new else "",
                "reproduced": is_reproduced,
                "doubts": prepared.doubts,
                "missing": prepared.missing,
                "results": judgements,
            }
        )
    else:
        _show_results(judgements)
        echo(_verdict(old.status, new, judgements, is_reproduced=is_reproduced))
        if new is not None and not is_reproduced:
            echo(f"See what differs: treadle diff {old.id[-8:]} {new.run.id[-8:]}")
    raise SystemExit(0 if is_reproduced else 1)


def _show_results(judgements: "list[Judgement]") -> None:
    from treadle.cli.render import Coloured
    from treadle.cli.tables import Column, table

    columns: list[Column[Judgement]] = [
        Column("", lambda one: one.kind),
        Column("name", lambda one: one.name),
        Column("result", lambda one: Coloured(one.outcome, _COLOURS.get(one.outcome, "yellow"))),
        Column("", lambda one: one.detail),
    ]
    click.echo()
    if judgements:
        table(columns, judgements)
        click.echo()


def _verdict(
    status: str, new: "RunDetails | None", judgements: "list[Judgement]", *, is_reproduced: bool
) -> str:
    if is_reproduced:
        return f"Reproduced: all {len(judgements)} results are what they were."
    if new is None:
        return "Not reproduced: it could not be run."
    if new.run.status != status:
        return f"Not reproduced: it {new.run.status}, where the run {status}."
    if not judgements:
        return "Not reproduced: the run left no output, metric or artifact that could be compared."
    return (
        f"Not reproduced: {sum(not one.is_good for one in judgements)} of {len(judgements)} "
        "results are not what they were."
    )
