"""The operation of the native API on the lines that a run logged and printed."""

from typing import Annotated

import msgspec

from treadle.records import LogPage
from treadle.server.caller import Caller
from treadle.server.operation import operation
from treadle.store.sql.log_lines import Level

_Key = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class ReadLog(msgspec.Struct, frozen=True, kw_only=True):
    """A request for some lines of a run: its id, its name, or the start or the end of its id."""

    run: str
    after: _Key = 0
    """The ``next`` of the previous page, to follow the log; 0 for its beginning."""
    before: _Key | None = None
    """Return the last lines before the line with this key; to begin at the end, a large number."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 1000
    level: Level = ""
    """The lowest level; any if empty. Printed lines, with the levels OUT and ERR, count as INFO."""
    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """A text in the line, in any case."""


@operation("GET", "run/log")
def read(caller: Caller, ask: ReadLog) -> LogPage:
    """Return some lines that a run logged and printed, oldest first, and how many match."""
    return caller.store.log_lines.page(
        caller.resolve_run(ask.run),
        after=ask.after,
        before=ask.before,
        limit=ask.limit,
        level=ask.level,
        text=ask.text,
    )
