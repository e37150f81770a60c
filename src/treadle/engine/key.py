"""What a node run depends on, its digest (the key), and a description of the differences."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from blake3 import blake3

from treadle.engine.parameter_text import flatten_parameters, show_parameter

_FORMAT: Final = 3
"""Incremented when fingerprints change: earlier ledger entries then count as unknown."""
_MOST: Final = 3
_DIGEST: Final = re.compile("(?:blake3|value):")
"""Prefix of the digest of saved data or of a value in memory."""


def _python() -> str:
    return f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"


class NodeParts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a node run depends on, by name."""

    code: dict[str, str]
    """Digests of pieces of the project's code."""
    packages: dict[str, str]
    """Versions of packages."""
    inputs: dict[str, str]
    """Digests; an empty one cannot be compared."""
    params: dict[str, str]
    """Values as text; a secret has only a digest."""
    entries: dict[str, str]
    """Digests of its datasets' catalog entries."""
    form: str
    """Which argument gets which input, and how the results are split."""
    seed: int
    python: str = msgspec.field(default_factory=_python)

    @property
    def is_comparable(self) -> bool:
        """Whether all inputs have a digest."""
        return all(self.inputs.values())

    def key(self) -> str:
        """Return the digest of all parts."""
        return blake3(msgspec.msgpack.encode([_FORMAT, self], order="deterministic")).hexdigest()[
            :32
        ]


def explain_difference(old: NodeParts, new: NodeParts) -> str:
    """Describe the difference, the most informative first."""
    reasons = [*_differences(old, new)]
    if not reasons:
        return "its fingerprint is of another version of Treadle"
    more = f", and {len(reasons) - _MOST} more" if len(reasons) > _MOST else ""
    return "; ".join(reasons[:_MOST]) + more


def _differences(old: NodeParts, new: NodeParts) -> Iterator[str]:
    for name, before, now in _changed(old.code, new.code):
        yield f"{_piece(name)} {_how(before, now)}"
    for name, before, now in _changed(
        flatten_parameters(old.params), flatten_parameters(new.params)
    ):
        yield f'parameter "{name}"{_how_values(before, now)}'
    for name, before, now in _changed(old.inputs, new.inputs):
        yield f'input "{name}" {_how_contents(before, now)}'
    for _, before, now in _changed(old.packages, new.packages):
        yield (
            f"package {before} → {now}"
            if before and now
            else f"package {before or now} {_how(before, now)}"
        )
    for name, before, now in _changed(old.entries, new.entries):
        yield f'catalog entry of "{name}" {_how(before, now)}'
    if old.form != new.form:
        yield "its inputs or outputs are named otherwise"
    if old.seed != new.seed:
        yield f"seed: {old.seed} → {new.seed}"
    if old.python != new.python:
        yield f"{old.python} → {new.python}"


def _how_contents(before: str, now: str) -> str:
    """Return how an input changed: for objects, their code counts beside the digest."""
    if not (_DIGEST.match(before) and _DIGEST.match(now)):
        return _how(before, now)
    if before.partition(" ")[0] == now.partition(" ")[0]:
        return "is the same, but the code of its objects changed"
    return f"changed ({_few(before)} → {_few(now)})"


def _few(digest: str) -> str:
    return _DIGEST.sub("", digest)[:8]


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*old, *new}):
        before, now = old.get(name, ""), new.get(name, "")
        if before != now:
            yield name, before, now


def _how_values(before: str, now: str) -> str:
    shown_before, shown_now = show_parameter(before), show_parameter(now)
    if shown_before == shown_now:
        return " changed (its value is a secret)"
    return f": {_short(shown_before) or 'none'} → {_short(shown_now) or 'none'}"


def _how(before: str, now: str) -> str:
    return "is new" if not before else "is gone" if not now else "changed"


def _piece(name: str) -> str:
    module, _, rest = name.partition(":")
    if rest == "*":
        return f"module {module}"
    if rest.startswith("at import"):
        return f"what {module} does at import"
    return f"{rest}, which {module} read," if rest.startswith("the ") else f"{rest} ({module})"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004
