"""Lineage of data: the runs that wrote and read it, by the digests of its contents."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec

from treadle.pipelines import base_name
from treadle.provenance.run_record import read_graph, read_recorded
from treadle.records import DatasetUseRecord, RunDetails
from treadle.records.graph import GraphNode
from treadle.store import RunReader, Search, parse, parse_sort

_MOST: Final = 50  # runs that are searched for one content
_DEEPEST: Final = 100


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """The node of a run that wrote certain content."""

    run: str
    name: str
    started: float
    node: str
    commit: str
    """The commit of the code; empty if it was not in a repository."""
    dirty: bool
    """Whether the code had uncommitted changes."""
    inputs: "list[Content]"
    """The contents that it was made from; values in memory are followed to stored ones."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The node of a run that read certain content, and its outputs."""

    run: str
    name: str
    started: float
    node: str
    outputs: list[str]
    """Names of its stored results, including those of nodes after it."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Content of a dataset, its last known location, and its origin."""

    dataset: str
    location: str
    digest: str
    maker: Maker | None = None
    """None if no recorded run wrote it."""
    is_repeated: bool = False
    """Whether its maker is shown elsewhere in the same tree."""


class _Run(msgspec.Struct, frozen=True):
    """A run, with its graph by the names of outputs."""

    details: RunDetails
    nodes: dict[str, GraphNode]
    makers: dict[str, str]
    """Names of nodes by the dataset that they write."""


class _Tracer:
    def __init__(self, store: RunReader) -> None:
        self._store = store
        self._runs: dict[str, _Run] = {}
        self._shown: set[str] = set()

    def run(self, run: str) -> _Run:
        if run not in self._runs:
            details = self._store.get_run(run)
            graph = read_graph(details)
            makers = {base_name(name): node.name for node in graph.nodes for name in node.outputs}
            self._runs[run] = _Run(details, {node.name: node for node in graph.nodes}, makers)
        return self._runs[run]

    def content(self, dataset: str, location: str, digest: str, depth: int = 0) -> Content:
        """Return the content of a dataset with its upstream lineage."""
        if not digest or depth == _DEEPEST:
            return Content(dataset=dataset, location=location, digest=digest)
        if digest in self._shown:
            return Content(dataset=dataset, location=location, digest=digest, is_repeated=True)
        self._shown.add(digest)
        origin = self._find_maker(digest, location)
        if origin is None:
            return Content(dataset=dataset, location=location, digest=digest)
        run, use = origin
        recorded = read_recorded(run.details)
        inputs = [
            self.content(source.dataset, source.location, source.digest, depth + 1)
            for source in _sources(run, use.node)
        ]
        maker = Maker(
            run=run.details.run.id,
            name=run.details.run.name,
            started=run.details.run.started,
            node=use.node,
            commit=recorded.git.commit if recorded.git else "",
            dirty=bool(recorded.git and recorded.git.dirty),
            inputs=inputs,
        )
        return Content(dataset=dataset, location=location, digest=digest, maker=maker)

    def _find_maker(self, digest: str, location: str) -> tuple[_Run, DatasetUseRecord] | None:
        """Return the newest run that wrote this content to a location, or to any."""
        elsewhere = None
        for run, use in self._uses(digest, "written"):
            if use.location == location:
                return run, use
            elsewhere = elsewhere or (run, use)
        return elsewhere

    def _uses(self, digest: str, role: str) -> Iterator[tuple[_Run, DatasetUseRecord]]:
        where = parse(f'datasets.digest = "{digest}" and datasets.context = "{role}"')
        search = Search(
            where=where, sort=parse_sort("-started"), limit=_MOST, lifecycle="all", columns=()
        )
        for record in self._store.find_runs(search):
            run = self.run(record.id)
            for use in run.details.datasets:
                if use.digest == digest and use.role == role:
                    yield run, use

    def users(self, digest: str) -> Iterator[User]:
        """Yield the uses of this content, the newest first, without those of reused nodes."""
        for run, use in self._uses(digest, "read"):
            status = next((node.status for node in run.details.nodes if node.node == use.node), "")
            if status != "reused":
                record = run.details.run
                yield User(
                    run=record.id,
                    name=record.name,
                    started=record.started,
                    node=use.node,
                    outputs=[result.dataset for result in _results(run, use.node)],
                )


def _sources(run: _Run, node: str) -> list[DatasetUseRecord]:
    """Return the inputs of a node's results, including those of its values in memory."""

    def producers(reader: GraphNode, stored: Collection[str]) -> Iterator[str]:
        inner = (base_name(name) for name in reader.inputs if name not in stored)
        return (run.makers[name] for name in inner if name in run.makers)

    return _gather(run, node, {"read"}, producers)


def _results(run: _Run, node: str) -> list[DatasetUseRecord]:
    """Return a node's stored results, including those of nodes that read its values in memory."""

    def readers(producer: GraphNode, stored: Collection[str]) -> Iterator[str]:
        inner = {base_name(name) for name in producer.outputs if name not in stored}
        return (
            other.name
            for other in run.nodes.values()
            if inner.intersection(map(base_name, other.inputs))
        )

    return _gather(run, node, {"written", "reused"}, readers)


def _gather(
    run: _Run,
    node: str,
    roles: set[str],
    follow: Callable[[GraphNode, Collection[str]], Iterable[str]],
) -> list[DatasetUseRecord]:
    """Collect stored datasets of a node, and of the nodes reached by values in memory."""
    used = _by_node(run.details.datasets, roles)
    seen: set[str] = set()
    gathered: dict[str, DatasetUseRecord] = {}
    stack = [node]
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        stored = {use.dataset: use for use in used.get(name, [])}
        gathered |= stored
        if name in run.nodes:
            stack += follow(run.nodes[name], stored)
    return list(gathered.values())


def _by_node(
    uses: Iterable[DatasetUseRecord], roles: set[str]
) -> dict[str, list[DatasetUseRecord]]:
    by_node: dict[str, list[DatasetUseRecord]] = {}
    for use in uses:
        if use.role in roles:
            by_node.setdefault(use.node, []).append(use)
    return by_node


def trace_content(
    store: RunReader, dataset: str, location: str, digest: str
) -> tuple[Content, list[User]]:
    """Find the runs that wrote certain content, their inputs, and the uses of the content.

    Args:
        store: The store of the runs.
        dataset: The name of the dataset.
        location: Its location.
        digest: The digest of the content.

    Returns:
        The content with its upstream lineage, and the nodes that read it, the newest first.
    """
    tracer = _Tracer(store)
    return tracer.content(dataset, location, digest), list(tracer.users(digest))


def trace_run(store: RunReader, run: str) -> list[tuple[Content, list[User]]]:
    """Trace every output of a run, including reused ones.

    Raises:
        RunNotFoundError: There is no such run, or several.
    """
    details = store.get_run(run)
    made = {use.dataset: use for use in details.datasets if use.role != "read"}
    return [trace_content(store, use.dataset, use.location, use.digest) for use in made.values()]
