"""Upload of the contents of artifacts to a server."""

from collections.abc import Callable, Sequence
from typing import BinaryIO, Final

from treadle.errors import StoreError
from treadle.store.artifacts.local import ArtifactStore
from treadle.store.http.connection import ServerConnection

_TIMEOUT: Final = 300.0  # seconds for each network operation
_SENDERS: Final = 4


class ContentSender:
    """Sends contents that wait in a folder, several at a time.

    Args:
        contents: The folder.
        connect: Opens another connection to the server.
    """

    def __init__(self, contents: ArtifactStore, connect: Callable[[], ServerConnection]) -> None:
        self._contents = contents
        self._connect = connect
        self.steps = 0
        """Number of blocks of files that were read: it grows while an upload makes progress."""

    def send(self, digests: Sequence[str], connection: ServerConnection) -> None:
        """Send contents: a single one over a connection, several in parallel over others."""
        if len(digests) < 2:  # noqa: PLR2004
            for digest in digests:
                self._send(digest, connection)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_SENDERS, thread_name_prefix="treadle-sender") as pool:
            for _ in pool.map(self._send_apart, digests):
                pass

    def _send_apart(self, digest: str) -> None:
        connection = self._connect()
        try:
            self._send(digest, connection)
        finally:
            connection.close()

    def _send(self, digest: str, connection: ServerConnection) -> None:
        try:
            with self._contents.open(digest) as file:
                connection.request(
                    "PUT",
                    f"/contents/{digest}",
                    body=_Watched(file, self),
                    content_type="application/octet-stream",
                    timeout=_TIMEOUT,
                )
        except FileNotFoundError:
            return  # sent before with entries whose response was lost
        except OSError as error:
            path = self._contents.locate(digest)
            raise StoreError(f"The artifact {path} cannot be read: {error.strerror}.") from error

    def remove(self, digests: Sequence[str]) -> None:
        """Delete contents from the folder, as the server has them."""
        for digest in digests:
            self._contents.locate(digest).unlink(missing_ok=True)


class _Watched:
    """File that counts its reads, to show the progress of an upload."""

    def __init__(self, file: BinaryIO, sender: ContentSender) -> None:
        self._file = file
        self._sender = sender

    def read(self, size: int = -1) -> bytes:
        self._sender.steps += 1
        return self._file.read(size)

    def seek(self, place: int) -> int:
        return self._file.seek(place)

    def fileno(self) -> int:
        return self._file.fileno()
