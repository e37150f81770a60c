"""The journal mode of a SQLite file, where several connections may open a new file at once."""

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import apsw


_PAUSE: Final = 0.005  # seconds, between two tries


def set_journal_mode(connection: "apsw.Connection", mode: str, wait: float) -> None:
    """Set the journal mode of a file, which is that of all its connections.

    Changing it locks the file for a moment, for which SQLite's own busy timeout does not wait: of
    four connections that open a new file at once, one in twenty failed.

    Args:
        connection: The connection.
        mode: ``WAL`` or ``DELETE``.
        wait: Seconds to wait for other connections.

    Raises:
        apsw.BusyError: Others hold it for longer.
    """
    import apsw

    latest = time.monotonic() + wait
    while connection.pragma("journal_mode") != mode.lower():
        try:
            connection.pragma("journal_mode", mode)
        except apsw.BusyError:
            if time.monotonic() > latest:
                raise
            time.sleep(_PAUSE)
        else:
            return
