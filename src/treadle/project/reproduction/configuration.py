"""Restoration of a run's configuration from its record.

The record is the interpolated configuration as JSON, with secrets masked. A value that JSON does
not preserve is read from the configuration of the rebuilt code, if it has the same JSON; a secret
is read from there, or from the current configuration.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.config import key_text
from treadle.masking import MASK, mask_tree

_ABSENT: Final = object()


def restore_tree(recorded: Any, sources: Sequence[Any], path: str = "") -> tuple[Any, list[str]]:
    """Return the recorded value, with what the record does not preserve filled in.

    Args:
        recorded: A tree, parsed from JSON.
        sources: Trees of the same form to read that from: the rebuilt code's, then the current.
        path: The path of the tree, for messages.

    Returns:
        The tree, and the paths of the secrets that were not found.
    """
    if isinstance(recorded, Mapping):
        found: dict[Any, Any] = {}
        missing: list[str] = []
        for key, value in recorded.items():
            # A record is JSON, whose keys are strings; the sources have the original keys.
            actual = next((own for own in map(partial(_own_key, key), sources) if own != key), key)
            inner = [
                source.get(actual, _ABSENT) if isinstance(source, Mapping) else _ABSENT
                for source in sources
            ]
            found[actual], lost = restore_tree(value, inner, f"{path}.{key}" if path else str(key))
            missing += lost
        return found, missing
    is_secret = MASK in str(recorded)
    # The rebuilt code is preferred for values, but not for secrets: those are in uncommitted files.
    for source in reversed(sources) if is_secret else sources:
        if _as_recorded(source, path.rpartition(".")[2]) == recorded:
            return source, []
    return recorded, [path] if is_secret else []


def _own_key(text: str, source: Any) -> Any:
    if not isinstance(source, Mapping) or text in source:
        return text
    return next((key for key in source if key_text(key) == text), text)


def _as_recorded(value: Any, key: str) -> Any:
    """Return a value as a record has it."""
    if value is _ABSENT:
        return _ABSENT
    return msgspec.json.decode(msgspec.json.encode(mask_tree(value, key), enc_hook=str))


def write_configuration(
    folder: Path, parameters: Mapping[str, Any], catalog: Mapping[str, Any], local: Path
) -> None:
    """Write a folder of configuration.

    Args:
        folder: The folder; it is created.
        parameters: All parameters.
        catalog: All entries.
        local: The folder of this machine's credentials; they are linked to, and not copied.
    """
    import yaml

    base = folder / "base"
    base.mkdir(parents=True)
    for name, tree in (("parameters", parameters), ("catalog", catalog)):
        text = yaml.safe_dump(_escape(tree), sort_keys=False, allow_unicode=True)
        (base / f"{name}.yml").write_text(text, encoding="utf-8")
    if local.is_dir():
        (folder / "local").mkdir()
        for file in sorted(local.rglob("credentials*")):
            if file.is_file():
                place = folder / "local" / file.relative_to(local)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(file)


def _escape(tree: Any) -> Any:
    """Escape ``${`` in values, so that they are not interpolated again."""
    if isinstance(tree, Mapping):
        return {key: _escape(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_escape(value) for value in tree]
    return tree.replace("${", "\\${") if isinstance(tree, str) else tree
