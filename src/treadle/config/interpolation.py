"""Interpolation of ``${…}``: keys of the document, globals, environment variables, parameters.

OmegaConf does it, and is imported only when needed. Supported are ``${a.b}``, ``${env:NAME}`` and
``${env:NAME,default}`` (``oc.env`` too), ``${globals:a.b,default}`` and
``${runtime_params:a.b,default}``, nested to any depth, and the resolvers that a project or a plugin
adds: ``${today:}``.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from treadle.config.documents import Document, Origin, key_text
from treadle.errors import ConfigError, nearest

Resolvers = Mapping[str, Callable[..., Any]]
"""The functions that ``${name:…}`` calls, by name."""

_MISSING = object()
_BUILT_IN: Final = ("env", "oc.env", "globals", "runtime_params")
# OmegaConf's resolvers are global to the process: one document at a time.
_lock = threading.Lock()


def interpolate(
    document: Document,
    *,
    global_values: Mapping[str, Any],
    runtime_params: Mapping[str, Any],
    resolvers: Resolvers | None = None,
    failures: dict[str, ConfigError] | None = None,
) -> Document:
    """Resolve every ``${…}`` of a document.

    Args:
        document: The document.
        global_values: The values of ``${globals:…}``.
        runtime_params: The values of ``${runtime_params:…}``.
        resolvers: The functions of other names. They may override OmegaConf's own.
        failures: Collects the errors by top-level key, and the keys are omitted. Without it, the
            first error is raised.

    Raises:
        ConfigError: A name is unknown or refers to itself; the message says where it is written.
    """
    if not _has_marks(document.tree):
        return document
    from omegaconf import OmegaConf

    keys: dict[str, Any] = {}
    own: dict[str, Callable[..., Any]] = {
        **(resolvers or {}),
        "env": _read_environment,
        "oc.env": _read_environment,
        "globals": lambda path, default=_MISSING: _look_up(global_values, path, default, "global"),
        "runtime_params": lambda path, default=_MISSING: _look_up_runtime(
            runtime_params, path, default
        ),
    }
    with _lock, _registered(own, keys):
        config = OmegaConf.create(flags={"allow_objects": True})
        tree = {}
        for key, value in document.tree.items():
            with _collected(failures, key):
                _add(document, config, key, _encode_keys(value, keys))
        for key, value in document.tree.items():
            if failures and key in failures:
                continue
            with _collected(failures, key):
                # Without ``${`` nothing is touched: no key or value can change.
                tree[key] = _resolve(document, config, key, keys) if _has_marks(value) else value
    return Document(tree, document.origins, document.replaced)


@contextlib.contextmanager
def _collected(failures: dict[str, ConfigError] | None, key: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        if failures is None:
            raise
        failures[key] = error


@contextlib.contextmanager
def _registered(resolvers: Resolvers, keys: dict[str, Any]) -> Iterator[None]:
    """Register resolvers within the block, then restore OmegaConf's own of the same names."""
    from omegaconf import OmegaConf
    from omegaconf.basecontainer import BaseContainer

    # There is no public way to get a resolver; it is only used to restore it.
    registered = getattr(BaseContainer, "_resolvers", {})
    before = {name: registered[name] for name in resolvers if name in registered}
    for name, function in resolvers.items():
        OmegaConf.register_resolver(
            name, _returning_config(function, keys), replace=True, annotation_validation="off"
        )
    try:
        yield
    finally:
        for name in resolvers:
            OmegaConf.clear_resolver(name)
        registered.update(before)


def _returning_config(function: Callable[..., Any], keys: dict[str, Any]) -> Callable[..., Any]:
    """Wrap a resolver so that ``${x.key}`` finds values in the dict or list that it returns."""
    from omegaconf import OmegaConf

    def call(*arguments: Any) -> Any:
        value = function(*arguments)
        if isinstance(value, dict | list):
            return OmegaConf.create(_encode_keys(value, keys), flags={"allow_objects": True})
        return value

    return call


