"""The command ``treadle``."""

import contextlib
import os
import sys

from treadle._version import __version__

__all__ = ["main"]


def main() -> int:
    """Run the command line; give the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Answered before anything is imported: it is what tools ask first and most often.
        print(f"treadle {__version__}")  # noqa: T201
        return 0
    try:
        from treadle.cli import run_command_line

        return run_command_line()
    except KeyboardInterrupt:  # while what the command needs is imported
        print("\nInterrupted.", file=sys.stderr)  # noqa: T201
        return 130


def _forget_working_folder() -> None:
    """Take the working folder off the path where ``python -m`` has put it, as pip does.

    A cloned project could have a ``yaml.py`` in it, which would run instead of the library.
    """
    with contextlib.suppress(OSError):
        here = os.getcwd()  # noqa: PTH109 - pathlib would have to be imported
        if sys.path[:1] in ([""], [here]) and not sys.flags.safe_path:
            del sys.path[0]


if __name__ == "__main__":
    _forget_working_folder()
    sys.exit(main())
