"""The code of the running program: its script, and the modules of its own that it imports."""

import os
import sys
from pathlib import Path

from treadle.provenance.code_files import NoCode


def find_code(here: Path | None = None) -> tuple[Path, list[Path]]:
    """Return the folder of the running program, and the files of its code.

    They are the script with the other modules of its folder, and all modules that were imported
    from below the working directory, or else from below the script's folder. Installed packages and
    what runs the script, such as a test runner, are not included.

    Args:
        here: The working directory; by default, the current one.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    here = here or Path.cwd()
    script = Path(main).absolute() if main else None
    if script is not None and (_is_installed(script) or not script.is_file()):
        script = None
    folder = here if script is None or script.is_relative_to(here) else script.parent
    files = {script, *script.parent.glob("*.py")} if script is not None else set()
    beginning = os.path.join(folder, "")  # noqa: PTH118 - there are thousands of modules
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and file.startswith(beginning):
            files.add(Path(file))
    no_code = NoCode(folder)
    return folder, sorted(
        path
        for path in files
        if path.is_relative_to(folder)
        and not _is_installed(path)
        and not no_code.covers(path.relative_to(folder).as_posix())
    )


def _is_installed(path: Path) -> bool:
    is_command = (
        path.parent == Path(sys.executable).parent
    )  # pytest, jupyter, …: next to the interpreter
    return is_command or "site-packages" in path.parts or path.is_relative_to(sys.base_prefix)
