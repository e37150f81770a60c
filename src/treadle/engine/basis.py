"""What the decisions about the steps of one plan are based on."""

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from treadle.catalog.cache import ContentCache
from treadle.engine.dependencies import Dependencies
from treadle.engine.identities import Identities
from treadle.engine.ledger import Ledger
from treadle.engine.ledger_lookup import MadeBefore
from treadle.engine.logged import KeptLogs, NodeLogs, RememberedLogs
from treadle.engine.output_cache import CachedOutputs, UnsavedResults
from treadle.engine.plan import Plan
from treadle.engine.purity import Purity


class Basis(msgspec.Struct, frozen=True):
    """What is known about the steps of one plan, and about earlier runs."""

    plan: Plan
    ledger: Ledger
    fresh: bool
    """Whether everything runs."""
    depends: Dependencies
    """Collects what steps depend on."""
    before: MadeBefore
    """Finds entries of the ledger."""
    cached: CachedOutputs | None
    """The outputs in the cache; None if there is no cache."""
    identities: Identities
    """Identifies inputs and outputs."""
    results: UnsavedResults
    """The results that are not saved."""
    logs: RememberedLogs
    """What steps log, and logged in earlier runs."""
    purity: Purity
    """Knows which nodes may be reused at all."""


def create_basis(
    plan: Plan,
    ledger: Ledger,
    *,
    fresh: bool,
    seed: int,
    cache: ContentCache | None,
    replacing: str,
    folder: Path,
    hooks: Collection[Callable[..., object]],
    logs: NodeLogs | None,
    result_limit: int,
) -> Basis:
    """Create the basis of decisions; the arguments are those of `Incremental`."""
    depends = Dependencies(plan, folder, seed, hooks)
    cached = None
    if cache is not None and (plan.cached or plan.kept):
        cached = CachedOutputs(plan, ledger, cache, result_limit, depends.digest)
    kept = KeptLogs(logs, cache) if logs is not None and cache is not None else None
    return Basis(
        plan,
        ledger,
        fresh,
        depends,
        MadeBefore(ledger, depends.now),
        cached,
        Identities(plan, ledger, depends, cached),
        UnsavedResults(plan, ledger, cached),
        RememberedLogs(ledger, kept),
        Purity(plan, depends, replacing),
    )
