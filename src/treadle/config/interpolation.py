"""Fills in ``${…}``: keys of the same document, globals, environment variables, given parameters.

OmegaConf does it, and is imported only when there is something to fill in. Known are ``${a.b}``,
``${env:NAME}`` and ``${env:NAME,default}`` (``oc.env`` too), ``${globals:a.b,default}`` and
``${runtime_params:a.b,default}``, nested as one likes.
"""

import os
import threading
from collections.abc import Mapping
from typing import Any

from treadle.config.documents import Document
from treadle.errors import ConfigError, nearest

__all__ = ["interpolate"]

_MISSING = object()
# OmegaConf keeps its resolvers for the whole process: one document at a time.
_lock = threading.Lock()


def interpolate(document: Document, *, global_values: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    """Fill in every ``${…}`` of a document.

    Args:
        document: What to fill in.
        global_values: What ``${globals:…}`` finds.
        given: What ``${runtime_params:…}`` finds.

    Raises:
        ConfigError: A name is unknown or refers to itself; the message says where it stands.
    """
    if not _has_marks(document.tree):
        return document
    from omegaconf import OmegaConf

    with _lock:
        _register("env", _read_environment)
        _register("globals", lambda path, default=_MISSING: _look_up(global_values, path, default, "global"))
        _register("runtime_params", lambda path, default=_MISSING: _look_up(given, path, default, "given parameter"))
        try:
            config = OmegaConf.create(document.tree, flags={"allow_objects": True})
            tree = {key: _resolve(document, config, key) for key in document.tree}
        finally:
            for name in ("env", "globals", "runtime_params"):
                OmegaConf.clear_resolver(name)
    return Document(tree, document.origins)


def _register(name: str, resolver: Any) -> None:
    from omegaconf import OmegaConf

    OmegaConf.register_resolver(name, resolver, replace=True, annotation_validation="off")


def _resolve(document: Document, config: Any, key: str) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        value = config[key]
        return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
    except OmegaConfBaseException as error:
        path = str(getattr(error, "full_key", "") or key)
        origin = document.origins.get(tuple(path.split("."))) or document.origins.get((key,))
        cause = error.__cause__ if isinstance(error.__cause__, ConfigError) else None
        text = cause.message if cause else str(error).splitlines()[0]
        raise ConfigError(
            f'{origin}: "{path}" cannot be filled in: {text}', hint=cause.hint if cause else ""
        ) from error
    except RecursionError as error:
        raise ConfigError(f'{document.origins.get((key,))}: "{key}" refers to itself.') from error


def _read_environment(name: str, default: Any = _MISSING) -> Any:
    value = os.environ.get(name)
    if value is not None:
        return value
    if default is _MISSING:
        raise ConfigError(
            f"the environment variable {name} is not set.", hint=f"Set it, or give a default: ${{env:{name},default}}."
        )
    return default


def _look_up(tree: Mapping[str, Any], path: str, default: Any, what: str) -> Any:
    value: Any = tree
    for key in str(path).split("."):
        if not isinstance(value, Mapping) or key not in value:
            if default is not _MISSING:
                return default
            raise ConfigError(f'there is no {what} "{path}".', hint=nearest(path, tree))
        value = value[key]
    return value


def _has_marks(tree: Any) -> bool:
    if isinstance(tree, Mapping):
        return any(_has_marks(value) for value in tree.values())
    if isinstance(tree, list):
        return any(map(_has_marks, tree))
    return isinstance(tree, str) and "${" in tree
