"""Holds contents against their digests, so that a damaged or exchanged one is an error and no data."""

from collections.abc import Iterator
from typing import Final

from treadle.errors import DamagedContentError

__all__ = ["PREFIX", "damaged", "verified"]

PREFIX: Final = "blake3:"


def damaged(name: str, why: str) -> DamagedContentError:
    """Return the error for a content that is not what was stored."""
    return DamagedContentError(
        f"The content {name} in the artifact store is damaged: {why}.",
        hint='A backup of the artifacts has it; "treadle doctor --contents" lists all that are damaged.',
    )


def verified(blocks: Iterator[bytes], digest: str) -> Iterator[bytes]:
    """Yield the blocks of a whole content; the last one only if the content has its digest.

    So nobody who writes what comes has a damaged content whole.

    Raises:
        DamagedContentError: It has another digest.
    """
    from blake3 import blake3

    hasher = blake3()
    held: bytes | None = None
    for block in blocks:
        hasher.update(block)
        if held is not None:
            yield held
        held = block
    if digest.startswith(PREFIX) and f"{PREFIX}{hasher.hexdigest()}" != digest:
        raise damaged(digest, "what is there has another digest")
    if held is not None:
        yield held
