"""Import of the dataset classes of other packages that a catalog names."""

import contextlib
import re
from collections.abc import Iterable, Mapping
from importlib import import_module, metadata, util
from types import ModuleType
from typing import Any, Final

from treadle.catalog.entry_type import current_spelling
from treadle.errors import CatalogError, MissingExtraError, nearest

_KEDROS: Final = ("kedro_datasets", "kedro_datasets_experimental", "kedro")
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def find_class(name: str, packages: Iterable[str]) -> type:
    """Import the class of a foreign dataset.

    Only from Kedro's packages and those that the project trusts: a catalog is data, and data must
    not choose which code runs.

    Args:
        name: Dotted; Kedro's own may omit ``kedro_datasets.`` or ``kedro.io.``.
        packages: Other packages that may be imported.

    Raises:
        MissingExtraError: kedro-datasets, or a library that the class needs, is not installed.
        CatalogError: There is no such class, it is from another package, or it is not a dataset.
    """
    trusted = {*_KEDROS, *packages}
    root = name.partition(".")[0]
    full = name if root in trusted else f"kedro_datasets.{name}"
    try:
        cls = _import(full)
    except ModuleNotFoundError as error:
        raise _not_importable(name, root, full, error) from error
    except (ImportError, AttributeError) as error:
        raise CatalogError(
            f'The dataset type "{name}" cannot be imported: {error}.',
            hint=_offered(full) or "Check the name.",
        ) from error
    if not isinstance(cls, type) or not (hasattr(cls, "load") and hasattr(cls, "save")):
        raise CatalogError(f'"{name}" is not a dataset class: it has no load and save.')
    return cls


def _not_importable(name: str, root: str, full: str, error: ModuleNotFoundError) -> Exception:
    missing = error.name or ""
    if missing == "kedro_datasets":
        return MissingExtraError(f'The dataset type "{name}"', "kedro-datasets", "kedro-datasets")
    if full.startswith(missing + "."):
        return _unknown(name, root)
    # The names of a module and of the package that installs it often differ: nothing is guessed.
    return CatalogError(
        f'The dataset type "{name}" needs the module {missing}, which is not installed.',
        hint=install_hint(name) or f"Install the package that has {missing}.",
    )


def _unknown(name: str, root: str) -> CatalogError:
    """Return the error of a type that neither Kedro's packages nor the project's have."""
    setting = f'[tool.treadle] dataset_packages = ["{root}"]'
    if root in _KEDROS or _has_module(f"kedro_datasets.{root}"):
        hint = _offered(name) or "Check the name."
    elif _has_module(root):
        hint = (
            f"It is in neither Treadle nor kedro-datasets. If you trust the package {root}, name "
            f"it in pyproject.toml: {setting}."
        )
    else:
        hint = (
            f"It is in neither Treadle nor kedro-datasets, and no module {root} is installed. "
            f"Install the package that has it, and name it in pyproject.toml: {setting}."
        )
    return CatalogError(f'There is no dataset type "{name}".', hint=hint)


def _import(full: str) -> Any:
    """Import a class; of Kedro's also from its current module, by its current name."""
    module_name, _, attribute = full.rpartition(".")
    root, _, rest = module_name.partition(".")
    if root not in _KEDROS:
        return getattr(import_module(module_name), attribute)
    other = {"kedro_datasets": _KEDROS[1], "kedro_datasets_experimental": _KEDROS[0]}.get(root)
    modules = [module_name, *([f"{other}.{rest}"] if other else [])]
    for name in filter(_has_module, modules):
        module = import_module(name)
        for spelling in (attribute, current_spelling(attribute)):
            if spelling in getattr(module, "__all__", ()) or hasattr(module, spelling):
                return getattr(module, spelling)
    return _import_file(import_module(module_name), current_spelling(attribute))


def _has_module(name: str) -> bool:
    """Return whether there is a module of that name, without importing it."""
    try:
        return util.find_spec(name) is not None
    except ModuleNotFoundError:  # a parent package
        return False


def _import_file(module: ModuleType, attribute: str) -> Any:
    """Import a class from the module named after it.

    Some packages of kedro-datasets omit a class if its library is missing: importing the module
    shows which library that is.
    """
    file = f"{module.__name__}.{_WORD.sub('_', attribute).lower()}"
    if hasattr(module, "__path__") and _has_module(file):
        return getattr(import_module(file), attribute)
    return getattr(module, attribute)


def _offered(name: str) -> str:
    """Return the classes of kedro-datasets in the group that a type names; empty for others."""
    group, _, cls = name.rpartition(".")
    group = group if group.partition(".")[0] in _KEDROS else f"kedro_datasets.{group}"
    offered: list[str] = []
    with contextlib.suppress(ImportError):
        offered = list(getattr(import_module(group), "__all__", ()))
    if not offered:
        return ""
    version = metadata.version("kedro-datasets") if group.startswith("kedro_datasets") else ""
    return f"{f'This is kedro-datasets {version}. ' if version else ''}{nearest(cls, offered)}"


def install_hint(name: str) -> str:
    """Return the command that installs what a class of kedro-datasets needs; empty for others.

    Examples:
        >>> install_hint("pandas.HDFDataset"), install_hint("mine.data.Table")
        ('pip install "kedro-datasets[pandas-hdfdataset]"', '')
    """
    group, *_, cls = re.sub("^kedro_datasets(_experimental)?[.]", "", name).split(".")
    names = (f"{group}-{current_spelling(cls)}", group)
    candidates = [name.replace("_", "-").lower() for name in names]
    with contextlib.suppress(metadata.PackageNotFoundError):
        extras = metadata.metadata("kedro-datasets").get_all("Provides-Extra") or []
        extra = next((each for each in candidates if each in extras), "")
        return f'pip install "kedro-datasets[{extra}]"' if extra else ""
    return ""


def create_foreign(name: str, cls: type, options: Mapping[str, Any]) -> Any:
    """Create a foreign dataset with the options of its entry.

    Raises:
        CatalogError: It does not accept them.
    """
    try:
        return cls(**options)
    except Exception as error:
        raise CatalogError(f'A dataset of type "{name}" cannot be made: {error}') from error
