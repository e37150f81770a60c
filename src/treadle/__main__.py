"""The command ``treadle``."""

import sys

from treadle._version import __version__


def main() -> int:
    """Run the command line, and return the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Answered before anything is imported: tools request it first and most often.
        print(f"treadle {__version__}")  # noqa: T201
        return 0
    try:
        from treadle.cli import run_command_line

        return run_command_line()
    except KeyboardInterrupt:  # during the imports of the command
        print("\nInterrupted.", file=sys.stderr)  # noqa: T201
        return 130


if __name__ == "__main__":
    sys.exit(main())
