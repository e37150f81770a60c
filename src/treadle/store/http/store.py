"""Store on a Treadle server, with the interface of a local store."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from treadle.errors import StoreError
from treadle.records import (
    ArtifactLogged,
    ArtifactRecord,
    Entry,
    ExperimentChange,
    ExperimentRecord,
    ExperimentSummary,
    MetricPoint,
    ProcessIdentity,
    RecordPage,
    RunChange,
    RunDetails,
    RunRecord,
)
from treadle.store.artifacts.base import no_artifact
from treadle.store.artifacts.local import ArtifactStore
from treadle.store.http.connection import ServerConnection
from treadle.store.http.content_sender import ContentSender
from treadle.store.http.credentials import find_credentials
from treadle.store.http.details import unpack_details
from treadle.store.integrity import verified
from treadle.store.location import StoreLocation
from treadle.store.process import is_dead
from treadle.store.search.text import word, word_columns, word_sort
from treadle.store.search.tree import Search

_T = TypeVar("_T")
_DELIVERY: Final = 5.0  # seconds for each network operation
_READING: Final = 60.0
_MOST: Final = 32 << 20  # bytes of entries sent at once
_PAGE: Final = 1000


class _Delivered(msgspec.Struct):
    high_water: int


class _Missing(msgspec.Struct):
    digests: list[str]


class _Points(msgspec.Struct):
    steps: list[int]
    times: list[float]
    values: list[float]


class _Owned(msgspec.Struct):
    run: str
    owner: ProcessIdentity


_encode: Final = msgspec.msgpack.encode


class HttpStore:
    """Store on a server.

    Args:
        location: The address, and the folders of data that are not yet delivered.
    """

    def __init__(self, location: StoreLocation) -> None:
        self.location = location
        self._connection = self._connect()
        self._sender = ContentSender(ArtifactStore(Path(location.artifacts)), self._connect)
        self.is_read_only = False

    @property
    def steps(self) -> int:
        """Number of blocks of files read for upload: it grows while an upload makes progress."""
        return self._sender.steps

    def _connect(self) -> ServerConnection:
        return ServerConnection(self.location.uri, find_credentials(self.location))

    def _decode(self, answer: bytes, type: type[_T]) -> _T:  # noqa: A002 - as msgspec calls it
        with self._understood():
            return msgspec.msgpack.decode(answer, type=type)

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"The server {self.location} answers what this Treadle does not understand: "
                f"{error}.",
                hint="Is it a Treadle server, and of the same version?",
            ) from error

    def apply(self, writer: str, first: int, entries: Sequence[Entry]) -> int:
        """Apply consecutive entries of a writer in one transaction, after uploading their files."""
        files = list(
            dict.fromkeys(entry.digest for entry in entries if isinstance(entry, ArtifactLogged))
        )
        self._sender.send(files, self._connection)
        body = _encode(entries)
        if len(body) > _MOST and len(entries) > 1:
            half = len(entries) // 2
            self.apply(writer, first, entries[:half])
            return self.apply(writer, first + half, entries[half:])
        answer = self._connection.request(
            "POST",
            f"/journals/{quote(writer, safe='')}",
            query={"first": first},
            body=body,
            timeout=_DELIVERY,
        )
        self._sender.remove(files)
        return self._decode(answer, type=_Delivered).high_water

    def find_missing(self, contents: Mapping[str, int]) -> set[str]:
        """Return the digests of the contents that the server no longer has.

        Args:
            contents: The sizes in bytes, by digest.
        """
        body = _encode({"contents": contents})
        answer = self._connection.request("POST", "/contents/renew", body=body)
        return set(self._decode(answer, type=_Missing).digests)

    def reap(self) -> list[str]:
        """Mark runs of this machine whose process has died as killed; return their ids."""
        owned = self._decode(self._connection.request("GET", "/running"), type=list[_Owned])
        dead = [one.run for one in owned if is_dead(one.owner)]
        if dead:
            self._connection.request("POST", "/running/dead", body=_encode({"runs": dead}))
        return dead

    def beat(self, runs: Sequence[str], time: float) -> None:
        """Send a heartbeat of runs."""
        for run in runs:
            self._connection.request(
                "POST", f"/runs/{quote(run, safe='')}/heartbeat", body=_encode({})
            )

    def change_run(self, run: str, change: RunChange, time: float) -> RunRecord:
        """Rename, tag, move, end, delete or restore a run."""
        body = _encode({**msgspec.to_builtins(change), "run": run})
        return self._decode(
            self._connection.request("POST", "/run/change", body=body), type=RunRecord
        )

    def list_experiments(self) -> list[ExperimentSummary]:
        """List all experiments, deleted ones too, sorted by id."""
        return self._decode(
            self._connection.request("GET", "/experiments", timeout=_READING),
            type=list[ExperimentSummary],
        )

    def change_experiment(
        self, experiment: str, change: ExperimentChange, time: float
    ) -> ExperimentRecord:
        """Rename, tag, delete or restore an experiment; its runs are deleted and restored, too."""
        body = _encode({**msgspec.to_builtins(change), "experiment": experiment})
        return self._decode(
            self._connection.request("POST", "/experiment/change", body=body), type=ExperimentRecord
        )

    def find_runs(self, search: Search) -> list[RunRecord]:
        """Return the runs that match a search."""
        runs: list[RunRecord] = []
        after = search.after
        while len(runs) < search.limit:
            found = self.find_page(
                msgspec.structs.replace(search, limit=search.limit - len(runs), after=after)
            )
            runs += found.runs
            after = found.next
            if not after:
                break
        return runs

    def find_page(self, search: Search) -> RecordPage:
        """Return a page of runs, and the token of the next page."""
        query = {
            "where": word(search.where),
            "sort": word_sort(search.sort),
            "lifecycle": search.lifecycle,
            "limit": min(_PAGE, search.limit),
            "after": search.after,
        }
        if search.columns is not None:
            # Attributes are always sent: without any field, all columns would be, too.
            query["columns"] = word_columns(search.columns) or "id"
        return self._decode(self._connection.request("GET", "/runs", query=query), type=RecordPage)

    def get_run(self, run: str, *, logs: bool = True) -> RunDetails:
        """Return all stored details of one run, perhaps without its log."""
        query = {"run": run, **({} if logs else {"logs": "false"})}
        answer = self._connection.request("GET", "/run", query=query)
        with self._understood():
            return unpack_details(answer)

    def points(self, run: str, key: str, steps: tuple[int, int] | None = None) -> list[MetricPoint]:
        """Return the exact points of a metric series, in logging order: all, or some steps."""
        return self.outline(run, key, 0, steps)

    def outline(
        self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
    ) -> list[MetricPoint]:
        """Return a downsampled series: the first, least, greatest and last point per bucket."""
        query: dict[str, str | int] = {"run": run, "key": key, "buckets": buckets}
        if steps is not None:
            query |= {"first": steps[0], "last": steps[1]}
        answer = self._connection.request("GET", "/run/points", query=query, timeout=_READING)
        found = self._decode(answer, type=_Points)
        return list(map(MetricPoint, found.steps, found.times, found.values))

    def artifact(self, run: str, path: str) -> Iterator[bytes]:
        """Yield the content of an artifact, block by block."""
        record = next((one for one in self.get_run(run).artifacts if one.path == path), None)
        if record is None:
            raise no_artifact(run, path)
        return verified(self._blocks(run, record), record.digest)

    def _blocks(self, run: str, record: ArtifactRecord) -> Iterator[bytes]:
        path, begin = record.path, 0
        while begin < record.size:
            query = {"run": run, "path": path, "begin": begin}
            block = self._connection.request("GET", "/run/artifact", query=query, timeout=_READING)
            if not block:
                raise StoreError(f"The content of {path} ends before its size.")
            begin += len(block)
            yield block

    def check(self) -> list[str]:
        """Check that the server responds and accepts the user; it checks its own data itself."""
        self._connection.request("GET", "/running")
        return []

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> "HttpStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HttpStore({str(self.location)!r})"
