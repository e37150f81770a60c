"""The name of a dataset in the errors that it raises."""

import contextlib
from collections.abc import Iterator

from treadle.errors import TreadleError


@contextlib.contextmanager
def naming(name: str, origin: str = "") -> Iterator[None]:
    """Add the name of a dataset to errors of the block, and where its entry was written."""
    try:
        yield
    except TreadleError as error:
        is_named = f'"{name}"' in error.message
        named = error if is_named else error.within(f'Dataset "{name}"')
        raise (named.within(origin) if origin else named) from error
