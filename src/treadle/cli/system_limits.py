"""Handles limits of the system: terminal encodings, full disks, missing folders."""

import os
import sys
from pathlib import Path


def take_all_texts() -> None:
    """Reopen standard output and error so that they accept any text.

    Characters that their encoding lacks are written as escapes.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the parent process
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and stream.encoding.lower().replace("-", "") != "utf8":
            reconfigure(errors="backslashreplace")


def explain_system_error(error: OSError | UnicodeError) -> str:
    """Explain a system error, and what to do about it."""
    if isinstance(error, UnicodeError):
        encoding = sys.getfilesystemencoding()
        if encoding == "utf-8":
            return f"A name or a text is not UTF-8: {error}."
        hint = "Set PYTHONUTF8=1, or a locale of UTF-8 (LC_ALL=C.UTF-8)."
        return f"The locale's encoding, {encoding}, cannot write a name or a text: {error}.\n{hint}"
    try:
        os.getcwd()  # noqa: PTH109 - only to test whether it exists
    except OSError:
        return "The working folder does not exist any more.\nChange to one that does: cd FOLDER."
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}.\n--verbose shows where it happened."


def drop_output() -> None:
    """Discard remaining output: its reader is gone, or its disk is full."""
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    os.close(null)
