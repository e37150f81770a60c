"""Reserves disk blocks for the few bytes that must be written when the disk is full."""

import contextlib
import tempfile
from pathlib import Path
from typing import IO, Final

_SIZE: Final = 32 << 10
_BLOCK: Final = bytes(_SIZE)


class Reserve:
    """An unnamed file that is truncated when its blocks are needed.

    It disappears with the process, however that ends.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def allocate(self, folder: Path) -> None:
        """Reserve the blocks; do nothing if none are left."""
        self.close()
        with contextlib.suppress(OSError):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
            self._file.write(_BLOCK)

    def release(self) -> None:
        """Free half of the blocks."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.truncate(_SIZE // 2)

    def close(self) -> None:
        """Free all of them."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.truncate(0)
        self.forget()

    def forget(self) -> None:
        """Leave the blocks to the parent process after a fork."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
