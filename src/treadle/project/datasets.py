"""Lists the datasets of a project, whatever is wrong with some of them."""

import contextlib
from collections.abc import Callable, Iterable, Iterator

import msgspec

from treadle.catalog import DataCatalog, DatasetDescription
from treadle.catalog.contents import TooMuchToDigestError
from treadle.engine.ledger import Ledger, ledger_path
from treadle.errors import TreadleError
from treadle.masking import mask
from treadle.pipelines import base_name, is_parameter
from treadle.project.pipelines import load_pipeline
from treadle.project.settings import Project
from treadle.tracking import choose_location

__all__ = ["ListedDataset", "describe_within", "list_datasets", "remembered_digests"]


@contextlib.contextmanager
def remembered_digests(catalog: DataCatalog, project: Project) -> Iterator[None]:
    """Have a catalog use the digests that the project's runs remember, and remember its own."""
    ledger = Ledger(ledger_path(choose_location("", project.folder).folder))
    try:
        with catalog.contents.remembering(ledger):
            yield
    finally:
        ledger.close()


def describe_within(
    catalog: DataCatalog, project: Project, name: str, limit: int | None
) -> tuple[DatasetDescription, bool]:
    """Describe a dataset with its digest, if that takes reading no more than some bytes.

    A digest that a run of the project remembers takes none.

    Args:
        catalog: Has the dataset.
        project: Whose runs remember digests.
        name: The dataset.
        limit: How many bytes may be read; None is all.

    Returns:
        The description, and whether it is without the digest because of the limit.
    """
    with remembered_digests(catalog, project):
        catalog.contents.budget = limit
        try:
            return catalog.describe(name, content=True), False
        except TooMuchToDigestError:
            return catalog.describe(name), True
        finally:
            catalog.contents.budget = None


class ListedDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of the catalog, or one of a pattern."""

    name: str
    type: str = ""
    location: str = ""
    is_local: bool = False
    exists: bool = False
    pattern: str = ""
    """The pattern that it is made of; empty for an entry of its own."""
    problem: str = ""
    """Why it cannot be made or looked at."""


def list_datasets(catalog: DataCatalog, project: Project, warn: Callable[[str], None]) -> list[ListedDataset]:
    """List the entries, and what the project's pipelines use of patterns, by their names.

    Args:
        catalog: The catalog.
        project: Whose pipelines use it.
        warn: Called with a warning where the pipelines cannot be read.
    """
    names = set(catalog.names())
    if catalog.patterns():
        names |= _of_patterns(catalog, _used(project, warn))
    return [_list_one(catalog, name) for name in sorted(names)]


def _used(project: Project, warn: Callable[[str], None]) -> set[str]:
    """Return the names that the project's pipelines use, with variants such as ``x@pandas``."""
    try:
        found = load_pipeline(project, warn=warn).datasets()
    except TreadleError as error:
        warn(f"What patterns stand for is not known: {error.message}")
        return set()
    return {name for name in found if not is_parameter(name)}


def _of_patterns(catalog: DataCatalog, used: Iterable[str]) -> set[str]:
    """Return the names that patterns make; a variant only where a pattern names it."""
    entries = set(catalog.names())
    found = set()
    for name in used:
        if name in entries:
            continue
        if "@" in catalog.pattern_of(name):
            found.add(name)
        elif catalog.pattern_of(base_name(name)):
            found.add(base_name(name))
    return found


def _list_one(catalog: DataCatalog, name: str) -> ListedDataset:
    pattern = catalog.pattern_of(name)
    try:
        described = catalog.describe(name)
    except TreadleError as error:
        shown = error.message.replace(f'Dataset "{name}": ', "", 1)
        return ListedDataset(name=name, pattern=pattern, problem=f"cannot be made: {shown}")
    problem, exists = "", False
    try:
        exists = catalog.exists(name)
    except Exception as error:  # noqa: BLE001 - a file system or database of others raises its own
        text = str(error).strip().partition("\n")[0] or type(error).__name__
        problem = f"cannot be looked at: {mask(text)}"
    return ListedDataset(
        name=name,
        type=described.type,
        location=described.location,
        is_local=described.is_local,
        exists=exists,
        pattern=pattern,
        problem=problem,
    )