def _add(document: Document, config: Any, key: str, value: Any) -> None:
    from omegaconf.errors import OmegaConfBaseException

    try:
        config[key] = value
    except OmegaConfBaseException as error:
        path = str(getattr(error, "full_key", "") or key)
        text = str(error).splitlines()[0]
        raise ConfigError(
            f'{_origin(document, path, key)}: "{path}" is not a valid interpolation: {text}.',
            hint="Write ${name}, ${name.key} or ${resolver:argument}; \\${ is a text that is left "
            "as it is.",
        ) from error


def _resolve(document: Document, config: Any, key: str, keys: Mapping[str, Any]) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        value = config[key]
        plain = OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        return _decode_keys(plain, keys)
    except OmegaConfBaseException as error:
        raise _not_filled_in(document, key, error) from error
    except RecursionError as error:
        raise ConfigError(f'{document.origins.get((key,))}: "{key}" refers to itself.') from error


def _not_filled_in(document: Document, key: str, error: Exception) -> ConfigError:
    from omegaconf.errors import UnsupportedInterpolationType

    path = str(getattr(error, "full_key", "") or key)
    cause = _own_cause(error)
    text = cause.message if cause else str(error).splitlines()[0]
    hint = cause.hint if cause else ""
    if isinstance(error, UnsupportedInterpolationType):
        name = text.rpartition(" ")[2]
        text = f'there is no resolver "{name}".'
        hint = (
            f"{nearest(name, _BUILT_IN)} Your own are named in pyproject.toml: "
            f'[tool.treadle.resolvers] {name} = "package.module:function".'
        )
    return ConfigError(
        f'{_origin(document, path, key)}: "{path}" cannot be filled in: {text}', hint=hint
    )


def _own_cause(error: BaseException) -> ConfigError | None:
    """Return Treadle's error that OmegaConf has wrapped, in a string more than once."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ConfigError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _origin(document: Document, path: str, key: str) -> Origin | None:
    return document.origins.get(tuple(path.split("."))) or document.origins.get((key,))


def _encode_keys(value: Any, keys: dict[str, Any]) -> Any:
    """Replace keys that OmegaConf does not support, dates and null, by strings; fill ``keys``."""
    if isinstance(value, Mapping):
        return {_encode_key(key, keys): _encode_keys(item, keys) for key, item in value.items()}
    return [_encode_keys(item, keys) for item in value] if isinstance(value, list) else value


def _encode_key(key: Any, keys: dict[str, Any]) -> Any:
    if isinstance(key, str | int | float):
        return key
    text = f"\0{type(key).__name__}:{key_text(key)}"
    keys[text] = key
    return text


def _decode_keys(value: Any, keys: Mapping[str, Any]) -> Any:
    if not keys:
        return value
    if isinstance(value, Mapping):
        return {keys.get(key, key): _decode_keys(item, keys) for key, item in value.items()}
    return [_decode_keys(item, keys) for item in value] if isinstance(value, list) else value


def _read_environment(name: str, default: Any = _MISSING) -> Any:
    value = os.environ.get(name)
    if value is not None:
        return value
    if default is _MISSING:
        raise ConfigError(
            f"the environment variable {name} is not set.",
            hint=f"Set it, or give a default: ${{env:{name},default}}.",
        )
    return default


def _look_up(tree: Mapping[str, Any], path: str, default: Any, what: str) -> Any:
    value: Any = tree
    for key in str(path).split("."):
        names = {key_text(name): name for name in value} if isinstance(value, Mapping) else {}
        if key not in names:
            if default is not _MISSING:
                return default
            raise ConfigError(f'there is no {what} "{path}".', hint=nearest(path, tree))
        value = value[names[key]]
    return value


def _look_up_runtime(runtime_params: Mapping[str, Any], path: str, default: Any) -> Any:
    """Return the value that ``--params`` sets."""
    try:
        return _look_up(runtime_params, path, default, "parameter")
    except ConfigError as error:
        near = f"{nearest(path, runtime_params)} " if runtime_params else ""
        raise ConfigError(
            f'no --params gives "{path}".',
            hint=f"{near}Add --params {path}=VALUE, or a default: "
            f"${{runtime_params:{path},default}}.",
        ) from error


def _has_marks(tree: Any) -> bool:
    if isinstance(tree, Mapping):
        return any(_has_marks(value) for value in tree.values())
    if isinstance(tree, list):
        return any(map(_has_marks, tree))
    return isinstance(tree, str) and "${" in tree
