"""Reads that do not count: those of libraries for themselves, and settings of one session.

The same list is in ``docs/explanation/incremental.md``.
"""

import os
import re
import tempfile
from pathlib import Path
from typing import Final

from treadle.engine.modules import is_standard

VOLATILE_VARIABLES: Final = frozenset(
    [
        "_",
        "COLUMNS",
        "LINES",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "SSH_AUTH_SOCK",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TERM",
        "TERM_SESSION_ID",
        "TMUX",
        "TMUX_PANE",
        "WINDOWID",
        "XDG_RUNTIME_DIR",
        "XDG_SESSION_ID",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "GPG_TTY",
        "COLORTERM",
        "PS1",
        "STARSHIP_SESSION_KEY",
        "VSCODE_IPC_HOOK_CLI",
    ]
)
"""Variables of a terminal session: another session is no reason to run."""

_LIBRARY_VARIABLES: Final = frozenset(
    [
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TZDIR",
        "TMPDIR",
        "TEMP",
        "TMP",
        "EDITOR",
        "PAGER",
        "NO_COLOR",
        "FORCE_COLOR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "ALL_PROXY",
        "all_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "CI",
    ]
)
_LIBRARY_PREFIXES: Final = (
    "LC_",
    "XDG_",
    "PYTHON",
    "PYARROW_",
    "TREADLE_",
    "MPL",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "KMP_",
    "NUMEXPR_",
    "VECLIB_",
    "JOBLIB_",
    "LOKY_",
    "ARROW_",
    "CUDA_",
    "NVIDIA_",
    "AWS_",
    "GOOGLE_",
    "AZURE_",
    "GCE_",
    "PYTEST_",
)
"""Variables for folders, threads, machines and accounts of libraries: they do not count if a
library reads them, but do if the project's own code reads them."""

_NEVER: Final = ("/proc/", "/sys/", "/dev/")
_SYSTEM: Final = (
    "/etc/",
    "/usr/",
    "/opt/",
    "/lib/",
    "/lib64/",
    "/bin/",
    "/sbin/",
    "/var/lib/",
    "/var/cache/",
    "/Library/",
)
_OWN_FOLDERS: Final = re.compile(
    r"[/\\](?:\.treadle|\.git|__pycache__|site-packages|dist-packages)(?:[/\\]|$)"
)
_COMPILED: Final = (".pyc", ".so", ".pyd", ".dylib")


SETTINGS_LIBRARIES: Final = frozenset(
    [
        "pydantic_settings",
        "pydantic",
        "environs",
        "environ",
        "decouple",
        "dotenv",
        "dynaconf",
        "starlette",
        "omegaconf",
        "hydra",
        "confuse",
    ]
)
"""Libraries that search all environment variables for the project's settings."""


_TEMPORARY_VARIABLES: Final = frozenset(["TMPDIR", "TEMP", "TMP"])
_LOOKUPS: Final = frozenset(["", "get", "getenv", "getenvb", "__contains__", "pop", "setdefault"])


def is_quiet_variable(name: str, library: str, by: str) -> bool:
    """Return whether a variable does not count.

    Args:
        name: Its name.
        library: The library that looks it up; empty for the project's own code.
        by: The Python function that looks it up.
    """
    if not library:
        return name in _TEMPORARY_VARIABLES and by not in _LOOKUPS  # by tempfile, once per process
    if (
        name in VOLATILE_VARIABLES
        or name in _LIBRARY_VARIABLES
        or name.startswith(_LIBRARY_PREFIXES)
    ):
        return True
    return name.upper().startswith(f"{library.upper()}_")  # its own, such as POLARS_VERBOSE


def is_quiet_path(path: str, folder: str, *, is_direct: bool) -> bool:
    """Return whether a file or folder does not count.

    Args:
        path: Its absolute path.
        folder: The project's folder.
        is_direct: Whether the project's own code opens it, without a library in between.
    """
    if path.startswith(_NEVER) or path.endswith(_COMPILED):
        return True
    if is_standard(path) or _OWN_FOLDERS.search(path) is not None:
        return True
    if is_direct or path.startswith(folder + os.sep):
        return False
    return path.startswith((*_SYSTEM, _TEMPORARY)) or _is_hidden_at_home(path)


_TEMPORARY: Final = tempfile.gettempdir() + os.sep
_HOME: Final = str(Path("~").expanduser()) + os.sep


def _is_hidden_at_home(path: str) -> bool:
    """Return whether it is in a hidden folder of the user, with libraries' caches and settings."""
    return path.startswith(_HOME) and path.startswith(".", len(_HOME))
