"""What the entries of a catalog refer to: formats, the project's folder, credentials."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog.digests import FileDigests
from treadle.catalog.format import Format
from treadle.catalog.location import Location, find_location
from treadle.catalog.options import dict_of
from treadle.errors import CatalogError, TreadleError, nearest


class EntryContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries of one catalog refer to."""

    formats: Mapping[str, str]
    """Short name to ``module:Class``."""
    root: Path
    """The folder that relative paths refer to."""
    credentials: Mapping[str, Any] = {}
    missing_credentials: Mapping[str, TreadleError] = {}
    """Errors of credentials that cannot be used, by name."""
    packages: tuple[str, ...] = ()
    """Packages from which the project's own dataset classes may be imported."""
    digests: FileDigests = msgspec.field(default_factory=FileDigests)
    """The cache of files' digests."""

    def format_class(self, name: str) -> Any:
        """Import the class of a format by its short name."""
        module, _, attribute = self.formats[name].partition(":")
        return getattr(import_module(module), attribute)

    def create_format(self, name: str, engine: str) -> Format:
        """Create a format by its short name."""
        created: Format = self.format_class(name)(engine)
        return created

    def location(self, filepath: Any, options: Mapping[str, Any]) -> Location:
        """Return the location of a ``filepath`` or ``path``; relative ones start at the project."""
        return find_location(filepath, self.root, self.remote_options(options), self.digests)

    def remote_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a remote file system: ``fs_args`` and credentials."""
        arguments = dict(dict_of(options, "fs_args"))
        for key in ("open_args_load", "open_args_save"):
            arguments.pop(key, None)
        return {**arguments, **self.find_credentials(options.get("credentials"))}

    def find_credentials(self, reference: Any) -> dict[str, Any]:
        """Return the credentials of an entry, which has their name, themselves, or None."""
        if reference is None:
            return {}
        if isinstance(reference, Mapping):
            return dict(reference)
        if reference in self.missing_credentials:
            error = self.missing_credentials[reference]
            raise CatalogError(
                f'"{reference}" of credentials.yml cannot be used: {error.message}',
                hint=error.hint,
            )
        credentials = self.credentials.get(reference)
        if credentials is None:
            raise CatalogError(
                f'"{reference}" is not in credentials.yml.',
                hint=f"{nearest(str(reference), self.credentials)} They belong in "
                "conf/local/credentials.yml.",
            )
        return dict(credentials) if isinstance(credentials, Mapping) else {"con": credentials}
