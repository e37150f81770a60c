"""Comparison of a reproduction's results with those of the original run."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from treadle.catalog import DataCatalog, FileDigests
from treadle.errors import TreadleError
from treadle.project.reproduction.closeness import is_close
from treadle.records import DatasetUseRecord, RunDetails
from treadle.store import RunReader, Search, parse, parse_sort

Outcome = Literal["identical", "within tolerance", "different", "input missing", "unknown"]

_CHILDREN: Final = 10_000
_LOADED: Final = frozenset(
    {"csv", "parquet", "feather", "json", "yaml", "excel", "numpy", "metrics"}
)
"""Formats whose contents are plain values, and not objects of the project's own classes."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The result of comparing one output, metric or artifact."""

    kind: Literal["output", "metric", "artifact"]
    name: str
    outcome: Outcome
    detail: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is reproduced."""
        return self.outcome in ("identical", "within tolerance")


def judge(
    old: RunDetails,
    new: RunDetails | None,
    store: RunReader,
    *,
    tolerance: float = 0.0,
    lost: Mapping[str, str] | None = None,
    ignored: tuple[str, ...] = (),
    catalog: DataCatalog | None = None,
) -> list[Judgement]:
    """Compare every output, metric and artifact of a run, and of its nested runs.

    Args:
        old: The run.
        new: Its reproduction; None if nothing could be run.
        store: The store of both.
        tolerance: The maximum difference of numbers, relative to the greater one.
        lost: Outputs that could not be made, and why.
        ignored: Patterns of names that are not compared.
        catalog: Defines how outputs are loaded, to compare them within a tolerance.
    """
    judging = _Judging(
        old=old, new=new, store=store, tolerance=tolerance, lost=lost or {}, catalog=catalog
    )
    found = [*judging.outputs(), *judging.metrics(), *judging.artifacts()]
    for name, one, other in _children(old, new, store):
        inside = judge(one, other, store, tolerance=tolerance, catalog=catalog)
        found += [msgspec.structs.replace(inner, name=f"{name}/{inner.name}") for inner in inside]
    return [one for one in found if not any(fnmatchcase(one.name, pattern) for pattern in ignored)]


def _children(
    old: RunDetails, new: RunDetails | None, store: RunReader
) -> Iterator[tuple[str, RunDetails, RunDetails | None]]:
    """Pair the nested runs of two runs: those of the same name, in chronological order."""
    theirs = _by_name(new, store) if new is not None else {}
    for name, runs in _by_name(old, store).items():
        others = theirs.get(name, [])
        for place, run in enumerate(runs):
            label = name if len(runs) == 1 else f"{name}[{place}]"
            other = store.get_run(others[place]) if place < len(others) else None
            yield label, store.get_run(run), other


def _by_name(details: RunDetails, store: RunReader) -> dict[str, list[str]]:
    where = parse(f'parent = "{details.run.id}"')
    found: dict[str, list[str]] = {}
    for run in store.find_runs(
        Search(where=where, sort=parse_sort("started"), limit=_CHILDREN, columns=())
    ):
        # A name that was derived from the id does not identify the counterpart in the other run.
        found.setdefault("run" if run.name == f"run-{run.id[-6:]}" else run.name, []).append(run.id)
    return found


class _Judging(msgspec.Struct, kw_only=True):
    old: RunDetails
    new: RunDetails | None
    store: RunReader
    tolerance: float
    lost: Mapping[str, str]
    catalog: DataCatalog | None
    contents: FileDigests = msgspec.field(default_factory=FileDigests)

    def outputs(self) -> Iterator[Judgement]:
        made = {
            use.dataset: use
            for use in (self.new.datasets if self.new else [])
            if use.role != "read"
        }
        for use in {use.dataset: use for use in self.old.datasets if use.role != "read"}.values():
            outcome, detail = self._judge_output(use, made.get(use.dataset))
            yield Judgement(kind="output", name=use.dataset, outcome=outcome, detail=detail)

    def _judge_output(
        self, old: DatasetUseRecord, new: DatasetUseRecord | None
    ) -> tuple[Outcome, str]:
        if old.dataset in self.lost:
            return "input missing", self.lost[old.dataset]
        if new is None:
            return "different", "it was not made"
        if not old.digest or not new.digest:
            return "unknown", f"contents of type {old.type} have no digest"
        if old.digest == new.digest:
            return "identical", ""
        if not self.tolerance:
            return "different", f"{_few(old.digest)} → {_few(new.digest)}"
        return self._judge_content(old, new)

    def _judge_content(self, old: DatasetUseRecord, new: DatasetUseRecord) -> tuple[Outcome, str]:
        if old.type not in _LOADED or self.catalog is None or old.dataset not in self.catalog:
            return "different", f"contents of type {old.type} are compared by their digests alone"
        try:
            if self.contents.of(Path(old.location))[0] != old.digest:
                return (
                    "different",
                    (
                        f"{old.location} does not hold any more what was made: only digests are "
                        "compared"
                    ),
                )
            values = [self._load(use) for use in (old, new)]
        except (OSError, TreadleError) as error:
            return "different", f"it cannot be compared: {error}"
        if is_close(values[0], values[1], self.tolerance):
            return "within tolerance", ""
        return "different", "numbers are further apart, or something else differs"

    def _load(self, use: DatasetUseRecord) -> Any:
        entry = dict(self.catalog.specification(use.dataset)) if self.catalog is not None else {}
        entry = {
            key: value
            for key, value in entry.items()
            if key not in ("versioned", "fs_args", "cache")
        }
        return DataCatalog({use.dataset: {**entry, "filepath": use.location}}).load(use.dataset)

    def metrics(self) -> Iterator[Judgement]:
        for one in self.old.metrics:
            if not one.key.startswith("system/"):
                outcome, detail = self._judge_metric(one.key)
                yield Judgement(kind="metric", name=one.key, outcome=outcome, detail=detail)

    def _judge_metric(self, key: str) -> tuple[Outcome, str]:
        made = {one.key for one in self.new.metrics} if self.new else set()
        if self.new is None or key not in made:
            if self.lost:
                return "input missing", ""
            return "different", "it was not logged"
        old, new = (
            [(point.step, point.value) for point in self.store.points(run.run.id, key)]
            for run in (self.old, self.new)
        )
        if len(old) != len(new):
            return "different", f"{len(old)} points → {len(new)} points"
        if is_close(old, new, 0.0):
            return "identical", ""
        if is_close(old, new, self.tolerance):
            return "within tolerance", ""
        place = next(
            n
            for n, (a, b) in enumerate(zip(old, new, strict=True))
            if not is_close(a, b, self.tolerance)
        )
        return "different", f"{old[place][1]:.10g} → {new[place][1]:.10g}"

    def artifacts(self) -> Iterator[Judgement]:
        made = {one.path: one.digest for one in self.new.artifacts} if self.new else {}
        for one in self.old.artifacts:
            if one.path.startswith("code/"):
                continue
            if one.path not in made:
                outcome: Outcome = "input missing" if self.lost else "different"
                yield Judgement(
                    kind="artifact", name=one.path, outcome=outcome, detail="it was not made"
                )
            elif one.digest == made[one.path]:
                yield Judgement(kind="artifact", name=one.path, outcome="identical")
            else:
                detail = f"{_few(one.digest)} → {_few(made[one.path])}"
                yield Judgement(kind="artifact", name=one.path, outcome="different", detail=detail)


def _few(digest: str) -> str:
    return digest.removeprefix("blake3:")[:8]
