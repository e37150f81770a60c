"""Search for a project, and the settings in its ``pyproject.toml``."""

import logging
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from treadle.errors import ProjectError, nearest
from treadle.private import is_planted
from treadle.store import StoreLocation, locate_store

_log = logging.getLogger(__name__)
_SIZE: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKMGT]?B)?")
_UNITS: Final = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BUILT_BY = (".toml", ".txt", ".cfg", ".lock", ".py")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table ``[tool.treadle]``."""

    package: str
    """The import name of the package under ``src/``."""
    store: str = ".treadle/treadle.db"
    """The location of the runs."""
    experiment: str = ""
    """The experiment of its runs; the project's name if empty."""
    conf: str = "conf"
    """The folder of the configuration."""
    cache_size: str = "10 GB"
    """The maximum size of content with ``cache: store``; the least recently used is evicted."""
    result_size: str = "10 MB"
    """The maximum size of results stored without an entry that saves them; 0 stores none."""
    hooks: list[str] = []
    """Plugins of the project: ``package.module:object``."""
    resolvers: dict[str, str] = {}
    """Functions that ``${name:…}`` calls in its configuration, as ``package.module:function``."""
    parameter_types: Literal["check", "warn"] = "check"
    """Whether a parameter that does not fit the annotation of a node is an error or a warning.

    Where the annotation is a model class, it is always an error.
    """
    dataset_packages: list[str] = []
    """Packages besides its own whose dataset classes the catalog may name."""
    pipelines: dict[str, str | list[str]] = {}
    """Names for several pipelines together; ``default`` is what runs by default."""


class Project(msgspec.Struct, frozen=True):
    """A folder with ``[tool.treadle]`` in its ``pyproject.toml``."""

    folder: Path
    name: str
    settings: Settings

    @property
    def source(self) -> Path:
        """The folder of its source, which contains the package."""
        source = self.folder / "src"
        return source if source.is_dir() else self.folder

    def make_importable(self) -> None:
        """Add its source to Python's path, so that its modules can be imported."""
        source = str(self.source)
        if source not in sys.path:
            sys.path.insert(0, source)

    @property
    def conf(self) -> Path:
        """The folder of its configuration."""
        return self.folder / self.settings.conf

    @property
    def code(self) -> tuple[Path, ...]:
        """Its code: the package, the configuration except the local one, and the build files."""
        conf = self.conf.iterdir() if self.conf.is_dir() else ()
        package = self.source / self.settings.package.partition(".")[0]
        return (
            package,
            *sorted(
                path for path in conf if path.name != "local" and not path.name.startswith(".")
            ),
            *(
                path
                for path in sorted(self.folder.iterdir())
                if path.suffix in _BUILT_BY and path.is_file()
            ),
        )

    @property
    def store(self) -> StoreLocation:
        """The location of its runs.

        Raises:
            StoreError: The setting is not a valid location.
        """
        return locate_store(self.settings.store, self.folder)

    @property
    def cache_limit(self) -> int:
        """The maximum size of the cache in bytes.

        Raises:
            ProjectError: The setting is not a valid size.
        """
        return parse_size(self.settings.cache_size)

    @property
    def result_limit(self) -> int:
        """The maximum size in bytes of a result that is stored without an entry that saves it.

        Raises:
            ProjectError: The setting is invalid.
        """
        return parse_size(self.settings.result_size)

    @property
    def experiment(self) -> str:
        """The experiment of its runs."""
        return self.settings.experiment or self.name


def find_project(start: Path | None = None) -> Project | None:
    """Find the project that a folder is in.

    Raises:
        ProjectError: Its settings are invalid.
    """
    for file, document in _read_documents((start or Path.cwd()).absolute()):
        table = document["tool"].get("treadle")
        if table is not None:
            return _project(file, document, table)
    return None


def require_project(start: Path | None = None, *, and_not: str = "") -> Project:
    """Return the project that a folder is in.

    Args:
        start: The folder; by default, the working directory.
        and_not: What else the caller has searched for, for the message.

    Raises:
        ProjectError: There is none.
    """
    here = (start or Path.cwd()).absolute()
    hint = ""
    for file, document in _read_documents(here):
        tools = document["tool"]
        if tools.get("treadle") is not None:
            return _project(file, document, tools["treadle"])
        if isinstance(tools.get("kedro"), dict) and not hint:
            hint = _kedro_hint(file, tools["kedro"])
    other = f", and {and_not}" if and_not else ""
    raise ProjectError(
        f"{here} is not inside a project{other}.",
        hint=hint
        or '"treadle new NAME" makes a project, "treadle run FILE.py" runs a single file.',
    )


def _read_documents(here: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every ``pyproject.toml`` from a folder upwards that has tables for tools.

    Raises:
        ProjectError: One with settings of Treadle is not valid TOML.
    """
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        if is_planted(file):
            _log.warning(
                "%s is not used: it belongs to another user, who could put it there.", file
            )
            continue
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            if "[tool.treadle]" in file.read_text(encoding="utf-8", errors="replace"):
                raise ProjectError(f"{file} is not valid TOML: {error}.") from error
            continue
        if isinstance(document.get("tool"), dict):
            yield file, document


def _project(file: Path, document: dict[str, Any], table: object) -> Project:
    about = document.get("project")
    name = about.get("name") if isinstance(about, dict) else None
    return Project(file.parent, str(name or file.parent.name), _read(table, file))


def _kedro_hint(file: Path, table: dict[str, Any]) -> str:
    """Return what to write if the folder is in a project of Kedro."""
    package = table.get("package_name", "my_package")
    return (
        f"{file} is one of Kedro's. Add to it:\n"
        f'  [tool.treadle]\n  package = "{package}"\n'
        "and import node, Node, pipeline and Pipeline from treadle instead of kedro.pipeline."
    )


def choose_environment(name: str) -> str:
    """Return the configuration that overlays ``base``: a name, or else ``TREADLE_ENV``."""
    return name or os.environ.get("TREADLE_ENV", "")


def parse_size(text: str) -> int:
    """Parse a size in bytes.

    Raises:
        ProjectError: It is not a size.

    Examples:
        >>> parse_size("10 GB"), parse_size("1.5MB"), parse_size("0")
        (10000000000, 1500000, 0)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ProjectError(f"{text!r} is not a valid size.", hint="Such as 10 GB, 500 MB or 0.")
    return int(float(match["number"]) * _UNITS[(match["unit"] or "").upper()])


def _read(table: object, file: Path) -> Settings:
    known = [field.name for field in msgspec.structs.fields(Settings)]
    if isinstance(table, dict):
        for key in table:
            if key not in known:
                raise ProjectError(
                    f'{file}: [tool.treadle] has a key "{key}" that means nothing.',
                    hint=nearest(key, known),
                )
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise ProjectError(
            f"{file}: [tool.treadle] is wrong: {error}.", hint=f"Its keys are: {', '.join(known)}."
        ) from error
