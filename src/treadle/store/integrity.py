"""Verification of contents by their digests, so that no damaged content is ever returned."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from treadle.errors import DamagedContentError, StoreError

PREFIX: Final = "blake3:"


def damaged(name: str, why: str) -> DamagedContentError:
    """Return the error for a damaged content."""
    return DamagedContentError(
        f"The content {name} in the artifact store is damaged: {why}.",
        hint='A backup of the artifacts has it; "treadle doctor --contents" lists all that are '
        "damaged.",
    )


def verified(blocks: Iterator[bytes], digest: str) -> Iterator[bytes]:
    """Yield the blocks of a whole content; the last block only if the digest matches.

    So a reader never gets a damaged content as a whole.

    Raises:
        DamagedContentError: The digest does not match.
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


def find_damaged(
    names: Iterable[str], read_whole: Callable[[str], Iterator[bytes]]
) -> Iterator[StoreError]:
    """Read contents, and yield an error for each that is damaged.

    Args:
        names: The digests, without the prefix.
        read_whole: Reads a content by its digest, and raises if the digest does not match.
    """
    for name in names:
        try:
            for _ in read_whole(f"{PREFIX}{name}"):
                pass
        except FileNotFoundError:
            continue  # swept meanwhile
        except StoreError as error:
            yield error
