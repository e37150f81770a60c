"""Scripts that are run as ``python script.py`` would, recorded."""

import logging
import runpy
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from treadle.errors import NodeError
from treadle.frames import describe_frames
from treadle.project.run_options import RunOptions
from treadle.project.single_file import code_around, experiment_for
from treadle.provenance.request import ScriptRequest, mask_request
from treadle.store import check_store
from treadle.tracking import Run, choose_location
from treadle.tracking.recorded_run import RecordedRun, Recording
from treadle.tracking.run import status_of


def run_script(path: Path, arguments: Sequence[str], options: RunOptions) -> str:
    """Run a script as ``python script.py`` would, recorded; what it logs goes to its run.

    Returns:
        The id of the run.

    Raises:
        NodeError: The script raised; the cause is chained.
        SystemExit: The script exited with a status other than 0.
    """
    location = choose_location(options.store, path.parent)
    check_store(location)
    typed = shlex.join(["treadle", "run", str(path), *arguments])
    request = ScriptRequest(target=str(path.absolute()), arguments=tuple(arguments))
    recording = Recording(
        kind="script",
        name=options.name or path.stem,
        experiment=options.experiment or experiment_for(path.parent.absolute()),
        command=typed if options.command is None else options.command,
        tags=options.tags,
        folder=path.parent.absolute(),
        code=code_around(path.absolute()),
        configuration={"request": mask_request(request)},
    )
    with RecordedRun(location, recording) as run:
        run.is_adoptable = True
        run.capture_output(logs=False)
        _execute(path, arguments, run)
    return run.id


def _execute(path: Path, arguments: Sequence[str], run: Run) -> None:
    old_argv, old_path = sys.argv, sys.path[:]
    root = logging.getLogger()
    # The script configures its own logging, which would have no effect after ours.
    old_handlers, root.handlers = root.handlers, []
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as error:
        if status_of(error) != "finished":
            run.correct(status_of(error), error)
            raise
    except Exception as error:
        run.correct("failed", error)
        raise NodeError(
            f"{path.name} failed: {type(error).__name__}: {error}{describe_frames(error)}",
            hint=f"The whole traceback: treadle runs show {run.id[-8:]}",
        ) from error
    finally:
        sys.argv, sys.path[:] = old_argv, old_path
        root.handlers = old_handlers
