"""Remembers what was imported from another system, as it was there."""

from typing import Protocol


class ImportKeeper(Protocol):
    """Remembers what was imported, so that the next import can tell who has changed it since."""

    def find(self, kind: str, key: str) -> bytes | None:
        """Return what was noted of a thing when it was last imported; None if it never was."""
        ...

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Note what a thing is at its source.

        Args:
            kind: What it is: run, experiment, ….
            key: Its id at the source.
            content: A JSON document.
        """
        ...
