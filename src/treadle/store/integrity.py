"""Holds contents against their digests, so that a damaged or exchanged one is an error and no data."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from treadle.errors import DamagedContentError, StoreError

__all__ = ["PREFIX", "damaged", "find_damaged", "verified"]

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


def find_damaged(names: Iterable[str], read_whole: Callable[[str], Iterator[bytes]]) -> Iterator[StoreError]:
    """Read contents, and yield an error for each that is not what was stored.

    Args:
        names: Their digests, without the prefix.
        read_whole: Reads one by its digest, and raises where it has another.
    """
    for name in names:
        try:
            for _ in read_whole(f"{PREFIX}{name}"):
                pass
        except FileNotFoundError:
            continue  # swept away meanwhile
        except StoreError as error:
            yield error
