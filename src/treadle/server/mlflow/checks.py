"""Validation of keys and values as MLflow's server does it, with its error messages."""

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from treadle.server.mlflow.entities import KeyValue
from treadle.server.mlflow.errors import invalid
from treadle.store import has_control_characters
from treadle.store.search.tree import Lifecycle

_KEY: Final = re.compile(r"[/\w.\- :]*")
_EXPERIMENT: Final = re.compile(r"-?\d+", re.ASCII)
_WHOLE: Final = re.compile(r"-?[0-9]+")
_ALIAS: Final = re.compile(r"[\w\-]+")
_MAX_KEY: Final = 250
_MAX_VALUE: Final = 1 << 20
_MAX_NAME: Final = 500
MAX_EXPERIMENT_TAG: Final = 20_000
MAX_REGISTRY_TAG: Final = 100_000
_MAX_ALIAS: Final = 255
_MAX_INT: Final = 2**63 - 1
_BATCH: Final = {"metrics": 1000, "params": 100, "tags": 100}
_MAX_BATCH: Final = 1000
_VIEWS: Final[dict[str | int, Lifecycle]] = {
    "ACTIVE_ONLY": "active",
    "DELETED_ONLY": "deleted",
    "ALL": "all",
    1: "active",
    2: "deleted",
    3: "all",
    "1": "active",
    "2": "deleted",
    "3": "all",
}


def check_key(key: str, what: str) -> str:
    """Validate the name of a metric, parameter or tag."""
    if not key:
        raise invalid(
            f"{what.capitalize()} name cannot be None or empty. A key name must be provided."
        )
    if not _KEY.fullmatch(key):
        raise invalid(
            f"Invalid value \"{key}\" for parameter 'name' supplied: Names may only contain "
            "alphanumerics,"
            " underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        )
    norm = posixpath.normpath(key)
    if norm != key or norm in (".", "..") or norm.startswith(("../", "/")):
        raise invalid(
            f"Invalid value \"{key}\" for parameter 'name' supplied: Names may be treated as "
            "files in certain cases,"
            " and must not resolve to other names when treated as such."
            f" This name would resolve to {norm!r}"
        )
    if len(key) > _MAX_KEY:
        raise invalid(
            f"'{key[:50]}...' exceeds the maximum length of {_MAX_KEY} characters for parameter "
            f"'{what} name'"
        )
    return key


def check_tag(tag: KeyValue, most: int = _MAX_VALUE) -> KeyValue:
    """Reject a tag or parameter that is too long.

    Args:
        tag: Its key and value.
        most: Maximum characters of the value, beyond which MLflow rejects rather than truncates.
    """
    if len(tag.key) > _MAX_KEY:
        raise invalid(
            f"'{tag.key[:50]}...' exceeds the maximum length of {_MAX_KEY} characters for "
            "parameter 'key'"
        )
    if len(tag.value) > most:
        raise invalid(
            f"'value' exceeds the maximum length of {most} characters (the value of '{tag.key}')"
        )
    return tag


def check_run_name(name: str) -> str:
    """Validate the name of a run."""
    if len(name) > _MAX_NAME:
        raise invalid(
            f"'{name[:50]}...' exceeds the maximum length of {_MAX_NAME} characters for parameter "
            "'run_name'"
        )
    if has_control_characters(name):
        raise invalid(f"Invalid run name: {name[:50]!r}. It must not have control characters.")
    return name


def check_batch(**given: Sequence[object]) -> None:
    """Reject a batch that is larger than MLflow allows."""
    for what, found in given.items():
        if len(found) > _BATCH[what]:
            raise invalid(
                f"A batch logging request can contain at most {_BATCH[what]} {what}. Got "
                f"{len(found)} {what}."
                f" Please split up {what} across multiple requests and try again."
            )
    total = sum(map(len, given.values()))
    if total > _MAX_BATCH:
        raise invalid(
            f"A batch logging request can contain at most {_MAX_BATCH} metrics, params, and tags "
            "in total."
            f" Got {total}. Please split up entities across multiple requests and try again."
        )


def check_timestamp(timestamp: int, step: int) -> None:
    """Reject a time before the epoch, and numbers of more than 64 bits."""
    if not 0 <= timestamp <= _MAX_INT:
        raise invalid(
            f"Got invalid value {timestamp} for parameter 'timestamp': Timestamp must be a "
            "nonnegative long (64-bit integer)"
        )
    if not -_MAX_INT - 1 <= step <= _MAX_INT:
        raise invalid(
            f"Got invalid value {step} for parameter 'step': Step must be a valid long (64-bit "
            "integer)"
        )


def check_whole(value: int, what: str) -> None:
    """Reject a number of more than 64 bits."""
    if not -_MAX_INT - 1 <= value <= _MAX_INT:
        raise invalid(f"Invalid value {value} for parameter '{what}': not a 64-bit integer")


def check_experiment(experiment: str) -> str:
    """Validate the id of an experiment."""
    if not _EXPERIMENT.fullmatch(experiment):
        raise invalid(
            f"Invalid experiment ID '{experiment[:100]}'. Experiment ID must be a valid integer."
        )
    return experiment


def check_model_name(name: str) -> str:
    """Validate the name of a registered model."""
    if not name or not name.strip():
        raise invalid("Registered model name cannot be empty.")
    if "/" in name or ":" in name:
        raise invalid(f"Invalid model name: '{name}'. Names cannot contain '/' or ':'.")
    if name in (".", ".."):
        raise invalid(f"Invalid model name: '{name}'. It would mean a folder.")
    return name


def check_version(version: str) -> str:
    """Validate the number of a version of a registered model."""
    if not _WHOLE.fullmatch(version):
        raise invalid(f"Parameter 'version' must be an integer, got '{version}'.")
    return version


def check_alias(alias: str) -> str:
    """Validate an alias of a model version."""
    if not alias:
        raise invalid("Registered model alias name cannot be empty.")
    if len(alias) > _MAX_ALIAS or not _ALIAS.fullmatch(alias):
        raise invalid(
            f"Invalid alias name: '{alias[:50]}'. Names may only contain alphanumerics, "
            "underscores (_), dashes (-)"
            f" and have at most {_MAX_ALIAS} characters."
        )
    if alias.lower() == "latest":
        raise invalid("'latest' alias name (case insensitive) is reserved.")
    if re.fullmatch(r"v\d+", alias, re.IGNORECASE):
        raise invalid(
            f"Version alias name '{alias}' is reserved: it looks like a version number (v1, v2 …)."
        )
    return alias


def check_location(location: str) -> str:
    """Reject an artifact location with ``..`` or hidden parts; this server never opens one."""
    bad = any(part in location for part in ("..", "#", "?"))
    control = any(ord(character) < 32 for character in location)  # noqa: PLR2004
    if bad or control or len(location) > 2048:  # noqa: PLR2004
        raise invalid(f"Invalid artifact location: '{location[:200]}'")
    return location


def view(value: str | int, parameter: str) -> Lifecycle:
    """Return which lifecycle stage is requested: active, deleted, or both."""
    found = _VIEWS.get(value)
    if found is None:
        raise invalid(
            f"Invalid value \"{value}\" for parameter '{parameter}' supplied: use ACTIVE_ONLY, "
            "DELETED_ONLY or ALL."
        )
    return found
