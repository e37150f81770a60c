"""Reading of the lines that runs logged and printed, page by page."""

from typing import Any, Final, Literal

from treadle.records import LogLine, LogPage
from treadle.store.sql.database import Database

Level = Literal["", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

_SEVERE: Final = {
    "CRITICAL": ("CRITICAL", "FATAL"),
    "ERROR": ("CRITICAL", "FATAL", "ERROR"),
    "WARNING": ("CRITICAL", "FATAL", "ERROR", "WARNING", "WARN"),
}
"""Levels that are at least as severe; printed lines and unknown levels count as INFO."""
_ESCAPES: Final = {ord(character): f"\\{character}" for character in "%_\\"}


class SqlLogLines:
    """The lines that runs logged and printed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        run: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 1000,
        level: Level = "",
        text: str = "",
    ) -> LogPage:
        """Return some lines of a run, oldest first.

        Args:
            run: Its id.
            after: The key of the line before the first one.
            before: The key of the line after the last one: the page has the last lines before it.
                If None, the page has the first lines after ``after``.
            limit: The number of lines.
            level: The lowest level; any if empty.
            text: A text in the line, in any case; any if empty.
        """
        rows = self._database.execute("SELECT key FROM run WHERE id = ?", (run,))
        if not rows:
            return LogPage(lines=[], next=after, total=0)
        condition, values = self._condition(rows[0][0], level, text)
        ((total,),) = self._database.execute(
            f"SELECT count(*) FROM log_line WHERE {condition}", values
        )
        where, order = f"{condition} AND key > ?", "key"
        values.append(after)
        if before is not None:
            where, order = f"{where} AND key < ?", "key DESC"
            values.append(before)
        query = (
            f"SELECT key, time, level, logger, text FROM log_line WHERE {where} ORDER BY {order}"
        )
        found = self._database.execute(f"{query} LIMIT ?", (*values, limit))
        lines = [
            LogLine(key=key, time=time, level=name, logger=logger, text=line)
            for key, time, name, logger, line in (found if before is None else reversed(found))
        ]
        return LogPage(lines=lines, next=lines[-1].key if lines else after, total=total)

    def _condition(self, run_key: int, level: Level, text: str) -> tuple[str, list[Any]]:
        parts = ["run_key = ?"]
        values: list[Any] = [run_key]
        if level in _SEVERE:
            names = _SEVERE[level]
            parts.append(f"level IN ({', '.join('?' * len(names))})")
            values += names
        elif level == "INFO":
            parts.append("level <> 'DEBUG'")
        if text:
            pattern = f"%{text.translate(_ESCAPES)}%"
            like, value = self._database.like("text", pattern, ignore_case=True)
            parts.append(like)
            values.append(value)
        return " AND ".join(parts), values
