"""The datasets of a project, including those with errors."""

import contextlib
from collections.abc import Callable, Iterable, Iterator

import msgspec

from treadle.catalog import DataCatalog, DatasetDescription, TooMuchToDigestError
from treadle.engine.ledger import Ledger, ledger_path
from treadle.errors import TreadleError
from treadle.masking import mask
from treadle.pipelines import base_name, is_parameter
from treadle.project.pipeline_modules import load_pipeline
from treadle.project.settings import Project
from treadle.tracking import choose_location


@contextlib.contextmanager
def remembered_digests(catalog: DataCatalog, project: Project) -> Iterator[None]:
    """Make a catalog use and extend the cached digests of the project's runs within the block."""
    ledger = Ledger(ledger_path(choose_location("", project.folder).folder))
    try:
        with catalog.contents.remembering(ledger):
            yield
    finally:
        ledger.close()


def describe_within(
    catalog: DataCatalog, project: Project, name: str, limit: int | None
) -> tuple[DatasetDescription, bool]:
    """Describe a dataset with its digest, if that requires reading no more than some bytes.

    A digest that is cached by a run of the project requires none.

    Args:
        catalog: The catalog of the dataset.
        project: The project whose runs cache digests.
        name: The dataset.
        limit: The maximum number of bytes to read; None is unlimited.

    Returns:
        The description, and whether the digest is missing because of the limit.
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
    """The pattern that it is created from; empty for an entry of its own."""
    problem: str = ""
    """Why it cannot be created or described."""


def list_datasets(
    catalog: DataCatalog, project: Project, warn: Callable[[str], None]
) -> list[ListedDataset]:
    """List the entries, and the datasets of patterns that the project's pipelines use, by name.

    Args:
        catalog: The catalog.
        project: The project whose pipelines use it.
        warn: Called with a warning if the pipelines cannot be imported.
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
    """Return the names that match patterns; a variant only if a pattern contains it."""
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
