"""The parameters of a run: values by dotted path, checked against the types of nodes' arguments."""

import contextlib
import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from treadle.config.documents import Origin, Origins, key_text
from treadle.config.set_parameters import SetParameters
from treadle.errors import ParameterError, nearest
from treadle.masking import mask, remember_named_secrets


class Parameters:
    """A tree of values that remembers where each one was written.

    Args:
        tree: The values.
        origins: Where they were written.
        chosen: Which of them were set for this run.
    """

    def __init__(
        self,
        tree: Mapping[str, Any],
        origins: Origins | None = None,
        chosen: SetParameters | None = None,
    ) -> None:
        self.tree = dict(tree)
        remember_named_secrets(self.tree)
        self.origins = origins or {}
        """Where each value was written."""
        self.chosen = chosen or SetParameters()
        """Which values were set for this run."""
        self.warns = False
        """Whether a value of the wrong type is a warning, unless a model class is expected."""
        self.warnings: list[str] = []
        """Warnings about values of the wrong type."""

    def __contains__(self, path: str) -> bool:
        try:
            self._find(path)
        except KeyError:
            return False
        return True

    def get(self, path: str) -> Any:
        """Return a copy of the value at a dotted path; the empty path is the whole tree.

        Raises:
            ParameterError: There is none.
        """
        try:
            value = self._find(path)
        except KeyError:
            raise ParameterError(
                f'There is no parameter "{path}".',
                hint=f"{nearest(path, self.paths())} Parameters are in conf/*/parameters*.yml; "
                f"--params {path}=… sets one.",
            ) from None
        return copy.deepcopy(value) if isinstance(value, dict | list) else value

    def _find(self, path: str) -> Any:
        if not path:
            return self.tree
        if path in self.tree:
            return self.tree[path]  # a key that itself has dots
        value: Any = self.tree
        for key in path.split("."):
            if not isinstance(value, Mapping):
                raise KeyError(path)
            value = value[key] if key in value else value[_named(value, key)]
        return value

    def paths(self) -> list[str]:
        """List the dotted paths of all values, including the inner ones."""
        paths: list[str] = []
        stack: list[tuple[str, Mapping[str, Any]]] = [("", self.tree)]
        while stack:
            prefix, tree = stack.pop()
            for key, value in tree.items():
                paths.append(prefix + key_text(key))
                if isinstance(value, Mapping):
                    stack.append((f"{prefix}{key_text(key)}.", value))
        return sorted(paths)

    def origin(self, path: str) -> Origin | None:
        """Return where the value at a path, or the nearest dict around it, was written."""
        keys = tuple(path.split("."))
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.origins:
                return self.origins[keys[:length]]
        return None

    def convert(self, path: str, annotation: Any) -> Any:
        """Return the value at a path, converted to the type of a node's argument.

        Args:
            path: The dotted path.
            annotation: A scalar type, a dataclass, a msgspec Struct, a pydantic model, or a
                combination of them with list, dict, Optional, Literal and the like.

        Raises:
            ParameterError: It does not fit: file, key path, expected type and value are named.
        """
        try:
            return self._convert(path, annotation)
        except ParameterError as error:
            if not self.warns or path not in self or _has_model(annotation):
                raise
            if error.message not in self.warnings:
                self.warnings.append(error.message)
            return self.get(path)

    def _convert(self, path: str, annotation: Any) -> Any:
        value = self.get(path)
        if _has_pydantic_model(annotation):
            return self._validate_pydantic(path, annotation, value)
        try:
            return msgspec.convert(value, annotation, strict=True, str_keys=True)
        except msgspec.ValidationError as error:
            with contextlib.suppress(msgspec.ValidationError):
                # Numbers as keys where strings are expected: a year, a class, a column.
                return msgspec.convert(
                    _with_text_keys(value), annotation, strict=True, str_keys=True
                )
            text, _, inner = str(error).partition(" - at `$")
            raise self._misfit(path + inner.rstrip("`"), annotation, value, text) from error
        except TypeError as error:
            if isinstance(annotation, type) and isinstance(value, annotation):
                return value
            raise ParameterError(
                f'The parameter "{path}" is wanted as {_type_name(annotation)}, which '
                f"configuration cannot be converted to: {error}.",
                hint="Annotate it with a scalar type, a dataclass, a msgspec Struct or a pydantic "
                "model.",
            ) from error

    def _validate_pydantic(self, path: str, annotation: Any, value: Any) -> Any:
        from pydantic import TypeAdapter

        try:
            return TypeAdapter(annotation).validate_python(value)
        except ValueError as error:
            first = (
                error.errors()[0] if hasattr(error, "errors") else {"loc": (), "msg": str(error)}
            )
            inner = "".join(f".{part}" for part in first["loc"])
            raise self._misfit(path + inner, annotation, value, str(first["msg"])) from error

    def _misfit(self, path: str, annotation: Any, value: Any, reason: str) -> ParameterError:
        shown = repr(mask(self.get(path) if path in self else value, key=path))
        origin = self.origin(path)
        start, remedy = (
            (f"{origin}: ", f"Correct it there, or set it with --params {path}=…")
            if origin
            else ("", "")
        )
        return ParameterError(
            f'{start}the parameter "{path}" does not fit {_type_name(annotation)}: {reason}.\n  '
            f"value: {shown[:200]}",
            hint=remedy,
        )


def _named(tree: Mapping[Any, Any], text: str) -> Any:
    """Return the key that a path's text refers to; the text itself if there is none."""
    return next((key for key in tree if key_text(key) == text), text)


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key_text(key): _with_text_keys(item) for key, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


def _has_pydantic_model(annotation: Any) -> bool:
    return hasattr(annotation, "model_validate") or any(
        map(_has_pydantic_model, get_args(annotation))
    )


def _has_model(annotation: Any) -> bool:
    """Return whether an annotation is or contains a model class, which is instantiated."""
    is_model = (
        dataclasses.is_dataclass(annotation)
        or hasattr(annotation, "__struct_fields__")
        or hasattr(annotation, "__attrs_attrs__")
        or hasattr(annotation, "model_validate")
    )
    return is_model or any(map(_has_model, get_args(annotation)))


def _type_name(annotation: Any) -> str:
    return (
        annotation.__name__
        if type(annotation) is type or (isinstance(annotation, type) and not get_args(annotation))
        else str(annotation)
    )
