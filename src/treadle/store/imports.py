"""Interface of the records of imports from other systems."""

from typing import Protocol


class ImportKeeper(Protocol):
    """Storage of source states at the last import, by which the next one finds changes."""

    def find(self, kind: str, key: str) -> bytes | None:
        """Return the recorded state of an object at its last import; None if never imported."""
        ...

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Record the state of an object at its source.

        Args:
            kind: The kind of object: run, experiment, ….
            key: Its id at the source.
            content: A JSON document.
        """
        ...
