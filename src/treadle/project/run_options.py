"""The options of a run that do not change what is run."""

from collections.abc import Mapping

import msgspec


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is recorded."""

    name: str = ""
    experiment: str = ""
    tags: Mapping[str, str] = {}
    store: str = ""
    command: str | None = None
    """The command as typed, if it is not Python's command line."""
    fresh: bool = False
    """Whether every node runs, without reusing earlier outputs."""
    seed: int = 0
    """The seed of random numbers, from which each node's own seed is derived."""
    again: tuple[str, ...] = ()
    """Nodes that run without reuse, with all that depend on them."""
