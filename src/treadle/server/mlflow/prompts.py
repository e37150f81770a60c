"""Prompts, which MLflow keeps as registered models: a tag tells them apart, and others hold their texts."""

from collections.abc import Mapping
from typing import Final

from treadle.server.mlflow.errors import invalid
from treadle.store.search import Field

__all__ = ["IS_PROMPT", "check_prompt_source", "describe_prompt", "is_prompt", "template_of"]

_TAG: Final = "mlflow.prompt.is_prompt"
_TEXT: Final = "mlflow.prompt.text"
_OWN: Final = frozenset({_TAG, _TEXT, "_mlflow_prompt_type"})
_SOURCES: Final = frozenset({"dummy-source", "prompt-template"})

IS_PROMPT: Final = Field("tags", _TAG)
"""What a search asks about."""


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Tell whether these are the tags of a prompt, or of a version of one."""
    return tags.get(_TAG, "").lower() == "true"


def check_prompt_source(source: str) -> None:
    """Refuse what a client would have to load: a version of a prompt is all in its tags, and names only a placeholder."""
    if source not in _SOURCES:
        raise invalid(f"Invalid prompt source: '{source[:200]}'. Prompt sources must use an MLflow placeholder.")


def template_of(tags: Mapping[str, str]) -> str | None:
    """Give the text of a version of a prompt."""
    return tags.get(_TEXT)


def describe_prompt(tags: Mapping[str, str]) -> dict[str, str]:
    """Give the tags that somebody set, less those that make it a prompt."""
    return {key: value for key, value in tags.items() if key not in _OWN}
